// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/detail/step_base.hpp"

namespace corochain {

template <class In, class Out>
class step;

namespace detail {

/// Makes the copy of a value that handlers see; null for a value that cannot be copied.
template <class T>
Value value_to_show(const T& value) {
  if constexpr (can_be_copied<T>::value)
    return Value(value);
  else
    return Value();
}

/// The run of a step, with its events for the listeners.
class COROCHAIN_EXPORT observed_run {
 public:
  /// `step` must outlive this.
  observed_run(const step_base& step, call_context around, step_place place, Value input);
  ~observed_run();
  observed_run(const observed_run&) = delete;
  observed_run& operator=(const observed_run&) = delete;

  /// Tells the listeners that the run began; call it once. Returns the context for the work below. The
  /// context lives as long as this object.
  const call_context& begin();
  /// Whether the run has begun, has not ended, and has listeners.
  bool is_heard() const noexcept;
  void tell_chunk(Value value) noexcept;
  void ended(Value answer) noexcept;
  void failed(std::exception_ptr error) noexcept;
  /// Tells the listeners that the run failed because its consumer has gone, unless it has ended.
  void left() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A call that is made below the run that is observed.
class COROCHAIN_EXPORT observed_call {
 public:
  virtual ~observed_call();
  virtual awaitable<void> begin(const call_context& context) = 0;
  /// Makes the copy of the answer that handlers see.
  virtual Value answer() const = 0;
};

template <class In, class Out>
class observed_call_of final : public observed_call {
 public:
  observed_call_of(const step<In, Out>& of, In input, std::optional<Out>& answer)
      : step_(of), input_(std::move(input)), answer_(answer) {}
  awaitable<void> begin(const call_context& context) override {
    return step_.call(std::move(input_), context, answer_);
  }
  Value answer() const override { return value_to_show(*answer_); }

 private:
  const step<In, Out>& step_;
  In input_;
  std::optional<Out>& answer_;
};

/// Awaits `call`, a call of `step`, as a run of its own that the listeners are told of. `step` must live
/// until then.
COROCHAIN_EXPORT awaitable<void> observe(const step_base& step, call_context around, step_place place,
                                         Value input, std::unique_ptr<observed_call> call);

}  // namespace detail
}  // namespace corochain
