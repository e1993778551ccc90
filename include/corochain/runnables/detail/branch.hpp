// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/runnables/detail/choosing_step.hpp"

namespace corochain {

template <class In, class Out>
class BranchCase;

namespace detail {

/// The label of the branch that is taken when no condition holds.
COROCHAIN_EXPORT const std::string& default_branch() noexcept;
[[noreturn]] COROCHAIN_EXPORT void throw_no_branches();

/// The step of a `RunnableBranch`: asks the conditions in turn, as runs of their own, and copies the input
/// for each. The default is the choice until a condition holds.
template <class In, class Out>
class branch_step final : public choosing_step<In, In, Out> {
 public:
  branch_step(std::vector<BranchCase<In, Out>> cases, step_ptr<In, Out> otherwise)
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
    made.way = otherwise_.get();
    made.place = {"branch:", 0, &default_branch()};
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      std::optional<bool> holds;
      In shown = input;
      co_await cases_[i].condition().run(std::move(shown), context, holds, {"condition:", i + 1, nullptr});
      if (!*holds) continue;
      made.way = &cases_[i].way();
      made.place = {"branch:", i + 1, nullptr};
      break;
    }
    made.input.emplace(std::move(input));
  }

 private:
  std::vector<BranchCase<In, Out>> cases_;
  step_ptr<In, Out> otherwise_;
};

}  // namespace detail
}  // namespace corochain
