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

// The loop behind `with_retry` and `with_fallbacks`, compiled once for all types: the templates of
// attempts_step.hpp make one attempt, and this file decides whether another one follows. retry_rule.hpp has
// the decision of `with_retry` as a pure function; the time and the randomness that it needs come from here.
namespace corochain::detail {
namespace asio = boost::asio;
namespace {

using clock = std::chrono::steady_clock;

/// The time until the deadline of the run. `duration::max()` stands for no deadline: the difference to a
/// deadline of `time_point::max()` would be a number that looks like a limit.
clock::duration time_left(const run_context& context) {
  if (context.deadline == run_context::time_point::max()) return clock::duration::max();
  return context.deadline - now_in(context);
}

/// The wait before the next attempt, after `made` of them; nothing if the failure is to be thrown. An
/// alternative is tried without a wait, and whatever the failure's `retry_after()` says: that is about the
/// server that failed.
std::optional<clock::duration> next_wait(const attempt_plan& plan, std::size_t steps, const Failure& failure,
                                         std::size_t made, clock::duration left) {
  if (plan.repeats) return wait_before_retry(plan.retry, failure, made, left, uniform01(), plan.rule);
  const bool next = made < steps && left > clock::duration::zero() &&
                    failure.kind() != ErrorKind::cancelled && (!plan.rule || plan.rule(failure));
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

// Anchors the type: its implementations are templates.
attempt_maker::~attempt_maker() = default;

// The other options have no wrong values: `backoff_of` keeps every wait within its limits.
attempt_plan plan_of_retry(const RetryOptions& options, failure_rule rule) {
  if (options.stop_after_attempt == 0)
    throw ConfigError("a stop_after_attempt of 0 would allow no attempt at all; give 1 or more");
  return {"RunnableRetry", true, options, std::move(rule)};
}
attempt_plan plan_of_fallbacks(failure_rule rule) noexcept {
  return {"RunnableWithFallbacks", false, RetryOptions(), std::move(rule)};
}

awaitable<void> make_attempts(const attempt_plan& plan, std::size_t steps, call_context context,
                              std::shared_ptr<attempt_maker> maker) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const std::size_t most = plan.repeats ? plan.retry.stop_after_attempt : steps;
  // In their order; the last one is thrown, with those before it attached.
  std::vector<std::exception_ptr> failed;
  for (std::size_t number = 1;; ++number) {
    // The tag is LangChain's, which has none for the first attempt.
    const step_place where =
        plan.repeats && number > 1 ? step_place{"retry:attempt:", number, nullptr} : step_place();
    try {
      // Named first, because g++ 12 miscompiles temporaries in co_await expressions.
      auto attempt = maker->attempt(number, where, number == most);
      co_await std::move(attempt);
      co_return;
    } catch (...) {
      failed.push_back(std::current_exception());
    }
    // A cancel ends the call whatever the exception is: a step of the user's may report it in its own words.
    if (cancellation.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failed.back());
    // The run of a stream ends when its consumer goes; nobody is left to try for.
    if (context.state()->run->ended) std::rethrow_exception(failed.back());
    const Failure failure(failed.back());
    const auto wait = next_wait(plan, steps, failure, number, time_left(*context.state()));
    if (!wait) throw_last_with(std::move(failed));
    // An alternative is not a retry: its own run tells the listeners of it.
    if (plan.repeats && hears_of_retries(context.state().get()))
      tell_of_retry(*context.state(), failure, number + 1, *wait);
    if (*wait <= clock::duration::zero()) continue;
    // A call that waits lends its permit to others of the same budget, or a batch of failing calls would keep
    // the ones that could run from starting.
    auto pause = wait_for_next(context, *wait, failed);
    co_await without_permit(context, std::move(pause));
  }
}

}  // namespace corochain::detail
