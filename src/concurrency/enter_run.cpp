// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/enter_run.hpp"

#include <boost/asio/this_coro.hpp>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

// The border of a run. A public verb enters here: inside a run it goes on where it is, and outside it makes a
// run. A cancel that Asio reports becomes a `CancelledError` at this border.

bool in_run(const asio::any_io_executor& executor) noexcept {
  const auto* ours = executor.target<run_executor>();
  return ours && !ours->context()->return_path && ours->context()->run && !ours->context()->run->ended;
}

bool needs_permit(const asio::any_io_executor& executor) noexcept {
  return executor.target<run_executor>()->context()->unheld > 0;
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

namespace {

awaitable<void> enter(awaitable<void> body, bool is_call) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (detail::in_run(here)) {
    if (is_call && needs_permit(here)) body = with_permit(std::move(body));
    co_await std::move(body);
    co_return;
  }
  // Below a user's strand, or on another executor, there may be a run around: the call joins it there.
  child_context child = context_below(here);
  if (is_call && child.context->unheld > 0) body = with_permit(std::move(body));
  const bool is_new = !child.parent;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  try {
    co_await run_below(std::move(child), std::move(body));
  } catch (...) {
    if (!is_new) throw;
    rethrow_as_cancelled(cancellation.cancelled() != asio::cancellation_type::none);
  }
}

/// A call as the only child of a scope, whose budget waits for the permit and gives it back.
class single_call final : public scope_work {
 public:
  explicit single_call(awaitable<void> call) : call_(std::move(call)) {}
  awaitable<void> next(std::size_t, const call_context&) override { return std::move(call_); }
  void failed(std::size_t, std::exception_ptr error) override { error_ = std::move(error); }

  /// Throws what the call threw, or the cause of a stop that came before it could begin.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
    if (call_.valid() && stopped_by()) std::rethrow_exception(stopped_by());
  }

 private:
  awaitable<void> call_;
  std::exception_ptr error_;
};

}  // namespace

awaitable<void> enter_run(awaitable<void> body) { return enter(std::move(body), false); }
awaitable<void> enter_call(awaitable<void> call) { return enter(std::move(call), true); }

awaitable<void> with_permit(awaitable<void> call) {
  scope_options options;
  options.when_cancelled = "the call was cancelled";
  // The call may have a value although a stop has cancelled it: what its fan-outs kept.
  options.on_end = on_child_end::keep_going;
  const auto one = std::make_shared<single_call>(std::move(call));
  co_await run_all(one, options);
  one->rethrow();
}

}  // namespace corochain::detail
