// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"

namespace corochain {

/// The certificates that an HTTPS client trusts, and the certificate that it shows a server that asks for
/// one. The client always verifies chain, validity, purpose and host name (for an IP address: the
/// certificate's addresses). TLS 1.2 is the minimum. No option changes this.
///
/// The client always trusts the system's certificates: OpenSSL's default file and its default directory,
/// both. The variables SSL_CERT_FILE and SSL_CERT_DIR each replace one of them, unless the program runs with
/// raised privileges. An empty variable counts as unset. It is no error if one or both cannot be read. The
/// options below add certificates; a file of theirs that cannot be read is a `ConfigError`. Files and
/// variables are read once per distinct set of options, when the first model that uses the set is made.
/// Certificates in directories and the default file are read when they are needed.
class COROCHAIN_EXPORT TlsOptions {
 public:
  TlsOptions() = default;

  /// A PEM file of certificates to trust.
  std::string ca_file;
  /// A directory of such files, hashed as OpenSSL's `c_rehash` does.
  std::string ca_path;
  /// Certificates to trust, as PEM text.
  std::string ca_pem;

  // The client's own certificate, for servers that ask for one (mutual TLS): as files or as text, not both.

  /// A PEM file with the client's certificate and the certificates that lead to a CA.
  std::string client_certificate_file;
  /// A PEM file with the client's private key. Empty: the key is in `client_certificate_file`.
  std::string client_key_file;
  /// The content of `client_certificate_file` as PEM text.
  std::string client_certificate_pem;
  /// The private key as PEM text.
  Secret client_key_pem;
  /// The password of an encrypted private key.
  Secret client_key_password;

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

}  // namespace corochain
