// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
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

  void set_body(std::string text) { body = std::make_shared<const std::string>(std::move(text)); }

  kind what = kind::answer;
  ending then = ending::keep;
  std::chrono::milliseconds latency{0};
  int status = 200;
  bool service_headers = true;  // whether to add what the service adds, x-request-id and so on
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
  std::size_t body_bytes = 0;                   // how much of the body to send; for cut and stall only
  std::optional<std::size_t> bytes_per_chunk;   // chunked if set
  std::vector<std::size_t> pieces;              // chunked by pieces of these sizes, if any
  std::chrono::milliseconds piece_interval{0};  // between two of them
};

}  // namespace corochain::testing::detail
