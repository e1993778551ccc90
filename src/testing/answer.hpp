// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corochain/testing/recorded_request.hpp"
#include "testing/mock_reply_state.hpp"

namespace corochain::testing::detail {

// Returns the bytes of an answer, head and as much of the body as the reply wants sent. `service_id` tells this
// server from others, in the ids of requests.
std::vector<std::string> write_answer(const mock_reply_state& reply, const RecordedRequest& request,
                                      std::string_view service_id, bool keep_alive);

}  // namespace corochain::testing::detail
