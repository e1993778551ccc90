// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <exception>
#include <iostream>

namespace example {

/// Options of a model that asks the mock server. The server outlives the model's calls.
inline corochain::AzureOptions mock_options(const corochain::testing::MockServer& server) {
  corochain::AzureOptions options;
  options.azure_endpoint = server.endpoint();
  options.azure_deployment = "mock-model";
  options.api_key = "the mock server takes any key";
  options.tls.ca_pem = server.ca_pem();  // the server made this CA, and its certificate, just now
  return options;
}

/// The body of an example's main(): calls `demonstrate`, reports its exception, and gives the exit code.
template <class F>
int run_example(const char* name, F demonstrate) {
  try {
    demonstrate();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace example
