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

// What a MockReply says. Copied at every change, so the body, which may be large, is shared.
struct mock_reply_state {
  enum class kind { answer, drop, reset };
  enum class ending { keep, close, cut, stall };

  static const mock_reply_state& of(const MockReply& reply) { return *reply.state_; }

  static MockReply make(mock_reply_state state) {
    return MockReply(std::make_shared<const mock_reply_state>(std::move(state)));
  }

  // A stretch of the body.
  struct part {
    std::size_t size = 0;
    // Set: it is sent by itself, after this time. Unset: after the interval, and without one together with what is
    // before it.
    std::optional<std::chrono::milliseconds> wait{};
  };
  static constexpr std::size_t whole_parts = std::numeric_limits<std::size_t>::max();

  void set_body(std::string text) {
    body = std::make_shared<const std::string>(std::move(text));
    parts.clear();
    last_wait.reset();
  }
  void append(std::string_view text, std::optional<std::chrono::milliseconds> wait) {
    if (parts.empty() && !body->empty()) parts.push_back({body->size()});
    body = std::make_shared<const std::string>(std::string(*body).append(text));
    parts.push_back({text.size(), wait});
  }

  kind what = kind::answer;
  bool exact = false;  // the body is all that is sent, its head included
  ending then = ending::keep;
  std::chrono::milliseconds latency{0};
  int status = 200;
  std::optional<std::string> status_line;
  bool service_headers = true;  // whether to add what the service adds, x-request-id and so on
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
  std::size_t body_bytes = 0;                  // how much of the body to send; for cut and stall only
  std::optional<std::size_t> bytes_per_chunk;  // chunked if set; `whole_parts`: a chunk for each part
  std::vector<part> parts;                     // all of the body, in order; none: it is one part
  std::optional<std::chrono::milliseconds>
      last_wait;  // behind the last part, or before the next that is added
  std::chrono::milliseconds piece_interval{0};
};

}  // namespace corochain::testing::detail
