// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A user's program: it needs nothing but the installed package.
#include <corochain/corochain.hpp>
#include <iostream>

int main() {
  corochain::Dict input{{"question", "x"}};
  static_cast<void>(input);
  try {
    corochain::AzureOptions options;  // no endpoint, here or in the environment
    options.azure_deployment = "none";
    corochain::AzureChatOpenAI model(options);
  } catch (const corochain::ConfigError& error) {
    std::cout << "caught by type: " << error.what() << '\n';
    return 0;
  }
  std::cerr << "a model without an endpoint was accepted\n";
  return 1;
}
