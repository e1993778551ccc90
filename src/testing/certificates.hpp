// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/testing/mock_server.hpp"

// The certificates of the mock server, and of other servers in tests that speak TLS. OpenSSL is needed in the
// .cpp file only.
namespace corochain::testing::detail {

// The certificates of a TLS server and the CA that its clients trust, all in PEM. Each server makes its own
// in memory.
struct server_certificates {
  server_certificates() = default;

  // The CA that clients trust.
  std::string ca;
  // The server's own certificate and its key.
  std::string certificate;
  std::string private_key;
};

// The contents of a server's certificate.
struct certificate_wish {
  certificate_wish() = default;

  // In the syntax of openssl.cnf.
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  // The extended key usage. A client must refuse a server whose certificate is for clients.
  std::string purpose = "serverAuth";
  // Days are counted from now.
  int first_day = -1;
  int last_day = 30;
  bool self_signed = false;
  // True: clients trust another CA.
  bool untrusted = false;
};
// Issues a certificate as the wish says. Tests of transport use it for faults that MockServerOptions cannot
// name.
server_certificates issue_certificates(const certificate_wish& wish);

// Issues certificates with P-256 keys for a server at this loopback address. Throws std::runtime_error with
// the text of OpenSSL's error.
server_certificates issue_certificates(MockServerOptions::Certificate kind, const std::string& address);

}  // namespace corochain::testing::detail
