// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/enter_run.hpp"

#include <boost/asio/this_coro.hpp>

#include "concurrency/run_context.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

// The border of a run. A public verb enters here: inside a run it goes on where it is, and outside it makes a
// run. A cancel that Asio reports becomes a `CancelledError` at this border.

bool in_run(const asio::any_io_executor& executor) noexcept {
  const auto* ours = executor.target<run_executor>();
  return ours && !ours->context()->return_path && ours->context()->run && !ours->context()->run->ended;
}

void rethrow_as_cancelled(bool cancelled) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const boost::system::system_error& error) {
    if (!cancelled || error.code() != ErrorCondition::cancelled) throw;
  }
  throw CancelledError("the call was cancelled");
}

nested_call::nested_call(const asio::any_io_executor& here) {
  if (!detail::in_run(here)) return;
  const auto& context = here.target<run_executor>()->context();
  begin_call(*context);
  context_ = context.get();
}
nested_call::nested_call(const call_context& context) {
  begin_call(*context.state());
  context_ = context.state().get();
}
nested_call::~nested_call() {
  if (context_) --context_->depth;
}

awaitable<void> enter_run(awaitable<void> body) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (detail::in_run(here)) {
    co_await std::move(body);
    co_return;
  }
  // Below a user's strand, or on another executor, there may be a run around: the call joins it there.
  child_context child = context_below(here);
  const bool is_new = !child.parent;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  try {
    co_await run_below(std::move(child), std::move(body));
  } catch (...) {
    if (!is_new) throw;
    rethrow_as_cancelled(cancellation.cancelled() != asio::cancellation_type::none);
  }
}

}  // namespace corochain::detail
