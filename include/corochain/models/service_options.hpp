// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/header_value.hpp"
#include "corochain/core/tls_options.hpp"
#include "corochain/models/connection_options.hpp"

namespace corochain {

/// What bounds the calls of any model, and what they go over. Filled by assignment.
class COROCHAIN_EXPORT ServiceOptions {
 public:
  using duration = std::chrono::steady_clock::duration;
  ServiceOptions();

  // How long
  duration timeout =
      std::chrono::seconds(600);  ///< one deadline for the whole call, retries and waits included
  duration connect_timeout = std::chrono::seconds(10);  ///< name look-up, TCP and TLS handshake
  std::optional<duration> first_byte_timeout;           ///< unset: a model may think until `timeout`
  /// Between two bytes of the body of an answer that is read as a whole, and between two moments at which bytes of the
  /// request move on: a server that does not read is not waited for until `timeout`.
  duration read_timeout = std::chrono::seconds(60);

  // How often
  /// After connect failures, a connection that ended before an answer, 408, 409, 424, 429, 498 and 5xx, the same errors
  /// where a 200 reports them, and a stream that fails before its first content.
  int max_retries = 2;
  duration max_retry_after =
      std::chrono::seconds(120);  ///< a longer advice is not waited for: the error carries it
  bool retry_on_timeout = false;  ///< also after the request was sent: it may then be billed twice

  // Over what
  ConnectionOptions connections;
  SizeLimits limits;
  TlsOptions tls;
  ProxyOptions proxy;
  /// Sent with every request. Names that the library sets itself are a `ConfigError`. A header of the same name given
  /// with a call (`RunConfig::header`) replaces one of these in it.
  Headers default_headers;
  std::vector<std::pair<std::string, std::string>>
      default_query;  ///< added to every request's URL, unencoded here
};

}  // namespace corochain
