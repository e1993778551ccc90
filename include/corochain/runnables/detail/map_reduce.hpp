// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <concepts>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/result.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/batch_items.hpp"
#include "corochain/runnables/detail/config_step.hpp"
#include "corochain/runnables/detail/reduction_plan.hpp"
#include "corochain/runnables/detail/sequence_step.hpp"

namespace corochain::detail {

/// The types of a map: those of a runnable, or those of a function of one parameter.
template <class Map>
struct map_types {
  using input = typename function_input<Map>::type;
  using output = output_of<Map, input>;
};
template <runnable Map>
struct map_types<Map> {
  using input = typename Map::input_type;
  using output = typename Map::output_type;
};
template <class Map>
using map_input = typename map_types<Map>::input;
template <class Map>
using mapped_by = typename map_types<Map>::output;

template <class T, class Combine>
inline constexpr bool takes_list = part_takes<std::vector<T>, Combine>::value;
template <class T, class Combine>
inline constexpr bool takes_text = std::same_as<T, std::string> && part_takes<std::string, Combine>::value;
/// Whether `combine` is a function of two values.
template <class T, class Combine>
inline constexpr bool combines_two =
    !takes_list<T, Combine> && !takes_text<T, Combine> && std::is_invocable_v<const Combine&, T, T>;

COROCHAIN_EXPORT void check_group_size(std::size_t size, bool combines_two);
/// The texts with a blank line between them.
COROCHAIN_EXPORT std::string join_texts(std::vector<std::string> texts);

/// The step that combines a list of values. A `Combine` that does not fit goes to `as_step`, too, which says
/// why.
template <class T, class Combine>
step_ptr<std::vector<T>, T> combining_step(Combine combine) {
  using list = std::vector<T>;
  if constexpr (takes_text<T, Combine> && !takes_list<T, Combine>) {
    using sequence = sequence_step<list, std::string, std::string, T>;
    return std::make_shared<const sequence>(as_step<list, std::string>(join_texts),
                                            as_step<std::string, T>(std::move(combine)));
  } else if constexpr (combines_two<T, Combine>) {
    return as_step<list, T>(
        [combine = std::move(combine)](list two) { return combine(std::move(two[0]), std::move(two[1])); });
  } else {
    return as_step<list, T>(std::move(combine));
  }
}

/// The children of a `map_reduce`: calls for inputs and combinations, in one scope. The plan decides what is
/// combined, and this has the values.
template <class In, class T>
class map_reduce_work final : public batch_items<In, T, scope_work> {
 public:
  map_reduce_work(step_ptr<In, T> map, step_ptr<std::vector<T>, T> combine, input_source_ptr<In> inputs,
                  const BatchOptions& options, reduction_plan plan)
      : batch(std::move(map), std::move(inputs), options),
        combine_(std::move(combine)),
        plan_(std::move(plan)) {}

  bool may_start() const noexcept override {
    return plan_.has_group() || (!used_up_ && batch::may_start()) || running_.empty();
  }
  awaitable<void> next(std::size_t index, const call_context& context) override {
    begun_ = true;
    if (!plan_.has_group() && !used_up_ && batch::may_start()) {
      child& own = running_[index];
      own.input = this->drawn();
      own.value = plan_.begin_input();
      by_input_[own.input] = &own;
      awaitable<void> one = batch::next(own.input, context);
      if (one.valid()) return one;
      by_input_.erase(own.input);
      plan_.failed(own.value);
      running_.erase(index);
      used_up_ = true;
    }
    if (running_.empty()) plan_.finish();
    if (plan_.has_group()) return combine_next(index, context);
    if (running_.empty()) return {};
    // The end of the inputs is no end of the children: values that come may be combined.
    running_[index].kind = child_kind::nothing;
    return do_nothing();
  }

  void failed(std::size_t index, std::exception_ptr error) override {
    child& own = running_.at(index);
    own.has_failed = true;
    // A call that waits under the deadline may end before the scope sees that the time is over.
    stopping_ = stopping_ || this->feed().time_is_over();
    if (own.kind == child_kind::input) {
      this->feed().item_failed(error);
      failures_.emplace(own.input, Failure(std::move(error)));
      plan_.failed(own.value);
    } else if (!stopping()) {  // a combination that a stop has cancelled did not fail
      combine_failures_.emplace_back(std::move(own.inputs), Failure(std::move(error)));
      plan_.failed(own.value);
    }
  }
  void ended(std::size_t index) override {
    const auto found = running_.find(index);
    child& own = found->second;
    if (own.kind == child_kind::input) {
      by_input_.erase(own.input);
      const bool is_item = own.input < this->drawn();
      if (own.result)
        keep_value(own);
      else if (!own.has_failed)
        plan_.failed(own.value);  // there was no further input
      if (!is_item) used_up_ = true;
      if (is_item) this->feed().item_ended(own.input);
    } else if (own.result) {
      for (const std::size_t each : own.combined) values_.erase(each);
      keep_value(own);
    }
    running_.erase(found);
  }
  void cancelling() override { stopping_ = true; }

  /// Whether the children have begun.
  bool begun() const noexcept { return begun_; }
  /// Moves what was done into `outcome`. `broken` is the exception of the inputs, if there was one.
  template <class Outcome>
  void end(Outcome& outcome, std::exception_ptr broken) {
    const bool inputs_broke = broken != nullptr;
    if (!broken && stopping())
      broken = this->stopped_by() ? this->stopped_by() : time_over(scope_options().when_time_is_over);
    if (broken) outcome.stopped.emplace(broken);
    for (const std::size_t input : plan_.unfinished())
      if (input < this->drawn() && broken) failures_.emplace(input, Failure(broken));
    for (std::size_t input = this->drawn(); broken && this->skip(); ++input)
      failures_.emplace(input, Failure(inputs_broke ? broken : this->not_asked()));
    for (auto& [input, failure] : failures_)
      outcome.failures.emplace_back(std::vector<std::size_t>{input}, std::move(failure));
    for (auto& [inputs, failure] : combine_failures_)
      outcome.combine_failures.emplace_back(std::move(inputs), std::move(failure));
    for (auto& part : plan_.parts())
      outcome.parts.emplace_back(std::move(part.inputs), std::move(values_.at(part.value)));
    if (broken || outcome.parts.size() != 1) return;
    outcome.value.emplace(std::move(outcome.parts.front().value));
    outcome.parts.clear();
  }

 private:
  using batch = batch_items<In, T, scope_work>;
  enum class child_kind { input, combination, nothing };
  struct child {
    child_kind kind = child_kind::input;
    std::size_t input = 0;
    // The number of the value that it makes.
    std::size_t value = 0;
    // The values that a combination takes, and the inputs that they stand for.
    std::vector<std::size_t> combined{};
    std::vector<std::size_t> inputs{};
    std::optional<T> result{};
    bool has_failed = false;
  };

  static awaitable<void> do_nothing() { co_return; }

  /// Whether the time of the whole is over, or a stop around it came.
  bool stopping() const noexcept { return stopping_ || this->stopped_by(); }

  awaitable<void> item(std::size_t input, In value, const call_context& context) override {
    return this->target().run(std::move(value), context, by_input_.at(input)->result);
  }
  /// The values are copied: they are the outcome if the combination does not come to its end.
  awaitable<void> combine_next(std::size_t index, const call_context& context) {
    child& own = running_[index];
    own.kind = child_kind::combination;
    reduction_plan::group group = plan_.next_group();
    own.value = group.result;
    own.combined = std::move(group.values);
    own.inputs = std::move(group.inputs);
    std::vector<T> list;
    list.reserve(own.combined.size());
    for (const std::size_t each : own.combined) list.push_back(values_.at(each));
    return combine_->run(std::move(list), context, own.result);
  }
  void keep_value(child& of) {
    values_.emplace(of.value, std::move(*of.result));
    plan_.has_value(of.value);
  }

  step_ptr<std::vector<T>, T> combine_;
  reduction_plan plan_;
  // By the scope's index. A call under way refers to its child, which therefore stays where it is.
  std::map<std::size_t, child> running_;
  std::map<std::size_t, child*> by_input_;
  // The values that are in no other value, by their numbers.
  std::map<std::size_t, T> values_;
  std::map<std::size_t, Failure> failures_;
  std::vector<std::pair<std::vector<std::size_t>, Failure>> combine_failures_;
  bool used_up_ = false;
  bool begun_ = false;
  bool stopping_ = false;
};

template <class Outcome, class In, class T>
awaitable<Outcome> map_reduce_all(std::shared_ptr<map_reduce_work<In, T>> work, BatchOptions options) {
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  std::exception_ptr broken;
  try {
    co_await run_all(work, scope_of(options, on_child_end::keep_going));
  } catch (...) {
    // A cancel from outside is no outcome, and neither is a run that could not begin.
    if (cancellation.cancelled() != boost::asio::cancellation_type::none || !work->begun()) throw;
    broken = std::current_exception();
  }
  Outcome outcome;
  work->end(outcome, std::move(broken));
  co_return outcome;
}

}  // namespace corochain::detail
