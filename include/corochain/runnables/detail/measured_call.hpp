// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/query_result.hpp"

namespace corochain::detail {

/// Awaits the answer, which is stored elsewhere, and fills in its cost, however it ends. A failure is part of
/// the result; a cancel of the awaiting coroutine is thrown as well.
COROCHAIN_EXPORT awaitable<void> measure_into(awaitable<void> answer,
                                              std::chrono::steady_clock::duration queued,
                                              QueryResult& result);
/// As `measure_into`, for a call by a user's coroutine: counts it for the recursion limit, and throws a
/// cancel as a `CancelledError`.
COROCHAIN_EXPORT awaitable<void> measure_call(awaitable<void> answer, QueryResult& result);
/// The text of an answer for a `QueryResult`, or a remark if the answer has none or is null.
COROCHAIN_EXPORT std::string answer_to_show(const Value* answer);
/// An input as the question of a `QueryResult`.
COROCHAIN_EXPORT std::string question_to_show(const Value& input);

}  // namespace corochain::detail
