// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/message.hpp"
#include "corochain/observability/query_report.hpp"
#include "corochain/runnables/detail/batch_items.hpp"
#include "corochain/runnables/detail/call_in_run.hpp"
#include "corochain/runnables/detail/config_step.hpp"
#include "corochain/runnables/detail/measured_call.hpp"

namespace corochain::detail {

/// The text of an answer that is no text itself. Most types go through a `Value`, which knows how to show
/// them.
template <class Out>
std::string answer_text(const Out& answer) {
  if constexpr (std::same_as<Out, AIMessage>) {
    return answer.content;
  } else if constexpr (can_be_copied<Out>::value) {
    const Value value(answer);
    return answer_to_show(&value);
  } else {
    return answer_to_show(nullptr);
  }
}

/// Calls `target` below the context of the executor, which is not that of the caller: `measure_into` adds to
/// it. `target` and `result` must live until then.
template <class In, class Out>
awaitable<void> answer_into(const step<In, Out>& target, In input, QueryResultOf<Out>& result) {
  std::optional<Out> answer;
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const call_context context = context_on(here);
  if (context.needs_permit())
    co_await with_permit(call_here(target, std::move(input), answer, false));
  else
    co_await target.run(std::move(input), context, answer);
  if constexpr (std::same_as<Out, std::string>) {
    result.answer = std::move(*answer);
  } else {
    result.answer = answer_text(*answer);
    result.value.emplace(std::move(*answer));
  }
}

/// Makes one measured call, for `query`.
template <class In, class Out>
awaitable<QueryResultOf<Out>> measured(step_ptr<In, Out> target, In input, RunConfig config) {
  QueryResultOf<Out> result;
  result.question = question_to_show(value_to_show(input));
  target = step_below(std::move(target), std::move(config));
  auto answer = answer_into(*target, std::move(input), result);
  co_await measure_call(std::move(answer), result);
  co_return result;
}

/// One measured query for each input, for `query_all`. A failure is part of the item's result already, so the
/// scope hears only of items that a cancel ended: `failed` gives those the reason, such as the end of the
/// time.
template <class In, class Out>
class query_work final : public batch_items<In, Out, scope_work> {
 public:
  query_work(step_ptr<In, Out> target, input_source_ptr<In> inputs, const BatchOptions& options)
      : batch_items<In, Out, scope_work>(std::move(target), std::move(inputs), options) {}

  void failed(std::size_t index, std::exception_ptr error) override {
    this->feed().item_failed(error);
    results_[index]->error.emplace(std::move(error));
  }
  void ended(std::size_t index) override {
    if (index < results_.size() && results_[index]->error)
      this->feed().item_failed(results_[index]->error->exception());
    batch_items<In, Out, scope_work>::ended(index);
  }
  QueryReportOf<Out> report() {
    const auto wall = std::chrono::steady_clock::now() - began_;
    std::vector<QueryResult> all;
    all.reserve(results_.size());
    for (const auto& each : results_) all.push_back(static_cast<QueryResult&&>(*each));
    if (this->left() > 0) {  // an infinite source has no number of inputs left
      while (auto input = this->inputs().draw()) {
        QueryResult& result = all.emplace_back();
        result.question = question_to_show(value_to_show(*input));
        result.started_at = std::chrono::system_clock::now();
        result.error.emplace(this->not_asked());
      }
    }
    if constexpr (std::same_as<Out, std::string>) {
      return QueryReport(std::move(all), wall);
    } else {
      std::vector<std::optional<Out>> values;
      values.reserve(all.size());
      for (const auto& each : results_) values.push_back(std::move(each->value));
      values.resize(all.size());
      return TypedQueryReport<Out>(std::move(all), std::move(values), wall);
    }
  }

 private:
  awaitable<void> item(std::size_t, In input, const call_context&) override {
    QueryResultOf<Out>& own = *results_.emplace_back(std::make_unique<QueryResultOf<Out>>());
    own.question = question_to_show(value_to_show(input));
    return measure_into(answer_into(this->target(), std::move(input), own),
                        std::chrono::steady_clock::now() - began_, own);
  }

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  // By the index of the item: items come in order, without gaps. A call under way refers to its result, which
  // therefore stays where it is.
  std::vector<std::unique_ptr<QueryResultOf<Out>>> results_;
};

template <class In, class Out>
awaitable<QueryReportOf<Out>> query_each(step_ptr<In, Out> target, input_source_ptr<In> inputs,
                                         BatchOptions options) {
  auto work = std::make_shared<query_work<In, Out>>(std::move(target), std::move(inputs), options);
  co_await run_all(work, scope_of(options, on_child_end::keep_going));
  co_return work->report();
}

}  // namespace corochain::detail
