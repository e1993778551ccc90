// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/detail/as_completed.hpp"
#include "corochain/runnables/detail/batch_items.hpp"
#include "corochain/runnables/detail/call_in_run.hpp"
#include "corochain/runnables/detail/measured_call.hpp"

namespace corochain::detail {

/// Gives each item's result as it comes. As many results wait to be taken as items may run.
template <class In, class Out>
class batch_completion_work : public batch_items<In, Out, completion_work_base<Out>> {
 public:
  batch_completion_work(step_ptr<In, Out> target, input_source_ptr<In> inputs, const BatchOptions& options,
                        std::optional<std::size_t> capacity = std::nullopt)
      : batch_items<In, Out, completion_work_base<Out>>(std::move(target), std::move(inputs), options,
                                                        capacity.value_or(options.max_concurrency)),
        record_(options.record) {}

  /// The failure is a result like any other, with the record of the call if there is one.
  void failed(std::size_t index, std::exception_ptr error) override {
    this->feed().item_failed(error);
    Completed<Out> item(index, Result<Out>(boost::system::in_place_error, std::move(error)));
    if (const auto found = failed_records_.find(index); found != failed_records_.end()) {
      // The consumer gets the same failure: not the cancel, but the timeout that caused it.
      found->second->error = item.result.error();
      item.record = std::move(found->second);
      failed_records_.erase(found);
    }
    arrived(std::move(item));
  }

  /// Nothing is told to the `BatchProgress`: the item never began.
  bool put_unbegun() override {
    const std::size_t index = this->drawn();
    if (!this->skip()) return false;
    arrived(Completed<Out>(index, Result<Out>(boost::system::in_place_error, not_asked_in_time())));
    return true;
  }

 protected:
  virtual void arrived(Completed<Out> item) { this->results().put(std::move(item)); }

 private:
  awaitable<void> item(std::size_t index, In input, const call_context& context) override {
    return record_ ? recorded(index, std::move(input)) : plain(index, std::move(input), context);
  }
  awaitable<void> plain(std::size_t index, In input, const call_context& context) {
    std::optional<Out> value;
    co_await this->target().run(std::move(input), context, value);
    arrived(Completed<Out>(index, Result<Out>(boost::system::in_place_value, std::move(*value))));
  }
  /// Below a log of its own, which the executor carries: that is why `call_here` looks for the context again.
  awaitable<void> recorded(std::size_t index, In input) {
    const auto record = std::make_shared<QueryResult>();
    record->question = question_to_show(value_to_show(input));
    std::optional<Out> value;
    try {
      co_await measure_into(call_here(this->target(), std::move(input), value, false), {}, *record);
      if (record->error) record->error->rethrow();
    } catch (...) {  // cancelled, perhaps by a timeout, or failed
      failed_records_.emplace(index, record);
      throw;
    }
    Completed<Out> item(index, Result<Out>(boost::system::in_place_value, std::move(*value)));
    item.record = record;
    arrived(std::move(item));
  }

  bool record_;
  // Records of failed items that `failed` has not been called for yet, by index.
  std::map<std::size_t, std::shared_ptr<QueryResult>> failed_records_;
};

/// Gives each item's result in the order of the inputs. The window bounds the results that wait, those before
/// their turn included.
template <class In, class Out>
class batch_ordered_work final : public batch_completion_work<In, Out> {
 public:
  batch_ordered_work(step_ptr<In, Out> target, input_source_ptr<In> inputs, const BatchOptions& options)
      : batch_completion_work<In, Out>(std::move(target), std::move(inputs), options, 0),
        window_(reorder_window_of(options)) {}

  bool may_start() const noexcept override {
    return batch_completion_work<In, Out>::may_start() && this->drawn() - this->results().taken() < window_;
  }

 private:
  void arrived(Completed<Out> item) override {
    while (item.index - next_ >= early_.size()) grow();
    place_of(item.index).emplace(std::move(item));
    while (auto& first = place_of(next_)) {
      this->results().put(std::move(*first));
      first.reset();
      ++next_;
    }
  }
  std::optional<Completed<Out>>& place_of(std::size_t index) noexcept {
    return early_[index % early_.size()];
  }
  /// Twice as many places. The items move to where their index belongs now.
  void grow() {
    std::vector<std::optional<Completed<Out>>> larger(2 * early_.size());
    for (auto& each : early_)
      if (each) larger[each->index % larger.size()].emplace(std::move(*each));
    early_ = std::move(larger);
  }

  std::size_t window_;
  // Index of the item that is added to the queue next.
  std::size_t next_ = 0;
  // A ring of items that wait for one before them.
  std::vector<std::optional<Completed<Out>>> early_{8};
};

}  // namespace corochain::detail
