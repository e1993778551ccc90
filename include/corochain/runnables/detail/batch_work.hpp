// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/core/result.hpp"
#include "corochain/runnables/detail/batch_items.hpp"

namespace corochain::detail {

/// Keeps all values and failures, by index: the work of `abatch` and `abatch_results`.
template <class In, class Out>
class batch_work final : public batch_items<In, Out, scope_work> {
 public:
  using batch_items<In, Out, scope_work>::batch_items;

  void failed(std::size_t index, std::exception_ptr error) override {
    this->feed().item_failed(error);
    slots_[index]->error = std::move(error);
  }
  std::vector<Out> values() {
    std::vector<Out> all;
    all.reserve(this->drawn());
    for (const auto& each : slots_)
      if (each->value) all.push_back(std::move(*each->value));
    return all;
  }
  std::vector<Result<Out>> results() {
    std::vector<Result<Out>> all;
    all.reserve(this->drawn());
    for (const auto& each : slots_) {
      if (each->value)
        all.emplace_back(boost::system::in_place_value, std::move(*each->value));
      else if (each->error)
        all.emplace_back(boost::system::in_place_error, each->error);
    }
    for (std::size_t i = this->left(); i > 0; --i)
      all.emplace_back(boost::system::in_place_error, this->not_asked());
    return all;
  }

 private:
  struct slot {
    std::optional<Out> value;
    std::exception_ptr error;
  };

  awaitable<void> item(std::size_t, In input, const call_context& context) override {
    slot& own = *slots_.emplace_back(std::make_unique<slot>());
    return this->target().run(std::move(input), context, own.value);
  }

  // By the index of the item: items come in order, without gaps. A call under way refers to its slot, which
  // therefore stays where it is.
  std::vector<std::unique_ptr<slot>> slots_;
};

/// All values, or the first failure, which has cancelled the rest.
template <class In, class Out>
awaitable<std::vector<Out>> batch_all(std::shared_ptr<batch_work<In, Out>> work, BatchOptions options) {
  co_await run_all(work, scope_of(options, on_child_end::cancel_on_failure));
  co_return work->values();
}
/// A result for each input. No failure disturbs the others.
template <class In, class Out>
awaitable<std::vector<Result<Out>>> batch_each(std::shared_ptr<batch_work<In, Out>> work,
                                               BatchOptions options) {
  co_await run_all(work, scope_of(options, on_child_end::keep_going));
  co_return work->results();
}

}  // namespace corochain::detail
