// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/testing/mock_reply.hpp"

namespace corochain::testing::detail {

// The contents of a MockReply. Every change copies them, so copies share the body, which may be large.
struct mock_reply_state {
  // A reply that drops or resets uses its latency and no other contents.
  enum class kind { answer, drop, reset };
  // The fate of the connection after the answer. `keep` leaves it to the request's own wish.
  enum class ending { keep, close, cut, stall };

  // The server's access to a reply, whose contents are private.
  static const mock_reply_state& of(const MockReply& reply) { return *reply.state_; }

  static MockReply make(mock_reply_state state) {
    return MockReply(std::make_shared<const mock_reply_state>(std::move(state)));
  }

  // A range of the body.
  struct part {
    std::size_t size = 0;
    // Set: the part is sent by itself, after this time. Unset: it is sent after the interval, or together
    // with the part before it if there is no interval.
    std::optional<std::chrono::milliseconds> wait{};
  };
  static constexpr std::size_t whole_parts = std::numeric_limits<std::size_t>::max();

  // The parts are ranges of the old body, so they go with it.
  void set_body(std::string text) {
    body = std::make_shared<const std::string>(std::move(text));
    parts.clear();
    last_wait.reset();
  }
  // The body so far becomes the first part, if it was not divided yet.
  void append(std::string_view text, std::optional<std::chrono::milliseconds> wait) {
    if (parts.empty() && !body->empty()) parts.push_back({body->size()});
    body = std::make_shared<const std::string>(std::string(*body).append(text));
    parts.push_back({text.size(), wait});
  }

  kind what = kind::answer;
  // True: the body is the whole answer, its head included.
  bool exact = false;
  ending then = ending::keep;
  std::chrono::milliseconds latency{0};
  int status = 200;
  // Replaces the line that `status` makes.
  std::optional<std::string> status_line;
  // True: the server adds the headers of the service, such as x-request-id.
  bool service_headers = true;
  // Empty: no such header is sent.
  std::string content_type = "application/json";
  // In the order in which they are sent, after the status line and before the server's own.
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
  // The number of body bytes to send. For `cut` and `stall` only.
  std::size_t body_bytes = 0;
  // The answer is chunked if this is set. `whole_parts`: a chunk for each part.
  std::optional<std::size_t> bytes_per_chunk;
  // All of the body, in order. Empty: the body is one part.
  std::vector<part> parts;
  // The wait after the last part, or before the next part that is added.
  std::optional<std::chrono::milliseconds> last_wait;
  // Between two parts that have no wait of their own.
  std::chrono::milliseconds chunk_interval{0};
};

}  // namespace corochain::testing::detail
