// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <utility>

#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/dict_steps.hpp"
#include "corochain/runnables/detail/parallel.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// Several runnables with one input, all at once: `RunnableParallel({{"joke", joke_chain}, {"poem",
/// poem_chain}})` gives a Dict with the keys "joke" and "poem".
///
/// The branches count in the budget of the run, like any fan-out: under a `max_concurrency` of 1 they run one
/// after the other. The first failure cancels the others, waits until they have ended and is thrown;
/// cancelling the call cancels all of them.
///
/// A stream of it consists of `DictChunk`s: a key and a chunk of its value, from whichever branch has one. A
/// branch that is ahead waits until its chunk is taken. The stream waits for its whole input first.
///
/// The constructor throws a `ConfigError` without branches, and for two branches of one name. Copies share
/// immutable state and may be used by any number of threads.
class COROCHAIN_EXPORT RunnableParallel : public Runnable<Dict, Dict> {
 public:
  explicit RunnableParallel(ListArg<NamedRunnable> branches)
      : Runnable<Dict, Dict>(detail::parallel_of(std::move(branches))) {}
};

/// Several runnables with one input, all at once, whose outputs keep their types: `Runnable<In, A>` and
/// `Runnable<In, B>` become a `Runnable<In, std::tuple<A, B>>`.
///
/// The input has the type that the first runnable among the arguments takes, and each argument gets a copy of
/// it. Functions and coroutines may be arguments, too. Budget, failure and cancellation are those of
/// `RunnableParallel`. A tuple has no chunks: a stream gives the whole tuple as one.
template <class... Given>
  requires(sizeof...(Given) > 0)
auto parallel(Given... given) {
  using first = detail::first_input<Given...>;
  static_assert(
      first::found,
      "corochain: parallel(...) needs a runnable among its arguments, which says what the input is");
  if constexpr (first::found) {
    using In = typename first::type;
    constexpr bool fits = (detail::part_takes<In, Given>::value && ...);
    static_assert((detail::part_takes<In, Given>::value && ...),
                  "corochain: in parallel(...) one of the arguments does not take what the first runnable "
                  "takes; part_takes<INPUT, GIVEN> names both");
    if constexpr (fits) {
      using step_type = detail::tuple_parallel_step<In, typename detail::output_of_given<In, Given>::type...>;
      return make_runnable<step_type>(
          detail::as_step<In, typename detail::output_of_given<In, Given>::type>(std::move(given))...);
    }
  }
}

}  // namespace corochain
