// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <utility>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain {
class task_group;
}

namespace corochain::detail {

/// The function that `with_task_group` is given.
struct COROCHAIN_EXPORT task_group_body {
  virtual ~task_group_body();
  virtual awaitable<void> begin(task_group& group) = 0;
};

template <class F>
struct task_group_body_of final : task_group_body {
  explicit task_group_body_of(F function) : body(std::move(function)) {}
  awaitable<void> begin(task_group& group) override { return body(group); }
  F body;
};

/// Calls `function` when the child begins, and keeps it until the child has ended.
template <class F>
awaitable<void> begin_with(F function) {
  co_await function();
}

COROCHAIN_EXPORT awaitable<void> run_task_group(std::shared_ptr<task_group_body> body,
                                                ConcurrencyOptions options);

}  // namespace corochain::detail
