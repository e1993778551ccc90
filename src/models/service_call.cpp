// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/service_call.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "concurrency/retry_event.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "corochain/core/error.hpp"
#include "models/call_attempt.hpp"
#include "observability/log_line.hpp"

namespace corochain::models {
namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

service_call::service_call(const asio::any_io_executor& here, call_context around,
                           std::shared_ptr<const service_settings> with)
    : executor(here),
      context(std::move(around)),
      settings(std::move(with)),
      started(clock::now()),
      deadline(context.state()->deadline),
      log(context.state()->log) {
  if (context.state()->settings) headers = context.state()->settings->headers;
  if (settings->timeout < deadline - started) deadline = started + settings->timeout;
}

void service_call::close() {
  if (closed_) return;
  closed_ = true;
  mask_id(record.request_id, token);
  record.timing.total = clock::now() - started;
  if (detail::log_wants(LogLevel::info))
    detail::log_line(LogLevel::info, "call.ended")
        .add("endpoint", settings->to->name)
        .add("attempts", static_cast<std::int64_t>(record.attempts.size()))
        .add("status", record.attempts.empty() ? 0 : record.attempts.back().status)
        .add("request_id", record.request_id)
        .add("took", record.timing.total)
        .write();
  if (log) log->add(std::move(record));
  in_flight.reset();
}

namespace {

/// Ends the call while it waits. `why` is for the log, `wait` is what the caller should wait at least.
[[noreturn]] void fail_waiting(const service_call& call, ErrorKind kind, std::string_view why,
                               std::optional<clock::duration> wait, std::string words) {
  if (detail::log_wants(LogLevel::error))
    detail::log_line(LogLevel::error, "call.failed")
        .add("endpoint", call.settings->to->name)
        .add("kind", to_string(kind))
        .add("decision", why)
        .write();
  ErrorDetails details;
  if (kind == ErrorKind::timeout) details.phase = Phase::limited;
  details.retryable = wait.has_value();
  details.retry_after = wait;
  details.attempts = call.record.attempts;
  throw_error(kind, std::move(words), std::move(details));
}

/// The time that it took is added to `waited`, if given.
awaitable<void> sleep_until(const service_call& call, clock::time_point until, clock::duration* waited) {
  const auto began = clock::now();
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, until);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (waited) *waited += clock::now() - began;
  if (error)
    fail_waiting(call, ErrorKind::cancelled, "cancelled", {}, "the call was cancelled while it waited");
}

using admission = codec::admission_pacer::decision;

[[noreturn]] void fail_paused(const service_call& call, clock::duration wait) {
  fail_waiting(
      call, ErrorKind::rate_limit, "paused_too_long", wait,
      "the deployment refuses most calls, and asked for a pause that lasts longer than this call may take; "
      "try again after retry_after(), or raise timeout");
}

[[noreturn]] void fail_limited(const service_call& call, clock::duration wait) {
  fail_waiting(
      call, ErrorKind::timeout, "turn_too_late", wait,
      "the deployment accepts calls more slowly than they come, and the turn of this one did not come before "
      "its deadline; raise timeout, or make fewer calls at once");
}

/// Waits until the deployment takes the call, which got `said`. A pause beyond the deadline is said at once.
awaitable<void> wait_for_turn(service_call& call, codec::admission_pacer::caller& caller, admission& said) {
  for (auto now = clock::now(); !said.sent;) {
    if (said.pause_end > now && said.pause_end >= call.deadline) fail_paused(call, said.pause_end - now);
    if (now >= call.deadline) fail_limited(call, said.ask_again - now);
    co_await sleep_until(call, std::min(said.ask_again, call.deadline), &call.record.timing.limited);
    now = clock::now();
    said = caller.ask(now);
  }
}

/// Tells the deployment of a refusal. One without advice, or with one that is too long to wait for, is the call's own.
void note_refusal(service_call& call, const attempt& made, const admission& admitted) {
  const service_settings& settings = *call.settings;
  const auto advised = made.record.retry_after;
  if (made.failure->kind != ErrorKind::rate_limit || !made.failure->details.retryable) return;
  if (!advised || !admitted.sent) return;
  if (*advised <= clock::duration::zero() || *advised > settings.retries.max_retry_after) return;
  if (!settings.deployment->pacer.refused(*admitted.sent, clock::now(), made.record.timing.first_byte,
                                          *advised, settings.uniform01()))
    return;
  call.in_flight->count_pause();
  if (detail::log_wants(LogLevel::warning))
    detail::log_line(LogLevel::warning, "deployment.paused")
        .add("endpoint", settings.to->name)
        .add("for", *advised)
        .write();
}

/// What a retry takes from the deployment's budget. A wait that the server asked for is no load of our own choice.
int price_of(const attempt& made) {
  if (made.failure->kind == ErrorKind::rate_limit && made.record.retry_after) return 0;
  return made.failure->kind == ErrorKind::timeout ? codec::retry_budget::timeout_price
                                                  : codec::retry_budget::price;
}

void log_attempt(const service_call& call, const attempt& made, const codec::retry_decision& decision) {
  const LogLevel level = decision.retry ? LogLevel::warning : LogLevel::error;
  if (!detail::log_wants(level)) return;
  detail::log_line(level, decision.retry ? "attempt.failed" : "call.failed")
      .add("endpoint", call.settings->to->name)
      .add("kind", to_string(made.failure->kind))
      .add("status", made.record.status)
      .add("request_id", made.record.request_id)
      .add("took", made.record.timing.total)
      .add("decision", codec::to_string(decision.why))
      .add("wait", decision.wait)
      .write();
}

void tell_listeners(const service_call& call, const attempt& made, std::chrono::steady_clock::duration wait) {
  if (!detail::hears_of_retries(call.context.state().get())) return;
  ErrorDetails details = made.failure->details;
  details.attempts = call.record.attempts;
  const Failure failure(make_error(made.failure->kind, made.failure->words, std::move(details)));
  detail::tell_of_retry(*call.context.state(), failure, call.record.attempts.size() + 1, wait);
}

void add_up(Timing& sum, const Timing& part) {
  sum.queued += part.queued;
  sum.connect += part.connect;
  sum.tls += part.tls;
  sum.first_byte = part.first_byte;
}

awaitable<std::shared_ptr<transport::exchange>> attempt_until(service_call& call, std::string body,
                                                              answer_function read, open_function open) {
  const service_settings& settings = *call.settings;
  call.in_flight.emplace(transport::connection_pool::of(call.executor).state(), *settings.to);
  call.key = settings.new_call_key();
  bool token_was_refused = false;
  int last_price = 1;
  std::optional<codec::admission_pacer::caller> caller;
  if (settings.deployment) caller.emplace(settings.deployment->pacer);
  for (int retries = 0;;) {
    admission admitted;
    if (caller) {
      admitted = caller->ask(clock::now());
      if (!admitted.sent) co_await wait_for_turn(call, *caller, admitted);
    }
    attempt made;
    co_await try_once(call, made, body, retries, read, open);
    add_up(call.record.timing, made.record.timing);
    if (!made.record.request_id.empty()) call.record.request_id = made.record.request_id;
    if (made.answered) {
      call.token = std::move(made.token);
      call.record.attempts.push_back(std::move(made.record));
      if (settings.deployment) settings.deployment->budget.deposit(last_price);
      co_return made.exchange;
    }
    call.record.attempts.push_back(made.record);
    attempt_failure& failure = *made.failure;
    if (failure.foreign) std::rethrow_exception(failure.foreign);
    if (failure.details.usage) call.record.usage += *failure.details.usage;
    const bool refused = made.record.status == 401 || (failure.kind == ErrorKind::authentication &&
                                                       made.exchange->response().status != 0);  // in a 200
    if (refused && settings.tokens && !token_was_refused) {
      token_was_refused = true;
      settings.tokens->reject(made.token);
      tell_listeners(call, made, {});
      continue;
    }
    note_refusal(call, made, admitted);
    codec::retry_decision decision;
    if (failure.kind != ErrorKind::cancelled)
      decision = codec::decide_retry(settings.retries, made.outcome, retries, call.deadline - clock::now(),
                                     settings.uniform01());
    if (decision.retry && settings.deployment) {
      last_price = price_of(made);
      if (last_price > 0 && !settings.deployment->budget.withdraw(last_price)) {
        decision.retry = false;
        decision.why = codec::retry_decision::reason::budget_spent;
      }
    }
    log_attempt(call, made, decision);
    if (!decision.retry) {
      failure.details.attempts = call.record.attempts;
      throw_error(failure.kind, std::move(failure.words), std::move(failure.details));
    }
    made.exchange = nullptr;  // its connection is given back or closed before the wait
    ++retries;
    call.record.attempts.back().slept = decision.wait;
    tell_listeners(call, made, decision.wait);
    co_await sleep_until(call, clock::now() + decision.wait, nullptr);
    call.in_flight->count_retry();
  }
}

}  // namespace

awaitable<std::shared_ptr<transport::exchange>> call_for_whole(service_call& call, std::string body,
                                                               answer_function read) {
  return attempt_until(call, std::move(body), std::move(read), nullptr);
}

awaitable<std::shared_ptr<transport::exchange>> call_for_stream(service_call& call, std::string body,
                                                                open_function open) {
  return attempt_until(call, std::move(body), nullptr, std::move(open));
}

}  // namespace corochain::models
