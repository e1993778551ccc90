// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/piece.hpp"
#include "corochain/runnables/detail/observed_run.hpp"
#include "corochain/runnables/detail/source.hpp"
#include "corochain/runnables/detail/step_base.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain::detail {

template <class In, class Out>
class immediate_step;

/// The implementation of a `Runnable`: immutable, shared by any number of calls at once. The caller awaits `call`
/// inside a run and keeps the step alive until the awaitable is done.
///
/// The answer is written where the caller wants it: passed up frame by frame it would be moved, and have its room in
/// each of them.
///
/// A step implements `call`, `stream` and `transform`, and passes the context on to the steps it calls. Other steps use
/// `run`, `run_stream` and `run_transform`, which also tell the listeners.
template <class In, class Out>
class COROCHAIN_EXPORT step : public step_base {
 public:
  using chunk = piece_of_t<Out>;

  /// `answer` is empty before, and holds the answer when this has ended without an exception. It and `context` must
  /// live until then.
  virtual awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const = 0;
  /// The answer piece by piece; the step must outlive the source. A step that knows no pieces gives one.
  virtual source_ptr<chunk> stream(In input, call_context context) const;
  /// The same for an input that comes piece by piece. A step that cannot use pieces collects them first.
  virtual source_ptr<chunk> transform(source_ptr<piece_of_t<In>> input, call_context context) const;
  /// The same object if it never waits, else null.
  virtual const immediate_step<In, Out>* immediate() const noexcept { return nullptr; }

  /// A call as a part of another step, at `place` in it. All three are as those above.
  awaitable<void> run(In input, const call_context& context, std::optional<Out>& answer,
                      step_place place = step_place()) const {
    if (silent()) return relay(std::move(input), context, answer, place);
    if (!context.is_observed()) return call(std::move(input), context, answer);
    Value shown = value_to_show(input);
    auto made = std::make_unique<observed_call_of<In, Out>>(*this, std::move(input), answer);
    return observe(*this, context, place, std::move(shown), std::move(made));
  }
  source_ptr<chunk> run_stream(In input, call_context context, step_place place = step_place()) const;
  source_ptr<chunk> run_transform(source_ptr<piece_of_t<In>> input, call_context context,
                                  step_place place = step_place()) const;

  /// A silent step overrides these three and passes its place on to the step that it wraps.
  virtual awaitable<void> relay(In input, const call_context& context, std::optional<Out>& answer,
                                step_place) const {
    return call(std::move(input), context, answer);
  }
  virtual source_ptr<chunk> relay_stream(In input, call_context context, step_place) const {
    return stream(std::move(input), std::move(context));
  }
  virtual source_ptr<chunk> relay_transform(source_ptr<piece_of_t<In>> input, call_context context,
                                            step_place) const {
    return transform(std::move(input), std::move(context));
  }
};

/// A step that never waits: what stands around it can do without a coroutine for it.
template <class In, class Out>
class COROCHAIN_EXPORT immediate_step : public step<In, Out> {
 public:
  /// Takes out of `input` what it needs.
  virtual Out apply(In&& input) const = 0;
  awaitable<void> call(In input, const call_context&, std::optional<Out>& answer) const override {
    answer.emplace(apply(std::move(input)));
    co_return;
  }
  const immediate_step* immediate() const noexcept final { return this; }
};

}  // namespace corochain::detail
