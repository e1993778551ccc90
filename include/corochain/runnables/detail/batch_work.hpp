// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/as_completed.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/detail/batch_feed.hpp"
#include "corochain/runnables/detail/step.hpp"

namespace corochain::detail {

/// Calls a step for each input. `Base` says where the answers go.
template <class In, class Out, class Base>
class batch_items : public Base {
 public:
  /// `base` is for the constructor of `Base`.
  template <class... BaseArguments>
  batch_items(std::shared_ptr<const step<In, Out>> target, std::unique_ptr<input_source<In>> inputs,
              const BatchOptions& options, BaseArguments... base)
      : Base(base...),
        target_(std::move(target)),
        inputs_(std::move(inputs)),
        feed_(options, inputs_->size()) {}

  void begins(const std::shared_ptr<task_scope>& scope) final { feed_.begins(scope); }
  bool may_start() const noexcept override { return !feed_.drawing(); }
  awaitable<void> next(std::size_t index, const call_context& context) final {
    if (inputs_->waits()) {
      if (feed_.used_up()) return {};
      feed_.begin_draw();
      return draw_then_call(index, context);
    }
    std::optional<In> input = inputs_->draw();
    if (!input) return {};
    ++drawn_;
    return item(index, std::move(*input), context);
  }
  void ended(std::size_t index) override {
    feed_.item_ended(index);
    Base::ended(index);
  }

 protected:
  /// Calls the step for one input.
  virtual awaitable<void> item(std::size_t index, In input, const call_context& context) = 0;
  const step<In, Out>& target() const noexcept { return *target_; }
  std::size_t drawn() const noexcept { return drawn_; }
  batch_feed& feed() noexcept { return feed_; }
  /// Inputs that a timeout left in a source that knows its size.
  std::size_t left() {
    const auto total = inputs_->size();
    return total && *total > drawn_ ? *total - drawn_ : 0;
  }
  input_source<In>& inputs() noexcept { return *inputs_; }

 private:
  awaitable<void> draw_then_call(std::size_t index, const call_context& context) {
    std::optional<In> input;
    co_await feed_.draw(inputs_->draw_into(input));
    if (input) ++drawn_;
    feed_.end_draw(index, input.has_value());
    if (!input) co_return;
    co_await item(index, std::move(*input), context);
  }

  std::shared_ptr<const step<In, Out>> target_;
  std::unique_ptr<input_source<In>> inputs_;
  batch_feed feed_;
  std::size_t drawn_ = 0;
};

/// Keeps all values and failures, by index.
template <class In, class Out>
class batch_work final : public batch_items<In, Out, scope_work> {
 public:
  using batch_items<In, Out, scope_work>::batch_items;

  void failed(std::size_t index, std::exception_ptr error) override {
    this->feed().item_failed(error);
    slot_of_[index]->error = std::move(error);
  }
  std::vector<Out> values() {
    std::vector<Out> all;
    all.reserve(this->drawn());
    for (slot& each : slots_)
      if (each.value) all.push_back(std::move(*each.value));
    return all;
  }
  std::vector<Result<Out>> results() {
    std::vector<Result<Out>> all;
    all.reserve(this->drawn());
    for (slot& each : slots_) {
      if (each.value)
        all.emplace_back(boost::system::in_place_value, std::move(*each.value));
      else if (each.error)
        all.emplace_back(boost::system::in_place_error, each.error);
    }
    for (std::size_t i = this->left(); i > 0; --i)
      all.emplace_back(boost::system::in_place_error, not_asked_in_time());
    return all;
  }

 private:
  struct slot {
    std::optional<Out> value;
    std::exception_ptr error;
  };

  awaitable<void> item(std::size_t, In input,
                       const call_context& context) override {  // in order, without gaps
    slot& own = slots_.emplace_back();
    slot_of_.push_back(&own);
    return this->target().run(std::move(input), context, own.value);
  }

  std::list<slot> slots_;  // its elements stay where they are
  std::vector<slot*> slot_of_;
};

template <class In, class Out>
awaitable<std::vector<Out>> batch_all(std::shared_ptr<batch_work<In, Out>> work, scope_options options) {
  co_await run_all(work, options);
  co_return work->values();
}
template <class In, class Out>
awaitable<std::vector<Result<Out>>> batch_each(std::shared_ptr<batch_work<In, Out>> work,
                                               scope_options options) {
  co_await run_all(work, options);
  co_return work->results();
}

/// Gives each item's result as it comes. As many results wait to be taken as items may run.
template <class In, class Out>
class batch_completion_work : public batch_items<In, Out, completion_work_base<Out>> {
 public:
  batch_completion_work(std::shared_ptr<const step<In, Out>> target, std::unique_ptr<input_source<In>> inputs,
                        const BatchOptions& options)
      : batch_completion_work(std::move(target), std::move(inputs), options, options.max_concurrency) {}

  void failed(std::size_t index, std::exception_ptr error) override {
    this->feed().item_failed(error);
    Completed<Out> item(index, Result<Out>(boost::system::in_place_error, std::move(error)));
    item.record = record_of(index, item.result.error());
    arrived(std::move(item));
  }

 protected:
  batch_completion_work(std::shared_ptr<const step<In, Out>> target, std::unique_ptr<input_source<In>> inputs,
                        const BatchOptions& options, std::size_t capacity)
      : batch_items<In, Out, completion_work_base<Out>>(std::move(target), std::move(inputs), options,
                                                        capacity),
        record_(options.record) {}
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
  awaitable<void> recorded(std::size_t index, In input) {
    auto record = std::make_shared<QueryResult>();
    record->question = question_to_show(value_to_show(input));
    std::optional<Out> value;
    try {
      co_await measure_into(call_here(this->target(), std::move(input), value), {}, *record);
    } catch (...) {  // cancelled: by a timeout, perhaps
      failed_records_.emplace_back(index, std::move(record));
      throw;
    }
    if (record->error) {
      failed_records_.emplace_back(index, record);
      record->error->rethrow();
    }
    Completed<Out> item(index, Result<Out>(boost::system::in_place_value, std::move(*value)));
    item.record = std::move(record);
    arrived(std::move(item));
  }

  std::shared_ptr<const QueryResult> record_of(std::size_t failed_item, const Failure& failure) {
    std::shared_ptr<QueryResult> found;
    for (auto at = failed_records_.begin(); at != failed_records_.end() && !found; ++at)
      if (at->first == failed_item) {
        found = std::move(at->second);
        failed_records_.erase(at);
        break;
      }
    if (found)
      found->error = failure;  // as the consumer is told it: not the cancel, but the timeout behind it
    return found;
  }

  bool record_;
  std::list<std::pair<std::size_t, std::shared_ptr<QueryResult>>>
      failed_records_;  // not told to `failed` yet
};

/// The same in the order of the inputs. Its window bounds the results that wait, those before their turn included.
template <class In, class Out>
class batch_ordered_work final : public batch_completion_work<In, Out> {
 public:
  batch_ordered_work(std::shared_ptr<const step<In, Out>> target, std::unique_ptr<input_source<In>> inputs,
                     const BatchOptions& options)
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
  void grow() {
    std::vector<std::optional<Completed<Out>>> larger(2 * early_.size());
    for (auto& each : early_)
      if (each) larger[each->index % larger.size()].emplace(std::move(*each));
    early_ = std::move(larger);
  }

  std::size_t window_;
  std::size_t next_ = 0;                                 // index of the one to be added next
  std::vector<std::optional<Completed<Out>>> early_{8};  // a ring of those that wait for one before them
};

}  // namespace corochain::detail
