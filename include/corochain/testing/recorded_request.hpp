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
#include "corochain/core/message.hpp"

namespace corochain::testing {

/// One whole request as a `MockServer` received it: head and body, and functions that read a chat request in
/// them.
///
/// A plain value that owns its contents. Distinct objects may be used from distinct threads.
struct COROCHAIN_EXPORT RecordedRequest {
  // Declared, so that this is no aggregate: g++ 12 destroys temporaries of owning aggregates twice
  // when they are written inside a `co_await` expression.
  RecordedRequest() = default;

  /// The method as sent, such as "POST".
  std::string method;

  /// The request target as sent, query included.
  std::string target;

  /// The body with chunked framing removed; empty when there was none.
  std::string body;

  /// Names and values as received: order, repetition and letter case kept, white space around values removed.
  std::vector<std::pair<std::string, std::string>> headers;

  /// The number of its connection: 0 for the first one that the server accepted.
  std::size_t connection = 0;

  /// The number of the request: 0 for the first one that arrived completely, on any connection.
  std::size_t index = 0;

  /// The time at which its last byte was read.
  std::chrono::steady_clock::time_point received_at;

  /// Returns the value of the first header of that name, in any letter case; "" if there is none.
  std::string header(std::string_view name) const;

  /// Reads the conversation from the body of a chat request, in its order: roles, texts, tool calls and their
  /// answers. The texts of a message in parts are joined; parts without text are left out.
  ///
  /// Throws `std::invalid_argument` if the body is no chat request, and a `PromptError` for an unknown role.
  Messages messages() const;

  /// Returns the last of `messages()`. Throws as `messages()` does, and `std::invalid_argument` if there is
  /// none.
  Message last_message() const;

  /// Returns the name of the model: the deployment in the target, as Azure has it, else the `model` of the
  /// body; "" if neither names one.
  std::string model() const;

  /// Returns true if the body asks for a stream.
  bool streamed() const;
};

}  // namespace corochain::testing
