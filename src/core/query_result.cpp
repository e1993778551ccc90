// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/query_result.hpp"

namespace corochain {

QueryResult::QueryResult() = default;

}  // namespace corochain
