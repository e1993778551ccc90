// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/observability/query_report.hpp"
#include "corochain/runnables/detail/batch_work.hpp"
#include "corochain/runnables/detail/input_range.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {
namespace detail {

inline std::string answer_text(std::string text) { return text; }
inline std::string answer_text(AIMessage message) { return std::move(message.content); }
inline std::string answer_text(const Value& value) { return value.to_text(); }
inline std::string answer_text(const Dict& dict) { return dict.to_text(); }

COROCHAIN_EXPORT std::string question_text(const Dict& input);
inline std::string question_text(const Messages& input) { return input.to_text(); }
inline std::string question_text(const std::string& input) { return input; }

template <class In, class Out>
awaitable<void> answer_into(std::shared_ptr<const step<In, Out>> target, In input, std::string& text) {
  std::optional<Out> answer;
  co_await target->run(std::move(input), answer);
  text = answer_text(std::move(*answer));
}

/// Awaits the answer, which goes to `result.answer` by itself, and fills in what it cost, whatever way it ends. A
/// failure is part of the result; a cancel of the awaiting coroutine is thrown as well.
COROCHAIN_EXPORT awaitable<void> measure_into(awaitable<void> answer,
                                              std::chrono::steady_clock::duration queued,
                                              QueryResult& result);

template <class In, class Out>
awaitable<QueryResult> measured(std::shared_ptr<const step<In, Out>> target, In input) {
  QueryResult result;
  result.question = question_text(input);
  co_await measure_into(answer_into(std::move(target), std::move(input), result.answer), {}, result);
  co_return result;
}

COROCHAIN_EXPORT std::exception_ptr not_asked_in_time();

/// One measured query for each input.
template <class In, class Out, class R>
class query_work final : public fan_out_work {
 public:
  query_work(std::shared_ptr<const step<In, Out>> target, R inputs)
      : target_(std::move(target)), inputs_(std::move(inputs)), began_(std::chrono::steady_clock::now()) {}

  awaitable<void> next(std::size_t) override {
    auto input = inputs_.template draw<In>();
    if (!input) return {};
    QueryResult& result = results_.emplace_back();
    result.question = question_text(*input);
    return measure_into(answer_into(target_, std::move(*input), result.answer),
                        std::chrono::steady_clock::now() - began_, result);
  }
  void failed(std::size_t index, std::exception_ptr error) override {
    results_[index].error.emplace(std::move(error));
  }
  QueryReport report() {
    const auto wall = std::chrono::steady_clock::now() - began_;
    if constexpr (sized_range<R>) {  // else there may be no end of what was not asked
      while (auto input = inputs_.template draw<In>()) {
        QueryResult& result = results_.emplace_back();
        result.question = question_text(*input);
        result.started_at = std::chrono::system_clock::now();
        result.error.emplace(not_asked_in_time());
      }
    }
    std::vector<QueryResult> all(std::make_move_iterator(results_.begin()),
                                 std::make_move_iterator(results_.end()));
    return QueryReport(std::move(all), wall);
  }

 private:
  std::shared_ptr<const step<In, Out>> target_;
  input_cursor<R> inputs_;
  std::chrono::steady_clock::time_point began_;
  std::deque<QueryResult> results_;  // its elements stay where they are
};

template <class In, class Out, class R>
awaitable<QueryReport> query_each(std::shared_ptr<const step<In, Out>> target, R inputs,
                                  BatchOptions options) {
  auto work = std::make_shared<query_work<In, Out, R>>(std::move(target), std::move(inputs));
  co_await run_all(work, to_fan_out(options, false));
  co_return work->report();
}

}  // namespace detail

/// Asks one question and tells what it cost. Text fills the chain's one input variable.
///
/// A failure is a result with `error` set, not an exception; only cancelling the awaiting coroutine throws. The chain's
/// answer is text, an `AIMessage`, a `Value` or a `Dict`.
template <class In, class Out>
awaitable<QueryResult> query(const Runnable<In, Out>& chain, In input) {
  return detail::measured(chain.step(), std::move(input));
}
template <class In, class Out, class S>
requires(std::convertible_to<const S&, std::string_view> &&
         !std::same_as<S, In>) awaitable<QueryResult> query(const Runnable<In, Out>& chain,
                                                            const S& question) {
  return query<In, Out>(chain, In(question));
}

/// Asks many questions, at most `max_concurrency` at once, and tells what they cost together. No question's failure
/// stops the others. With a `timeout`, questions that were not answered in time have a `TimeoutError` as their error and
/// what they cost until then; those that were not asked at all are listed if the range knows its size.
template <class In, class Out, class R>
requires detail::range_of<R, In> awaitable<QueryReport> query_all(const Runnable<In, Out>& chain, R questions,
                                                                  BatchOptions options = BatchOptions()) {
  return detail::query_each<In, Out, R>(chain.step(), std::move(questions), options);
}

}  // namespace corochain
