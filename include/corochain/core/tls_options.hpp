// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"

namespace corochain {

/// Whom an HTTPS client trusts, and how it proves itself where a server asks for a certificate. Verification of chain,
/// validity, purpose and host name (for an IP address: of the certificate's addresses) is always on, TLS 1.2 is the
/// minimum, and there is no switch that changes it.
///
/// The system's trust store is always trusted: OpenSSL's default file and its default directory, both. The variables
/// SSL_CERT_FILE and SSL_CERT_DIR each replace one of them (not in a program with raised privileges); an empty variable
/// counts as unset. It is no error if one or both cannot be read. The options below add to that; there it is a
/// `ConfigError`. Files and variables are read once per distinct set of options, when the first model that uses it is
/// made; certificates in directories, and the default file, when one of them is asked for.
class COROCHAIN_EXPORT TlsOptions {
 public:
  TlsOptions();

  std::string ca_file;  ///< a PEM file of certificates to trust
  std::string ca_path;  ///< a directory of such files, hashed as OpenSSL's `c_rehash` does
  std::string ca_pem;   ///< certificates to trust, as PEM text

  // The client's own certificate, for servers that ask for one (mutual TLS): as files or as text, not both
  std::string client_certificate_file;  ///< a PEM file: its certificate, and those that lead to a CA
  std::string client_key_file;          ///< a PEM file of its private key; empty: it is in the same file
  std::string client_certificate_pem;   ///< the same as PEM text
  Secret client_key_pem;                ///< the private key as PEM text
  Secret client_key_password;           ///< of an encrypted private key

  friend COROCHAIN_EXPORT bool operator==(const TlsOptions& a, const TlsOptions& b);
};

}  // namespace corochain
