// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain::testing {

/// One whole request as a `MockServer` received it: head and body, nothing interpreted.
///
/// A plain value; it owns all it holds. Distinct objects may be used from distinct threads.
struct COROCHAIN_EXPORT RecordedRequest {
  // User-provided, so that this is no aggregate: g++ 12 destroys temporaries of owning aggregates twice
  // when they are written inside a `co_await` expression.
  RecordedRequest();

  /// The method as sent, such as "POST".
  std::string method;

  /// The request target as sent, query included.
  std::string target;

  /// The body with chunked framing removed; empty when there was none.
  std::string body;

  /// Names and values as received: order, repetition and letter case kept, white space around values removed.
  std::vector<std::pair<std::string, std::string>> headers;

  /// Number of the connection it came on: 0 for the first one the server accepted.
  std::size_t connection = 0;

  /// Number of the request: 0 for the first one that had arrived completely, on whatever connection.
  std::size_t index = 0;

  /// When its last byte had been read.
  std::chrono::steady_clock::time_point received_at;

  /// Returns the value of the first header of that name, in any letter case; "" if there is none.
  std::string header(std::string_view name) const;
};

}  // namespace corochain::testing
