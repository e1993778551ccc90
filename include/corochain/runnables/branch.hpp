// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/few.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/choosing_step.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// A condition, and the runnable that answers where it holds: `{is_question, question_chain}`. The condition is
/// a function, a coroutine or a runnable from `In` to bool, the other a runnable, a function or a coroutine from `In`
/// to `Out`.
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
  std::shared_ptr<const step<In, bool>> condition_;
  std::shared_ptr<const step<In, Out>> way_;
};

namespace detail {

/// The key of the way that is taken when no condition holds.
COROCHAIN_EXPORT const std::string& default_branch() noexcept;
[[noreturn]] COROCHAIN_EXPORT void throw_no_branches();

template <class In, class Out>
class branch_step final : public choosing_step<In, In, Out> {
 public:
  branch_step(std::vector<BranchCase<In, Out>> cases, std::shared_ptr<const step<In, Out>> otherwise)
      : cases_(std::move(cases)), otherwise_(std::move(otherwise)) {
    if (cases_.empty()) throw_no_branches();
  }
  const char* name() const noexcept override { return "RunnableBranch"; }
  step_shape shape() const override {
    step_shape shape{step_layout::one_of};
    for (const auto& each : cases_)
      shape.parts.push_back({&each.way(), "branch:" + std::to_string(shape.parts.size() + 1)});
    shape.parts.push_back({otherwise_.get(), "branch:" + default_branch()});
    return shape;
  }
  awaitable<void> choose(In input, const call_context& context, choice<In, Out>& made) const override {
    return ask(*this, std::move(input), context, made);
  }

 private:
  static awaitable<void> ask(const branch_step& self, In input, const call_context& context,
                             choice<In, Out>& made) {
    for (std::size_t i = 0; i < self.cases_.size() && !made.way; ++i) {
      const BranchCase<In, Out>& each = self.cases_[i];
      std::optional<bool> holds;
      In shown = input;
      co_await each.condition().run(std::move(shown), context, holds, {"condition:", i + 1, nullptr});
      if (!*holds) continue;
      made.way = &each.way();
      made.place = {"branch:", i + 1, nullptr};
    }
    if (!made.way) {
      made.way = self.otherwise_.get();
      made.place = {"branch:", 0, &default_branch()};
    }
    made.input.emplace(std::move(input));
  }

  std::vector<BranchCase<In, Out>> cases_;
  std::shared_ptr<const step<In, Out>> otherwise_;
};

}  // namespace detail

/// Asks its conditions one after the other and lets the runnable of the first that holds answer, or the default:
/// `RunnableBranch({{is_math, math_chain}, {is_poem, poem_chain}}, general_chain)`. What goes in and comes out is what
/// the default takes and gives; where that is a function: `RunnableBranch<Dict, std::string>(...)`.
///
/// The input is copied for each condition. What a condition throws the call throws. A stream of it gives the pieces of
/// the branch that is taken; it waits for its whole input first. Cancelling the call cancels what is under way.
///
/// Without any case a `ConfigError`. Copies share immutable state and may be used by any number of threads.
template <class In, class Out>
class RunnableBranch : public Runnable<In, Out> {
 public:
  template <class Default>
  RunnableBranch(few<BranchCase<In, Out>> cases, Default otherwise)
      : Runnable<In, Out>(std::make_shared<const detail::branch_step<In, Out>>(
            std::move(cases).take(), detail::as_step<In, Out>(std::move(otherwise)))) {}
};

template <class In, class Out>
RunnableBranch(std::type_identity_t<few<BranchCase<In, Out>>>, const Runnable<In, Out>&)
    -> RunnableBranch<In, Out>;

}  // namespace corochain
