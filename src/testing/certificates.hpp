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

// What a server's certificate says.
struct certificate_wish {
  certificate_wish();

  std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  std::string purpose = "serverAuth";
  int first_day = -1;  // counted from now
  int last_day = 30;
  bool self_signed = false;
  bool untrusted = false;  // the CA that clients trust is another
};
server_certificates issue_certificates(const certificate_wish& wish);

// Issues certificates on P-256 keys for a server at this loopback address. Throws std::runtime_error with the
// text of OpenSSL's error.
server_certificates issue_certificates(MockServerOptions::Certificate kind, const std::string& address);

}  // namespace corochain::testing::detail
