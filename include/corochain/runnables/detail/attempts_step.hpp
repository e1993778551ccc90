// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/detail/close_after_failure.hpp"
#include "corochain/runnables/detail/deferred_source.hpp"
#include "corochain/runnables/retry_options.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Decides whether another attempt follows a failure. It is called from any thread.
using failure_rule = std::function<bool(const Failure&)>;

/// The way one call is tried several times: the same step again and again, or one step after the other.
struct attempt_plan {
  /// The name of the step that makes the attempts.
  const char* name;
  /// Whether one step is repeated. If false, there are as many attempts as steps.
  bool repeats;
  RetryOptions retry{};
  /// The rule of the runnable. If it is empty, that of the options holds.
  failure_rule rule{};
};
/// Checks the options. Throws a `ConfigError` that says what is wrong with them. A `rule` that is not empty
/// takes the place of `retry_if`.
COROCHAIN_EXPORT attempt_plan plan_of_retry(const RetryOptions& options, failure_rule rule = failure_rule());
COROCHAIN_EXPORT attempt_plan plan_of_fallbacks(failure_rule rule) noexcept;

/// Makes the attempts of one call.
class COROCHAIN_EXPORT attempt_maker {
 public:
  virtual ~attempt_maker();
  /// Makes attempt `number`, counted from 1. No attempt follows the `last` one.
  virtual awaitable<void> attempt(std::size_t number, step_place place, bool last) = 0;
};

/// Makes attempts until one succeeds or there is no reason for another one. Then it throws the last failure,
/// with the earlier ones attached. `plan` must live until then.
COROCHAIN_EXPORT awaitable<void> make_attempts(const attempt_plan& plan, std::size_t steps,
                                               call_context context, std::shared_ptr<attempt_maker> maker);

/// The step of `with_retry`, which tries one step several times, and of `with_fallbacks`, which tries
/// several. Its templates make one attempt; `make_attempts` decides about the next one.
template <class In, class Out>
class COROCHAIN_EXPORT attempts_step final : public step<In, Out> {
  static_assert(
      std::copy_constructible<In>,
      "corochain: an input that cannot be copied cannot be tried twice, by with_retry or with_fallbacks");

 public:
  using steps = std::vector<step_ptr<In, Out>>;

  attempts_step(attempt_plan plan, steps alternatives)
      : plan_(std::move(plan)), alternatives_(std::move(alternatives)) {}
  const char* name() const noexcept override { return plan_.name; }
  step_shape shape() const override {
    step_shape made{plan_.repeats ? step_layout::around : step_layout::one_of};
    for (const auto& each : alternatives_)
      made.parts.push_back({each.get(), made.parts.empty() ? "" : "fallback"});
    return made;
  }
  std::shared_ptr<const step_base> with_parts(const part_replacement& replace) const override {
    steps all;
    for (const auto& each : alternatives_)
      all.push_back(std::static_pointer_cast<const step<In, Out>>(replace(*each)));
    return std::make_shared<const attempts_step>(plan_, std::move(all));
  }
  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const override {
    return make_attempts(plan_, alternatives_.size(), context,
                         std::make_shared<whole>(alternatives_, std::move(input), context, answer));
  }
  chunk_source_of<Out> stream(In input, call_context context) const override {
    return std::make_unique<chunks>(*this, std::move(input), std::move(context));
  }

 private:
  static const step<In, Out>& step_for(const steps& all, std::size_t number) noexcept {
    return number <= all.size() ? *all[number - 1] : *all.back();
  }

  /// The attempts of a call. The input is copied for all of them but the last.
  class whole final : public attempt_maker {
   public:
    whole(const steps& all, In input, const call_context& context, std::optional<Out>& answer)
        : all_(all), input_(std::move(input)), context_(context), answer_(answer) {}
    awaitable<void> attempt(std::size_t number, step_place place, bool last) override {
      // A step is given an empty answer, and one that failed may have written half of its own.
      answer_.reset();
      return step_for(all_, number).run(last ? std::move(input_) : input_, context_, answer_, place);
    }

   private:
    const steps& all_;
    In input_;
    const call_context& context_;
    std::optional<Out>& answer_;
  };

  /// Makes other attempts until there is a first chunk, and none after it.
  class chunks final : public deferred_source<chunk_of_t<Out>>, private attempt_maker {
   public:
    chunks(const attempts_step& of, In input, call_context context)
        : of_(of), input_(std::move(input)), context_(std::move(context)) {}

   private:
    awaitable<std::optional<chunk_of_t<Out>>> begin() override {
      // Owns nothing: this source lives until its `next()` has ended.
      std::shared_ptr<attempt_maker> self(std::shared_ptr<void>(), this);
      co_await make_attempts(of_.plan_, of_.alternatives_.size(), context_, std::move(self));
      co_return std::move(first_);
    }
    awaitable<void> attempt(std::size_t number, step_place place, bool last) override {
      // The source of the attempt before has been closed by `close_after_failure`.
      this->inner_.reset();
      this->inner_ =
          step_for(of_.alternatives_, number).run_stream(last ? std::move(input_) : input_, context_, place);
      return close_after_failure(this->inner_->pull_into(first_), *this->inner_);
    }

    const attempts_step& of_;
    In input_;
    call_context context_;
    std::optional<chunk_of_t<Out>> first_;
  };

  attempt_plan plan_;
  steps alternatives_;
};

}  // namespace corochain::detail
