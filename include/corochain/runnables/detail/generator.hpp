// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/merge_channel.hpp"
#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/step.hpp"
#include "corochain/runnables/yield.hpp"

namespace corochain::detail {

/// The chunks of one call of a generator. The coroutine is a producer of its own, so that it can wait in
/// `yield` while nobody awaits `next()`; it starts with the first `next()`.
template <class In, class P, class F>
class yield_source final : public chunk_source<P> {
 public:
  yield_source(std::shared_ptr<const F> function, In input, const call_context& context) : all_(context) {
    all_.add(generate(std::move(function), std::move(input), Yield<P>(all_.out())));
  }
  awaitable<std::optional<P>> next() override { return all_.next(); }
  void stop() noexcept override { all_.stop(); }
  bool next_ends_by_stop() const noexcept override { return true; }
  awaitable<void> close() override { return all_.close(); }

 private:
  /// The coroutine owns the function, because its frame may outlive the stream.
  static awaitable<void> generate(std::shared_ptr<const F> function, In input, Yield<P> yield) {
    co_await std::invoke(*function, std::move(input), std::move(yield));
  }
  merge_channel<P> all_;
};

/// The step of a generator. `call` adds up the chunks of `stream`, since the coroutine knows no other way to
/// give its answer.
template <class In, class Out, class F>
class generator_step final : public step<In, Out> {
 public:
  using chunk = chunk_of_t<Out>;
  explicit generator_step(F function) : function_(std::make_shared<const F>(std::move(function))) {}
  const char* name() const noexcept override { return "RunnableGenerator"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const override {
    const chunk_source_ptr<chunk> chunks = stream(std::move(input), context);
    chunk_accumulator<Out> whole;
    for (;;) {
      std::optional<chunk> next = co_await chunks->next();
      if (!next) break;
      whole.add(std::move(*next));
    }
    answer.emplace(whole.take());
  }
  chunk_source_ptr<chunk> stream(In input, call_context context) const override {
    return std::make_unique<yield_source<In, chunk, F>>(function_, std::move(input), context);
  }

 private:
  std::shared_ptr<const F> function_;
};

/// The input type of a generator and the type of its chunks; empty for a type that is no generator.
template <class F>
struct generator_signature {};
template <class A, class P>
struct generator_signature<awaitable<void> (*)(A, Yield<P>)> {
  using input = std::remove_cvref_t<A>;
  using output = whole_of_chunk_t<P>;
};
template <class C, class A, class P>
struct generator_signature<awaitable<void> (C::*)(A, Yield<P>) const>
    : generator_signature<awaitable<void> (*)(A, Yield<P>)> {};
template <class F>
  requires requires { &F::operator(); }
struct generator_signature<F> : generator_signature<decltype(&F::operator())> {};

template <class F>
concept generator_function = requires { typename generator_signature<F>::output; };

}  // namespace corochain::detail
