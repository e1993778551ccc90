// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/attempts_step.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>

#include "concurrency/permit_wait.hpp"
#include "concurrency/retry_event.hpp"
#include "concurrency/run_clock.hpp"
#include "concurrency/run_context.hpp"
#include "core/randomness.hpp"
#include "corochain/core/detail/throw_last.hpp"
#include "corochain/core/error.hpp"
#include "runnables/retry_rule.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

using clock = std::chrono::steady_clock;

clock::duration time_left(const run_context& context) {
  if (context.deadline == run_context::time_point::max()) return clock::duration::max();
  return context.deadline - now_in(context);
}

/// The wait before the next attempt; nothing if the failure is to be thrown.
std::optional<clock::duration> next_wait(const attempt_plan& plan, std::size_t steps, const Failure& failure,
                                         std::size_t made, clock::duration left) {
  if (plan.repeats) return wait_before_retry(plan.retry, failure, made, left, uniform01());
  const bool next = made < steps && left > clock::duration::zero() &&
                    failure.kind() != ErrorKind::cancelled &&
                    (!plan.fallback.handle || plan.fallback.handle(failure));
  if (!next) return std::nullopt;
  return clock::duration::zero();
}

awaitable<void> wait_for_next(call_context context, clock::duration length,
                              std::vector<std::exception_ptr> earlier) {
  const bool slept = co_await sleep_for(context, length);
  if (slept) co_return;
  ErrorDetails details;
  details.earlier = std::move(earlier);
  throw CancelledError("the call was cancelled while it waited for its next attempt", std::move(details));
}

}  // namespace

attempt_maker::~attempt_maker() = default;

attempt_plan plan_of_retry(const RetryOptions& options) {
  if (options.stop_after_attempt == 0)
    throw ConfigError("a stop_after_attempt of 0 would allow no attempt at all; give 1 or more");
  return {"RunnableRetry", true, options, FallbackOptions()};
}
attempt_plan plan_of_fallbacks(const FallbackOptions& options) noexcept {
  return {"RunnableWithFallbacks", false, RetryOptions(), options};
}

awaitable<void> make_attempts(attempt_plan plan, std::size_t steps, call_context context,
                              std::shared_ptr<attempt_maker> maker) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const std::size_t most = plan.repeats ? plan.retry.stop_after_attempt : steps;
  std::vector<std::exception_ptr> failed;
  for (std::size_t number = 1;; ++number) {
    const step_place where =
        plan.repeats && number > 1 ? step_place{"retry:attempt:", number, nullptr} : step_place();
    try {
      auto attempt = maker->attempt(number, where, number == most);
      co_await std::move(attempt);
      co_return;
    } catch (...) {
      failed.push_back(std::current_exception());
    }
    if (cancellation.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failed.back());
    if (context.state()->run->ended) std::rethrow_exception(failed.back());
    const Failure failure(failed.back());
    const auto wait = next_wait(plan, steps, failure, number, time_left(*context.state()));
    if (!wait) throw_last_with(std::move(failed));
    if (plan.repeats && hears_of_retries(context.state().get()))
      tell_of_retry(*context.state(), failure, number + 1, *wait);
    if (*wait <= clock::duration::zero()) continue;
    auto pause = wait_for_next(context, *wait, failed);
    co_await without_permit(context, std::move(pause));
  }
}

}  // namespace corochain::detail
