// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>

#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing::detail {

// The default answer of a server to a request for embeddings. Empty for all other paths.
// A request that the service would refuse gets its 400. Never throws for a request.
std::optional<MockReply> embedding_reply(const RecordedRequest& request);

}  // namespace corochain::testing::detail
