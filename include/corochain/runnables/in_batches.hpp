// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/core/error.hpp"
#include "corochain/runnables/inputs.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// Groups of inputs, one group after the other: `while (auto answers = co_await groups.next()) ...`.
///
/// Nothing is outstanding between two `next()`. One `next()` at a time.
template <class In, class Out>
class Batches {
 public:
  Batches(Runnable<In, Out> chain, Inputs<In> inputs, InBatchesOptions options, RunConfig config)
      : state_(std::make_shared<state>(std::move(chain), std::move(inputs).take(), options,
                                       std::move(config))) {}

  /// Answers the next group, in input order; gives nothing when the inputs are used up. A failure cancels the
  /// rest of its group and is thrown; the next call goes on with the group after it. When an input cannot be
  /// drawn, the inputs before it are answered as a last group, and the next call throws.
  awaitable<std::optional<std::vector<Out>>> next() { return next_of(state_); }

 private:
  struct state {
    Runnable<In, Out> chain;
    detail::input_source_ptr<In> inputs;
    InBatchesOptions options;
    RunConfig config;
    bool used_up = false;
    // The failure of the inputs, not thrown yet.
    std::exception_ptr failure;
  };

  static awaitable<std::optional<std::vector<Out>>> next_of(std::shared_ptr<state> groups) {
    std::vector<In> group;
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    while (!groups->used_up && group.size() < groups->options.batch_size) {
      std::optional<In> input;
      try {
        if (groups->inputs->waits())
          co_await groups->inputs->draw_into(input);
        else
          input = groups->inputs->draw();
      } catch (...) {
        if (cancellation.cancelled() != boost::asio::cancellation_type::none) throw;
        groups->failure = std::current_exception();
      }
      if (!input)
        groups->used_up = true;
      else
        group.push_back(std::move(*input));
    }
    if (group.empty() && groups->failure) std::rethrow_exception(std::exchange(groups->failure, nullptr));
    std::optional<std::vector<Out>> answers;
    if (group.empty()) co_return answers;
    const InBatchesOptions& given = groups->options;
    const BatchOptions options{
        .max_concurrency = given.max_concurrency, .timeout = given.timeout, .progress = given.progress};
    RunConfig config = groups->config;
    answers.emplace(co_await groups->chain.abatch(std::move(group), options, std::move(config)));
    co_return answers;
  }

  std::shared_ptr<state> state_;
};

/// Cuts the inputs into groups of `batch_size`. The items of a group run at once, and the groups one after
/// the other: this verb is for the barrier between two groups. Where no barrier is wanted, `abatch` with
/// `max_concurrency` keeps all permits in use.
template <class In, class Out>
Batches<In, Out> in_batches(const Runnable<In, Out>& chain, std::type_identity_t<Inputs<In>> inputs,
                            InBatchesOptions options = InBatchesOptions(), RunConfig config = RunConfig()) {
  if (options.batch_size == 0) throw ConfigError("in_batches needs a batch_size of 1 or more");
  return Batches<In, Out>(chain, std::move(inputs), options, std::move(config));
}

}  // namespace corochain
