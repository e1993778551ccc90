// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing::detail {

// What a server answers that was told nothing: the last user message, "echo: " before it.
MockReply echo_reply(const RecordedRequest& request);

}  // namespace corochain::testing::detail
