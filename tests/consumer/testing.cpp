// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A user's test: it uses the component `testing`.
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>

int main() {
  corochain::testing::MockServer server;
  std::cout << "the mock server listens on " << server.endpoint() << '\n';
  return server.request_count() == 0 ? 0 : 1;
}
