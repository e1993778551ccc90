// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/branch.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// A condition, and the runnable that answers if it holds: `{is_question, question_chain}`. The condition is
/// a function, a coroutine or a runnable from `In` to bool. The answering part is a runnable, a function or a
/// coroutine from `In` to `Out`.
template <class In, class Out>
class BranchCase {
 public:
  template <class Condition, class Given>
  BranchCase(Condition holds, Given given)
      : condition_(detail::as_step<In, bool>(std::move(holds))),
        way_(detail::as_step<In, Out>(std::move(given))) {}

  /// For functions that build on the library.
  const step<In, bool>& condition() const noexcept { return *condition_; }
  const step<In, Out>& way() const noexcept { return *way_; }

 private:
  step_ptr<In, bool> condition_;
  step_ptr<In, Out> way_;
};

/// Asks its conditions one after the other. The runnable of the first condition that holds answers, or else
/// the default: `RunnableBranch({{is_math, math_chain}, {is_poem, poem_chain}}, general_chain)`. The input
/// and output types are those of the default. If the default is a function, they are written:
/// `RunnableBranch<Dict, std::string>(...)`.
///
/// The input is copied for each condition. The call throws the exception that a condition throws. A stream of
/// it gives the chunks of the branch that is taken; it waits for its whole input first. Cancelling the call
/// cancels the work that is under way.
///
/// Without any case the constructor throws a `ConfigError`. Copies share immutable state and may be used by
/// any number of threads.
template <class In, class Out>
class RunnableBranch : public Runnable<In, Out> {
 public:
  template <class Default>
  RunnableBranch(ListArg<BranchCase<In, Out>> cases, Default otherwise)
      : Runnable<In, Out>(std::make_shared<const detail::branch_step<In, Out>>(
            std::move(cases).take(), detail::as_step<In, Out>(std::move(otherwise)))) {}
};

template <class In, class Out>
RunnableBranch(std::type_identity_t<ListArg<BranchCase<In, Out>>>, const Runnable<In, Out>&)
    -> RunnableBranch<In, Out>;

}  // namespace corochain
