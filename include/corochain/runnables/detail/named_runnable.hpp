// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/chunk_filter.hpp"
#include "corochain/runnables/detail/as_step.hpp"

namespace corochain::detail {

/// A step from a Dict whose output becomes a value of another Dict. It hides the type of that output, so that
/// the steps of Dicts are compiled once. A branch is a part of its step and lives as long.
class COROCHAIN_EXPORT dict_branch {
 public:
  virtual ~dict_branch();
  virtual const step_base& target() const noexcept = 0;
  virtual awaitable<void> run(Dict input, const call_context& context, Value& answer,
                              step_place place) const = 0;
  /// The chunks of the value, as `DictChunk` adds them up. The branch must outlive them.
  virtual chunk_source_ptr<Value> chunks(Dict input, call_context context, step_place place) const = 0;
};

/// The chunks that `DictChunk` can add up. A type without chunks comes as a whole.
template <class T>
inline constexpr bool adds_up_in_dict =
    std::is_same_v<chunk_of_t<T>, T> || std::is_same_v<chunk_of_t<T>, AIMessageChunk> ||
    std::is_same_v<chunk_of_t<T>, DictChunk>;

/// The chunks of an `Out` as values of a Dict.
template <class Out>
class value_source final : public chunk_filter<chunk_of_t<Out>, Value> {
 public:
  using value_source::chunk_filter::chunk_filter;

 private:
  std::optional<Value> on_chunk(chunk_of_t<Out> chunk) override {
    if constexpr (adds_up_in_dict<Out>) return Value(std::move(chunk));
    whole_.add(std::move(chunk));
    return std::nullopt;
  }
  std::optional<Value> on_end() override {
    if constexpr (adds_up_in_dict<Out>) return std::nullopt;
    return Value(whole_.take());
  }

  // Adds up the chunks that a Dict cannot add up.
  chunk_accumulator<Out> whole_;
};

/// The branch of a step with the output `Out`, which a `Value` can hold.
template <class Out>
class COROCHAIN_EXPORT dict_branch_of final : public dict_branch {
 public:
  explicit dict_branch_of(step_ptr<Dict, Out> target) : target_(std::move(target)) {}
  const step_base& target() const noexcept override { return *target_; }
  awaitable<void> run(Dict input, const call_context& context, Value& answer,
                      step_place place) const override {
    std::optional<Out> given;
    co_await target_->run(std::move(input), context, given, place);
    answer = Value(std::move(*given));
  }
  chunk_source_ptr<Value> chunks(Dict input, call_context context, step_place place) const override {
    return std::make_unique<value_source<Out>>(
        target_->run_stream(std::move(input), std::move(context), place));
  }

 private:
  step_ptr<Dict, Out> target_;
};

/// The types stand in the compiler's message, so they have to be the conditions' own parameters.
template <class Given>
struct takes_dict {
  static constexpr bool value = part_takes<Dict, Given>::value;
};
template <class Gives>
struct dict_holds {
  static constexpr bool value = can_be_copied<Gives>::value;
};

/// Makes a runnable, a function or a coroutine a branch. The compiler prints one readable message where it
/// cannot be one.
template <class Given>
std::shared_ptr<const dict_branch> as_dict_branch(Given given) {
  constexpr bool takes = takes_dict<Given>::value;
  static_assert(takes_dict<Given>::value,
                "corochain: this runnable or function does not take a Dict (or its call operator is not "
                "const); takes_dict<GIVEN> names it");
  if constexpr (takes) {
    using Gives = typename output_of_given<Dict, Given>::type;
    constexpr bool holds = dict_holds<Gives>::value;
    static_assert(dict_holds<Gives>::value,
                  "corochain: a Dict cannot hold what this runnable or function gives: it must be a value "
                  "that can be copied; dict_holds<GIVEN> names it");
    if constexpr (holds)
      return std::make_shared<const dict_branch_of<Gives>>(as_step<Dict, Gives>(std::move(given)));
  }
  return nullptr;
}

extern template class dict_branch_of<std::string>;
extern template class dict_branch_of<AIMessage>;
extern template class dict_branch_of<Dict>;

}  // namespace corochain::detail
