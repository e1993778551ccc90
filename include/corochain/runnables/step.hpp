// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/chunk_source.hpp"
#include "corochain/runnables/detail/observed_run.hpp"
#include "corochain/runnables/detail/step_base.hpp"
#include "corochain/runnables/streaming_mode.hpp"

namespace corochain {

namespace detail {
template <class In, class Out>
class immediate_step;
template <class In, class Out>
class transparent_step;
template <class In, class Mid, class Next, class Out>
class sequence_step;
}  // namespace detail

/// A source of the chunks of a `T`.
template <class T>
using chunk_source_of = chunk_source_ptr<chunk_of_t<T>>;

/// The implementation of a `Runnable`. Derive from it to write a step of your own that passes chunks on. For
/// a step that gives one answer, a function or a coroutine behind a `|` suffices.
///
///     class upper_case final : public step<std::string, std::string> {
///      public:
///       const char* name() const noexcept override { return "UpperCase"; }
///       streaming_mode streaming() const override { return streaming_mode::passes; }
///       awaitable<void> call(std::string input, const call_context&,
///                            std::optional<std::string>& answer) const override {
///         answer = to_upper(std::move(input));
///         co_return;
///       }
///       chunk_source_ptr<std::string> transform(chunk_source_ptr<std::string> input,
///                                               call_context) const override {
///         return std::make_unique<upper_chunks>(std::move(input));  // a chunk_filter
///       }
///     };
///     auto loud = chain | make_runnable<upper_case>();
///
/// Only `name` and `call` have to be overridden: then a stream of the step is one chunk. A step with a
/// `stream` of its own gives chunks. A step with a `transform` also takes its input in chunks as they come.
/// `streaming` tells `Runnable::streams` and descriptions which it is. `run_type` may be overridden for
/// events.
///
/// A step is immutable and shared by any number of calls at once, from any thread. Everything that a call
/// does happens in one run, on the run's serial executor.
///
/// A step calls other runnables with `runnable.step()->run(...)`, `run_stream` or `run_transform` and hands
/// its context on, so that deadline, budget, listeners and tags hold below. `ainvoke` inside of a step sees
/// the run, but not the configuration that `with_config` has bound to the step.
template <class In, class Out>
class COROCHAIN_EXPORT step : public detail::step_base {
 public:
  using input_type = In;
  using output_type = Out;
  using chunk = chunk_of_t<Out>;

  /// Makes the answer and writes it to `answer`, which is empty before. When the awaitable ends without an
  /// exception, `answer` holds a value. `context`, `answer` and the step live until then.
  ///
  /// The answer is written where the caller wants it: each frame would move an answer that it returns.
  virtual awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const = 0;
  /// Makes the answer chunk by chunk. The work begins with the first `next()`. By default it is one chunk
  /// with the answer of `call`.
  virtual chunk_source_ptr<chunk> stream(In input, call_context context) const;
  /// Does the same for an input that comes chunk by chunk. By default it adds up the input and streams it.
  virtual chunk_source_ptr<chunk> transform(chunk_source_of<In> input, call_context context) const;

  /// Calls the step as a part of another one, like `call`, and tells the listeners of it. `place` says which
  /// part it is.
  awaitable<void> run(In input, const call_context& context, std::optional<Out>& answer,
                      detail::step_place place = detail::step_place()) const;
  /// Streams the step as a part of another one, and tells the listeners of it.
  chunk_source_ptr<chunk> run_stream(In input, call_context context,
                                     detail::step_place place = detail::step_place()) const;
  /// Transforms chunks with the step as a part of another one, and tells the listeners of it.
  chunk_source_ptr<chunk> run_transform(chunk_source_of<In> input, call_context context,
                                        detail::step_place place = detail::step_place()) const;

 private:
  template <class, class, class, class>
  friend class detail::sequence_step;
  friend class detail::immediate_step<In, Out>;
  friend class detail::transparent_step<In, Out>;

  // The object itself if it never waits, else null.
  const detail::immediate_step<In, Out>* immediate_ = nullptr;
  // The object itself if it is no run of its own, else null.
  const detail::transparent_step<In, Out>* transparent_ = nullptr;
};

/// A step as runnables and other steps hold it: shared by all calls, and never changed.
template <class In, class Out>
using step_ptr = std::shared_ptr<const step<In, Out>>;

}  // namespace corochain

#include "corochain/runnables/detail/step.hpp"
