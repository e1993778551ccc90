// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <dlfcn.h>

#include <corochain/corochain.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

int failures = 0;

/// Calls `function` and checks that it throws an `Expected` of the kind `kind`.
template <class Expected, class Function>
void expect_throw(const std::string& name, corochain::ErrorKind kind, Function function) {
  try {
    function();
    std::cerr << name << ": nothing was thrown\n";
  } catch (const Expected& error) {
    if (corochain::Failure(std::current_exception()).as<Expected>() != &error) {
      std::cerr << name << ": a Failure does not know the type\n";
      ++failures;
    }
    if (error.kind() == kind && error.code() == kind) {
      std::cout << name << ": caught by type\n";
      return;
    }
    std::cerr << name << ": caught, with the wrong kind or code\n";
  } catch (const std::exception& error) {
    std::cerr << name << ": not caught by type: " << error.what() << '\n';
  }
  ++failures;
}

void make_model_without_endpoint() {
  corochain::AzureOptions options;
  options.azure_deployment = "none";
  corochain::AzureChatOpenAI model(options);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: shared_border <plugin>\n";
    return 2;
  }
  // The developer's environment must not give the model an endpoint.
  ::unsetenv("AZURE_OPENAI_ENDPOINT");
  ::unsetenv("OPENAI_API_BASE");

  using corochain::ErrorKind;
  expect_throw<corochain::ConfigError>("library to program", ErrorKind::config, make_model_without_endpoint);
  expect_throw<corochain::Error>("library to program, as the base", ErrorKind::config,
                                 make_model_without_endpoint);

  // RTLD_LOCAL, as for a plugin: its symbols are not merged with others.
  void* plugin = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::cerr << ::dlerror() << '\n';
    return 1;
  }
  using function = void (*)();
  const auto in_plugin = reinterpret_cast<function>(::dlsym(plugin, "throw_in_plugin"));
  const auto through_plugin = reinterpret_cast<function>(::dlsym(plugin, "throw_through_plugin"));
  if (in_plugin == nullptr || through_plugin == nullptr) {
    std::cerr << "the plugin lacks its functions\n";
    return 1;
  }
  expect_throw<corochain::PromptError>("plugin to program", ErrorKind::prompt, in_plugin);
  expect_throw<corochain::ConfigError>("library through plugin to program", ErrorKind::config,
                                       through_plugin);
  return failures == 0 ? 0 : 1;
}
