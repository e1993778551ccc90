// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/service_call.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "codec/ascii.hpp"
#include "codec/error_body.hpp"
#include "codec/request_id.hpp"
#include "codec/retry_after.hpp"
#include "concurrency/deadline.hpp"
#include "concurrency/retry_event.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "core/wiped_text.hpp"
#include "corochain/core/error.hpp"
#include "models/content_log.hpp"
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
  guest = nullptr;
}

namespace {

/// The largest body of an error that is read: what servers say in words is far shorter.
constexpr std::size_t error_body_limit = std::size_t{1024} * 1024;

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

/// How one attempt ended: with an answer, or with what its error needs.
struct attempt {
  attempt() = default;
  bool answered = false;
  bool opened = false;  // the head of a stream came
  std::shared_ptr<transport::exchange> exchange;
  Secret token;  // that was used, where a provider gives them
  AttemptRecord record;
  ErrorKind kind = ErrorKind::other;
  std::string error;
  ErrorDetails details;
  std::exception_ptr foreign;  // not an Error: passed on as it is
  codec::attempt_outcome outcome;

  void fail(const Error& failure) {
    kind = failure.kind();
    error = failure.what();
    details = failure.details();
  }
};

void refuse_encoding(const transport::response_reader& answer) {
  const auto encoding = answer.headers().find("content-encoding");
  if (!encoding || encoding->empty() || codec::equal_ignoring_case(*encoding, "identity")) return;
  ErrorDetails details;
  details.http_status = answer.status();
  details.answered = true;
  throw ResponseFormatError(
      "the answer is compressed, which nobody asked for; check the proxy or gateway in between",
      std::move(details));
}

/// Reads what the server says of its error: as much as it says in time, and no more than is of use.
awaitable<void> read_error_body(std::shared_ptr<transport::exchange> exchange) {
  try {
    while (!exchange->answer().complete() && exchange->answer().body().size() < error_body_limit)
      co_await transport::exchange::read_more(exchange, service_call::time_point::max());
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {  // the status stands, whatever became of its explanation
  }
}

/// What an answer makes of the attempt; false when its body, that of an error, is still to be read.
bool judge(attempt& made, const answer_function& read) {
  auto& answer = made.exchange->answer();
  made.record.status = answer.status();
  if (answer.status() < 200 || answer.status() > 299) {
    made.record.retry_after = codec::retry_after(answer.headers(), std::chrono::system_clock::now());
    return false;
  }
  refuse_encoding(answer);
  if (read) read(answer);
  made.answered = true;
  made.record.request_id = codec::request_id(answer.headers());
  return true;
}

void judge_error(const service_settings& settings, attempt& made) {
  auto& answer = made.exchange->answer();
  auto failure =
      codec::read_http_error(answer.status(), answer.headers(), answer.body(), made.record.retry_after);
  made.kind = failure.kind;
  made.error = std::move(failure.message);
  if (answer.status() == 401) made.error += settings.unauthorized_advice;
  made.details = std::move(failure.details);
  made.outcome.headers = &answer.headers();
}

std::shared_ptr<transport::exchange> new_exchange(const service_call& call, bool streamed) {
  const service_settings& settings = *call.settings;
  transport::exchange_settings how;
  how.to = settings.to;
  how.names = settings.names;
  if (!how.names)
    how.names = transport::resolver::system();  // asked anew: a child of fork has one of its own
  how.times = settings.times;
  how.times.deadline = call.deadline;
  how.sizes = settings.sizes;
  how.pool = settings.pool;
  how.guest = call.guest.get();
  how.streamed = streamed;
  return std::make_shared<transport::exchange>(call.executor, std::move(how));
}

void note_outcome(const service_call& call, attempt& made, service_call::time_point start, bool has_token) {
  const transport::exchange_report& report = made.exchange->report();
  if (const auto* heard = made.exchange->heard(); heard && !made.answered) {
    made.record.status = heard->status();  // it stands, whatever became of the rest
    made.details.http_status = heard->status();
    if (made.details.request_id.empty()) made.details.request_id = codec::request_id(heard->headers());
  }
  if (!made.answered) made.record.request_id = made.details.request_id;
  call.mask_id(made.record.request_id, made.token);
  call.mask_id(made.details.request_id, made.token);
  made.record.error = made.error;
  made.record.connection_reused = report.reused;
  made.record.connection_opened = report.opened;
  made.record.retried = !call.record.attempts.empty();
  made.record.maybe_billed = report.unanswered_send || (report.bytes_sent && !report.response_started) ||
                             (made.opened && !made.answered);
  made.record.timing = report.timing;
  made.record.timing.total = clock::now() - start;
  made.outcome.status = made.record.status;
  made.outcome.kind = made.kind;
  made.outcome.bytes_sent = report.bytes_sent || report.unanswered_send;
  made.outcome.response_started = report.response_started;
  made.outcome.phase = made.details.phase;
  made.outcome.before_content = made.opened && !made.answered;
  made.outcome.advised = made.record.retry_after;
  // Who fetches tokens repeats what is worth it; to repeat that here would multiply the two.
  made.outcome.permanent = !has_token || (made.kind == ErrorKind::connect && !made.details.retryable &&
                                          made.details.connect_problem == ConnectProblem::proxy);
}

awaitable<void> send(const std::shared_ptr<transport::exchange>& exchange, std::string_view wire,
                     bool whole) {
  if (whole) return transport::exchange::send_and_read(exchange, wire);
  return transport::exchange::send(exchange, wire);
}

awaitable<void> fetch_token(service_call& call, attempt& made) {
  auto below = std::make_shared<detail::run_context>(*call.context.state());
  below->deadline = call.deadline;
  const call_context context(std::move(below));  // a provider may be the user's
  awaitable<Secret> ask = token_source::token(call.settings->tokens);
  auto fetch = detail::run_on(context, detail::keep_in(std::move(ask), made.token));
  co_await detail::with_deadline(call.deadline, Phase::queued, std::move(fetch));
}

/// An error that a 2xx answer reports is judged as one with the status that it stands for.
void judge_reported(attempt& made) {
  const auto* heard = made.exchange->heard();
  if (!heard || heard->status() < 200 || heard->status() > 299) return;
  switch (made.kind) {
    case ErrorKind::rate_limit:
    case ErrorKind::server:
    case ErrorKind::conflict:
    case ErrorKind::http_status:
    case ErrorKind::bad_request:
    case ErrorKind::authentication:
    case ErrorKind::permission_denied:
    case ErrorKind::not_found:
    case ErrorKind::unprocessable_entity:
      made.outcome.reported_passes = made.details.retryable;
      made.details.retry_after = made.record.retry_after =
          codec::retry_after(heard->headers(), std::chrono::system_clock::now());
      break;
    case ErrorKind::truncated:
    case ErrorKind::connect:
      if (made.opened) made.details.retryable = true;
      break;
    default: break;
  }
}

awaitable<void> try_once(service_call& call, attempt& made, const std::string& body, int retries_done,
                         const answer_function& read, const open_function& open) {
  const service_settings& settings = *call.settings;
  const auto start = clock::now();
  made.exchange = new_exchange(call, !read);
  bool has_token = !settings.tokens;
  try {
    if (settings.tokens) {
      co_await fetch_token(call, made);
      has_token = true;
    }
    const Secret& credential = settings.tokens ? made.token : settings.credential;
    if (call.record.attempts.empty()) log_content("request.content", call, made.token, body);
    if (settings.sends_client_request_id && !codec::has_header(call.headers, codec::client_request_id_name))
      made.record.client_request_id = call.key;
    const detail::wiped_text wire(codec::build_request(
        read ? settings.head : settings.stream_head, settings.credential_header, settings.credential_prefix,
        credential, call.key, retries_done, body, made.record.client_request_id, &call.headers));
    co_await send(made.exchange, wire.view(), bool(read));
    const bool judged = judge(made, read);
    if (!judged) {
      co_await read_error_body(made.exchange);
      judge_error(settings, made);
    } else if (open) {
      made.answered = false;
      made.opened = true;
      co_await open(made.exchange);
      made.answered = true;
    }
  } catch (const Error& failure) {
    made.fail(failure);
    judge_reported(made);
  } catch (...) {
    made.foreign = std::current_exception();
  }
  if (!made.answered) call.mask(made.details, made.error, made.token);
  if (made.exchange->heard() && (read || !made.answered))
    log_content("answer.content", call, made.token, made.exchange->answer().body());
  note_outcome(call, made, start, has_token);
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
  if (made.kind != ErrorKind::rate_limit || !made.details.retryable || !advised || !admitted.sent) return;
  if (*advised <= clock::duration::zero() || *advised > settings.retries.max_retry_after) return;
  if (!settings.deployment->pacer.refused(*admitted.sent, clock::now(), made.record.timing.first_byte,
                                          *advised, settings.uniform01()))
    return;
  call.guest->count_pause();
  if (detail::log_wants(LogLevel::warning))
    detail::log_line(LogLevel::warning, "deployment.paused")
        .add("endpoint", settings.to->name)
        .add("for", *advised)
        .write();
}

/// What a retry takes from the deployment's budget. A wait that the server asked for is no load of our own choice.
int price_of(const attempt& made) {
  if (made.kind == ErrorKind::rate_limit && made.record.retry_after) return 0;
  return made.kind == ErrorKind::timeout ? codec::retry_budget::timeout_price : codec::retry_budget::price;
}

void log_attempt(const service_call& call, const attempt& made, const codec::retry_decision& decision) {
  const LogLevel level = decision.retry ? LogLevel::warning : LogLevel::error;
  if (!detail::log_wants(level)) return;
  detail::log_line(level, decision.retry ? "attempt.failed" : "call.failed")
      .add("endpoint", call.settings->to->name)
      .add("kind", to_string(made.kind))
      .add("status", made.record.status)
      .add("request_id", made.record.request_id)
      .add("took", made.record.timing.total)
      .add("decision", codec::to_string(decision.why))
      .add("wait", decision.wait)
      .write();
}

void tell_listeners(const service_call& call, const attempt& made, std::chrono::steady_clock::duration wait) {
  if (!detail::hears_of_retries(call.context.state().get())) return;
  ErrorDetails details = made.details;
  details.attempts = call.record.attempts;
  const Failure failure(make_error(made.kind, made.error, std::move(details)));
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
  call.guest = std::make_unique<transport::pool_guest>(transport::connection_pool::of(call.executor).state(),
                                                       *settings.to);
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
    if (made.foreign) std::rethrow_exception(made.foreign);
    if (made.details.usage) call.record.usage += *made.details.usage;
    const bool refused = made.record.status == 401 ||
                         (made.kind == ErrorKind::authentication && made.exchange->heard());  // in a 200
    if (refused && settings.tokens && !token_was_refused) {
      token_was_refused = true;
      settings.tokens->reject(made.token);
      tell_listeners(call, made, {});
      continue;
    }
    note_refusal(call, made, admitted);
    codec::retry_decision decision;
    if (made.kind != ErrorKind::cancelled)
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
      made.details.attempts = call.record.attempts;
      throw_error(made.kind, std::move(made.error), std::move(made.details));
    }
    made.exchange = nullptr;  // its connection is given back or closed before the wait
    ++retries;
    call.record.attempts.back().slept = decision.wait;
    tell_listeners(call, made, decision.wait);
    co_await sleep_until(call, clock::now() + decision.wait, nullptr);
    call.guest->count_retry();
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
