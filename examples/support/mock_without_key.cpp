// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Is linked to 0_quickstart and 10_summarise, which know nothing of it. Where AZURE_OPENAI_ENDPOINT is not
// set, a mock server in the same process answers, and the variables name it before main() begins.

#include <stdlib.h>  // setenv, of POSIX

#include <corochain/testing/mock_server.hpp>
#include <cstdlib>
#include <memory>

namespace {

corochain::testing::MockServerOptions without_tls() {
  corochain::testing::MockServerOptions options;
  options.tls =
      false;  // the program trusts the system's certificates, and no variable adds the mock server's
  return options;
}

std::unique_ptr<corochain::testing::MockServer> serve_without_key() {
  if (const char* endpoint = std::getenv("AZURE_OPENAI_ENDPOINT"); endpoint && *endpoint) return nullptr;
  auto server = std::make_unique<corochain::testing::MockServer>(without_tls());
  setenv("AZURE_OPENAI_ENDPOINT", server->endpoint().c_str(), 1);
  setenv("AZURE_OPENAI_DEPLOYMENT", "mock-model", 1);
  setenv("AZURE_OPENAI_API_KEY", "the mock server takes any key", 1);
  unsetenv("AZURE_OPENAI_AD_TOKEN");
  return server;
}

const auto server = serve_without_key();

}  // namespace
