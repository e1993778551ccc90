// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/merging.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/piece.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// What a generator hands its pieces on through. Copies are the same way out. To be used in the generator's own run,
/// by one coroutine at a time.
template <class P>
class Yield {
 public:
  explicit Yield(detail::outlet<P> out) : out_(std::move(out)) {}
  /// `co_await yield(piece)`: returns when the piece was taken and another one is asked for. Throws `CancelledError`
  /// when nobody will ask any more.
  awaitable<void> operator()(P piece) const { return hand_on(out_, std::move(piece)); }

 private:
  static awaitable<void> hand_on(detail::outlet<P> out, P piece) {
    out.push(std::move(piece));
    co_await out.drained();
  }
  detail::outlet<P> out_;
};

namespace detail {

template <class In, class P, class F>
class yield_source final : public source<P> {
 public:
  yield_source(std::shared_ptr<const F> function, In input) {
    all_.add(generate(std::move(function), std::move(input), Yield<P>(all_.out())));
  }
  awaitable<std::optional<P>> next() override { return all_.next(); }
  void stop() noexcept override { all_.stop(); }

 private:
  /// Owns the function: the frame may go after the stream did.
  static awaitable<void> generate(std::shared_ptr<const F> function, In input, Yield<P> yield) {
    co_await std::invoke(*function, std::move(input), std::move(yield));
  }
  merging<P> all_;
};

template <class In, class Out, class F>
class generator_step final : public step<In, Out> {
 public:
  using piece = piece_of_t<Out>;
  explicit generator_step(F function) : function_(std::make_shared<const F>(std::move(function))) {}
  const char* name() const noexcept override { return "RunnableGenerator"; }
  piece_flow flow() const noexcept override { return piece_flow::makes; }
  awaitable<void> call(In input, std::optional<Out>& answer) const override {
    return assemble(stream(std::move(input)), answer);
  }
  source_ptr<piece> stream(In input) const override {
    return std::make_unique<yield_source<In, piece, F>>(function_, std::move(input));
  }

 private:
  static awaitable<void> assemble(source_ptr<piece> pieces, std::optional<Out>& answer) {
    assembly<Out> whole;
    for (;;) {
      std::optional<piece> next = co_await pieces->next();
      if (!next) break;
      whole.add(std::move(*next));
    }
    answer.emplace(whole.take());
  }
  std::shared_ptr<const F> function_;
};

}  // namespace detail

/// A coroutine that makes its answer piece by piece:
///
///     awaitable<void> count_down(Dict input, Yield<std::string> yield) {
///       for (int i = input.get<int>("from"); i > 0; --i) co_await yield(std::to_string(i) + " ");
///     }
///     RunnableGenerator<Dict, std::string> generator(count_down);
///
/// It streams: between two pieces that are asked for the coroutine waits in `yield`. `ainvoke` puts the pieces together.
/// It waits for its whole input first. What it throws the call throws, after the pieces that came before. Cancelling the
/// call or leaving the stream cancels the coroutine; it may not catch that and go on.
///
/// The function is copied into the runnable and called from any number of calls at once, so its call operator must be
/// const.
template <class In, class Out>
class RunnableGenerator : public Runnable<In, Out> {
 public:
  template <class F>
  requires(!std::is_base_of_v<RunnableGenerator, F>) explicit RunnableGenerator(F function)
      : Runnable<In, Out>(make(std::move(function))) {}

 private:
  template <class F>
  static std::shared_ptr<const detail::step<In, Out>> make(F function) {
    constexpr bool fits = std::is_invocable_r_v<awaitable<void>, const F&, In, Yield<piece_of_t<Out>>>;
    static_assert(fits,
                  "corochain: a RunnableGenerator<In, Out> needs a coroutine that takes an In and a "
                  "Yield<piece_of_t<Out>> and gives awaitable<void> (and whose call operator is const)");
    if constexpr (fits)
      return std::make_shared<const detail::generator_step<In, Out, F>>(std::move(function));
    else
      return nullptr;
  }
};

}  // namespace corochain
