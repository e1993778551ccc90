// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/observability/query_report.hpp"
#include "corochain/runnables/detail/query.hpp"
#include "corochain/runnables/inputs.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// Asks one question and reports what it cost. Text fills the chain's one input variable.
///
/// A failure is a result with `error` set, not an exception. Only cancelling the awaiting coroutine throws,
/// and so does a stop. The result's `answer` is a text. If the chain gives another type, the result is a
/// `TypedQueryResult`, a `QueryResult` whose `value` is the answer itself: `result.value->winner`.
template <class In, class Out>
awaitable<QueryResultOf<Out>> query(const Runnable<In, Out>& chain, In input,
                                    RunConfig config = RunConfig()) {
  return detail::measured(chain.step(), std::move(input), std::move(config));
}
template <class In, class Out, class S>
  requires(std::convertible_to<const S&, std::string_view> && !std::same_as<S, In>)
awaitable<QueryResultOf<Out>> query(const Runnable<In, Out>& chain, const S& question,
                                    RunConfig config = RunConfig()) {
  return query<In, Out>(chain, In(question), std::move(config));
}
/// As above, with limits alone: `query(chain, question, {.timeout = 5s})`.
template <class In, class Out, class S, detail::call_limits L = CallLimits>
  requires std::constructible_from<In, S>
awaitable<QueryResultOf<Out>> query(const Runnable<In, Out>& chain, S question, L limits) {
  return query<In, Out>(chain, In(std::move(question)), detail::config_of(limits));
}

/// Asks many questions, at most `max_concurrency` at once, and reports what they cost together. No question's
/// failure stops the others. With a `timeout`, each question that was not answered in time has a
/// `TimeoutError` as its error, and its cost until then. Questions that were not asked at all are listed if
/// the range knows its size. After a stop by `until` or by the signals of `run` they have a `CancelledError`
/// with the reason.
///
/// If the chain gives another type than text, the report is a `TypedQueryReport`, a `QueryReport` that has
/// the answers themselves in `values`.
template <class In, class Out>
awaitable<QueryReportOf<Out>> query_all(const Runnable<In, Out>& chain,
                                        std::type_identity_t<Inputs<In>> questions,
                                        BatchOptions options = BatchOptions(),
                                        RunConfig config = RunConfig()) {
  auto target = detail::batch_target(chain.step(), std::move(config), options);
  return detail::query_each<In, Out>(std::move(target), std::move(questions).take(), options);
}

}  // namespace corochain
