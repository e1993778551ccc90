// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "corochain/testing/recorded_request.hpp"
#include "testing/mock_reply_state.hpp"

// The last step of an answer before the socket. It knows neither sockets nor time: waits are values in the
// parts, so session.cpp can run them on its timer.
namespace corochain::testing::detail {

// Bytes that are sent in a write of their own.
struct answer_part {
  // May be empty: then the part is only a wait.
  std::string bytes;
  // The wait before the bytes.
  std::chrono::milliseconds wait{0};
};

// Returns an answer of one or more parts: the head and as much of the body as the reply asks to send.
// `service_id` distinguishes this server from others in the ids of requests.
std::vector<answer_part> write_answer(const mock_reply_state& reply, const RecordedRequest& request,
                                      std::string_view service_id, bool keep_alive);

}  // namespace corochain::testing::detail
