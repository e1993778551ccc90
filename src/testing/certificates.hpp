// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/testing/mock_server.hpp"

namespace corochain::testing::detail {

// What a TLS server needs and what its clients are to trust, all in PEM. Made afresh for each server, in memory.
struct server_certificates {
  server_certificates();

  std::string ca;           // the CA that clients trust
  std::string certificate;  // the server's own
  std::string private_key;  // of the server's own
};

// Issues certificates on P-256 keys for a server at this loopback address. Throws std::runtime_error with the
// text of OpenSSL's error.
server_certificates issue_certificates(MockServerOptions::Certificate kind, const std::string& address);

}  // namespace corochain::testing::detail
