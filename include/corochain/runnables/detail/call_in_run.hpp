// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Calls `target` below the context of the executor. If the call `is_nested`, it counts for the recursion
/// limit.
template <class In, class Out>
awaitable<void> call_here(const step<In, Out>& target, In input, std::optional<Out>& answer, bool is_nested) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const call_context context = context_on(here);
  std::optional<nested_call> counted;
  if (is_nested) counted.emplace(context);
  co_await target.run(std::move(input), context, answer);
}

/// Makes a call from outside, for `ainvoke`: enters a run if there is none yet, and keeps the step alive. In
/// a run the call is awaited where it is, below the context that the executor carries, and counts as nested.
template <class In, class Out>
awaitable<Out> call_in_run(step_ptr<In, Out> target, In input) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  std::optional<Out> value;
  const nested_call nested(here);
  if (nested.in_run()) {
    const call_context context = context_on(here);
    if (context.needs_permit())
      co_await with_permit(call_here(*target, std::move(input), value, false));
    else
      co_await target->run(std::move(input), context, value);
  } else {
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    try {
      co_await enter_call(call_here(*target, std::move(input), value, true));
    } catch (...) {
      rethrow_as_cancelled(state.cancelled() != boost::asio::cancellation_type::none);
    }
  }
  co_return std::move(*value);
}

}  // namespace corochain::detail
