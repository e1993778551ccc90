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

/// A bound for the retries of all calls to one deployment together, so that they do not double the load of a
/// service that fails broadly. Each retry is spent from it; each call that is answered at once earns `ratio`
/// of a retry, and an answered retry is given back. When it is used up, a failed call is not retried: its
/// error says so, and so does `AttemptRecord::retry_budget_used_up`. A retry after a timeout counts twice.
/// Refusals (429) cost nothing, since all calls are slowed down after them.
///
/// Models that share a deployment share what was spent, and each keeps to its own bound.
struct RetryBudget {
  /// The number of retries that each call earns which is answered at once: 0.2 is one retry for five calls.
  double ratio = 0.2;
  /// The number of retries that are possible without any answer.
  int minimum = 100;
};

/// The limits of the calls of any model, and the settings of their connections. Filled by assignment.
class COROCHAIN_EXPORT ServiceOptions {
 public:
  using duration = std::chrono::steady_clock::duration;
  ServiceOptions();

  // Times
  /// The time limit of the whole call, retries and waits included.
  duration timeout = std::chrono::seconds(600);
  /// The time limit of name look-up, TCP and TLS handshake.
  duration connect_timeout = std::chrono::seconds(10);
  /// The time limit until the first byte of the answer. Unset means that a model may think until `timeout`.
  std::optional<duration> first_byte_timeout;
  /// The limit of the time between two bytes of the body of an answer that is read as a whole, and between
  /// two moments at which bytes of the request move on. The call does not wait until `timeout` for a server
  /// that does not read.
  duration read_timeout = std::chrono::seconds(60);

  // Retries
  /// The most retries of a call; there may be fewer, because of `timeout`, `max_retry_after` and
  /// `retry_budget`, and a resend (`connections.resend_on_stale_connection`) is none. A call is retried after
  /// connect failures, a connection that ended before an
  /// answer, 408, 409, 424, 429, 498 and 5xx, the same errors in a 200, and a stream that fails before its
  /// first content.
  int max_retries = 2;
  /// The longest advice of a server that the call waits for. The error carries a longer one.
  duration max_retry_after = std::chrono::seconds(120);
  /// Whether a call is also retried after a timeout when the request was sent: it may then be billed twice.
  bool retry_on_timeout = false;
  /// Bounds the retries of all calls together. Empty means that each call makes its `max_retries`.
  std::optional<RetryBudget> retry_budget = RetryBudget();

  // Connections
  ConnectionOptions connections;
  SizeLimits limits;
  TlsOptions tls;
  ProxyOptions proxy;
  /// Headers that are sent with every request. Names that the library sets itself are a `ConfigError`. A
  /// header of the same name given with a call (`RunConfig::header`) replaces one of these in that call.
  Headers default_headers;
  /// Query parameters that are added to every request's URL; unencoded here.
  std::vector<std::pair<std::string, std::string>> default_query;
};

}  // namespace corochain
