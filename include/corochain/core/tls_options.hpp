// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"

namespace corochain {

/// Whom an HTTPS client trusts. Verification of chain, validity, purpose and host name (for an IP address: of the
/// certificate's addresses) is always on, TLS 1.2 is the minimum, and there is no switch that changes it.
///
/// The system's trust store is always read; what is set here is trusted as well. It is read once per distinct set of
/// options, when the first model that uses it is made; errors are a `ConfigError` there.
class COROCHAIN_EXPORT TlsOptions {
 public:
  TlsOptions();

  std::string ca_file;  ///< a PEM file of certificates to trust
  std::string ca_path;  ///< a directory of such files, hashed as OpenSSL's `c_rehash` does
  std::string ca_pem;   ///< certificates to trust, as PEM text

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

}  // namespace corochain
