// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing::detail {

// The default answer of a server: "echo: " and the last user message.
// A path that is no chat model's gets the service's 404, a body that is no request its 400. Never throws for
// a request.
MockReply echo_reply(const RecordedRequest& request);

}  // namespace corochain::testing::detail
