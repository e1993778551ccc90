// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <corochain/corochain.hpp>

// A program's plugin, loaded at run time.
extern "C" {

/// Throws an exception of corochain that is made here.
__attribute__((visibility("default"))) void throw_in_plugin() {
  throw corochain::PromptError("of the plugin");
}

/// Passes on an exception that libcorochain.so throws: there is no endpoint.
__attribute__((visibility("default"))) void throw_through_plugin() {
  corochain::AzureOptions options;
  options.azure_deployment = "none";
  corochain::AzureChatOpenAI model(options);
}
}
