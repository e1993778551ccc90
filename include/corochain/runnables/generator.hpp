// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/chunk.hpp"
#include "corochain/runnables/detail/generator.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/yield.hpp"

namespace corochain {

/// A coroutine that makes its answer chunk by chunk:
///
///     awaitable<void> count_down(Dict input, Yield<std::string> yield) {
///       for (int i = input.get<int>("from"); i > 0; --i) co_await yield(std::to_string(i) + " ");
///     }
///     RunnableGenerator<Dict, std::string> generator(count_down);
///
/// Behind a `|` and in a `RunnableLambda` the bare function suffices, if it is no template.
///
/// The generator streams: the coroutine waits in `yield` until the consumer asks for the next chunk.
/// `ainvoke` puts the chunks together. The generator waits for its whole input first. The call throws the
/// coroutine's exception, after the chunks that came before it. Cancelling the call or leaving the stream
/// cancels the coroutine; it may not catch that and go on.
///
/// The function is copied into the runnable and called from any number of calls at once, so its call operator
/// must be const.
template <class In, class Out>
class RunnableGenerator : public Runnable<In, Out> {
 public:
  template <class F>
    requires(!std::is_base_of_v<RunnableGenerator, F>)
  explicit RunnableGenerator(F function) : Runnable<In, Out>(make(std::move(function))) {}

 private:
  template <class F>
  static step_ptr<In, Out> make(F function) {
    constexpr bool fits = std::is_invocable_r_v<awaitable<void>, const F&, In, Yield<chunk_of_t<Out>>>;
    static_assert(fits,
                  "corochain: a RunnableGenerator<In, Out> needs a coroutine that takes an In and a "
                  "Yield<chunk_of_t<Out>> and gives awaitable<void> (and whose call operator is const)");
    if constexpr (fits)
      return std::make_shared<const detail::generator_step<In, Out, F>>(std::move(function));
    else
      return nullptr;
  }
};

}  // namespace corochain
