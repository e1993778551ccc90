// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/model_call.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "codec/http/http_request.hpp"
#include "concurrency/deadline.hpp"
#include "concurrency/retry_event.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "observability/log_line.hpp"

namespace corochain::models {
namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

/// The headers that `RunConfig::header` gave to the calls of this run. They live as long as the context.
const Headers& own_fields_of(const call_context& context) {
  static const Headers none;
  const auto& settings = context.state()->settings;
  return settings ? settings->headers : none;
}

/// The price of a retry in the deployment's budget. A retry after a refusal costs nothing: the deployment's
/// gate slows all calls down until they are accepted, so that retries do not multiply the load.
std::int64_t price_of(const attempt& made) {
  if (made.failure->kind == ErrorKind::rate_limit) return 0;
  return made.failure->kind == ErrorKind::timeout ? codec::retry_budget::timeout_price
                                                  : codec::retry_budget::price;
}

/// Adds the phases of an attempt to those of its call. The first byte is that of the last attempt.
void add_up(Timing& sum, const Timing& part) {
  sum.queued += part.queued;
  sum.connect += part.connect;
  sum.tls += part.tls;
  sum.first_byte = part.first_byte;
}

}  // namespace

/// The deadline of the run counts if it is nearer.
model_call::model_call(const asio::any_io_executor& here, call_context context,
                       std::shared_ptr<const service_settings> settings)
    : executor_(here),
      context_(std::move(context)),
      settings_(std::move(settings)),
      started_(clock::now()),
      deadline_(context_.state()->deadline),
      own_fields_(own_fields_of(context_)),
      secrets_(*settings_, own_fields_) {
  const time_point begins = now();
  if (settings_->retry_limit) gain_ = settings_->retry_limit->gain;
  last_wait_ = std::min(detail::later(begins, settings_->timeout), detail::later(deadline_, detail::grace));
  own_deadline_ = detail::later(started_, last_wait_ - begins);
  deadline_ = std::min(deadline_, last_wait_);
}

// ---- the record

void model_call::note_answer(const std::optional<Usage>& usage, const std::string& model,
                             const std::string& request_id) {
  if (usage) record_.usage += *usage;
  record_.model = model;
  if (!request_id.empty()) record_.request_id = request_id;
}

void model_call::note_failure(const std::string& words) {
  if (!record_.attempts.empty() && record_.attempts.back().error.empty())
    record_.attempts.back().error = words;
}

// The record is complete when `finish` has run, whatever became of the call: it is what the user pays for.

void model_call::finish() {
  if (finished_) return;
  finished_ = true;
  secrets_.mask_id(record_.request_id, token_);
  record_.timing.total = clock::now() - started_;
  if (detail::log_wants(LogLevel::info))
    detail::log_line(LogLevel::info, "call.ended")
        .add("endpoint", settings_->to->name)
        .add("attempts", static_cast<std::int64_t>(record_.attempts.size()))
        .add("status", record_.attempts.empty() ? 0 : record_.attempts.back().status)
        .add("request_id", record_.request_id)
        .add("took", record_.timing.total)
        .write();
  if (const auto& log = context_.state()->log) log->add(std::move(record_));
  // The gates refer to the call in flight.
  gates_.fill(nullptr);
  deployment_gate_.reset();
  in_flight_.reset();
}

// ---- waiting

// Both waits end at the call's deadline at the latest. The run watches its own, and cancels.

void model_call::fail_waiting(ErrorKind kind, const char* reason, std::optional<clock::duration> retry_after,
                              const char* words) const {
  if (detail::log_wants(LogLevel::error))
    detail::log_line(LogLevel::error, "call.failed")
        .add("endpoint", settings_->to->name)
        .add("kind", to_string(kind))
        .add("decision", reason)
        .write();
  ErrorDetails details;
  if (kind == ErrorKind::timeout) details.phase = Phase::limited;
  details.retryable = retry_after.has_value();
  details.retry_after = retry_after;
  details.attempts = record_.attempts;
  throw_error(kind, words, std::move(details));
}

/// Sleeps until a point in time. The time that this took is added to `waited`, if given. At the deadline of
/// the context the limit around the call ends the sleep, so that the end has one cause: the sleep itself
/// would be over later.
awaitable<void> model_call::sleep_until(time_point until, clock::duration* waited) {
  const auto began = now();
  if (until >= context_.state()->deadline) until = last_wait_;
  const bool slept = co_await detail::sleep_until(context_.state()->run->clock, until);
  if (waited) *waited += now() - began;
  if (!slept) fail_waiting(ErrorKind::cancelled, "cancelled", {}, "the call was cancelled while it waited");
}

/// Waits until the gate, whose first answer was `said`, lets the attempt pass.
awaitable<void> model_call::wait_at(detail::attempt_gate& gate, detail::gate_decision said) {
  while (!said.passes) {
    if (const auto& refusal = said.refusal)
      fail_waiting(refusal->kind, refusal->reason, refusal->retry_after, refusal->words);
    co_await sleep_until(said.ask_again, &record_.timing.limited);
    said = gate.ask(now(), deadline_);
  }
}

// ---- attempts

/// The gates in the order in which each attempt passes them.
void model_call::set_gates() {
  if (!settings_->deployment) return;
  gates_ = {
      &deployment_gate_.emplace(*settings_, *in_flight_),
  };
}

/// Makes attempts until one is answered. Each failed one is recorded, told to the gates, judged, and told to
/// the listeners if another one follows, in this order: the error that is thrown at last has the records of
/// all attempts.
awaitable<void> model_call::send_until_read(std::string body, read_function read, open_function open) {
  // Throws if the context is drained: the call has no attempt then.
  in_flight_.emplace(transport::connection_pool::of(executor_).state(), *settings_->to);
  key_ = settings_->new_call_key();
  set_gates();
  for (;;) {
    // Asked without a frame first: a deployment that has refused nothing lets all calls pass.
    for (detail::attempt_gate* const gate : gates_) {
      if (!gate) continue;
      const detail::gate_decision said = gate->ask(now(), deadline_);
      if (!said.passes) co_await wait_at(*gate, said);
    }
    attempt made;
    co_await attempt_once(made, body, read, open);
    if (made.unanswered) note_unanswered(made);
    add_up(record_.timing, made.record.timing);
    if (!made.record.request_id.empty()) record_.request_id = made.record.request_id;
    if (!made.failure) {
      token_ = std::move(made.token);
      tell_gates(made);
      record_.attempts.push_back(std::move(made.record));
      if (settings_->deployment && gain_ > 0) settings_->deployment->budget.deposit(gain_);
      co_return;
    }
    record_.attempts.push_back(made.record);
    // An exception of a user's token provider, say. Its type is the user's, and nothing is known of it.
    if (made.failure->foreign) std::rethrow_exception(made.failure->foreign);
    if (made.failure->details.usage) record_.usage += *made.failure->details.usage;
    if (replace_token(made)) {
      tell_listeners(made, {});
      continue;
    }
    tell_gates(made);
    const codec::retry_decision decision = decide(made);
    // The connection is given back or closed before the wait, so that other calls can use it or its slot.
    made.exchange = nullptr;
    ++retries_;
    record_.attempts.back().slept = decision.wait;
    tell_listeners(made, decision.wait);
    co_await sleep_until(now() + decision.wait, nullptr);
    in_flight_->count_retry();
  }
}

/// It comes before the attempt's own record, which says that it was sent again.
void model_call::note_unanswered(attempt& made) {
  AttemptRecord& lost = *made.unanswered;
  lost.retried = std::exchange(made.record.retried, false);
  lost.client_request_id = made.record.client_request_id;
  add_up(record_.timing, lost.timing);
  if (detail::log_wants(LogLevel::warning))
    detail::log_line(LogLevel::warning, "attempt.resent")
        .add("endpoint", settings_->to->name)
        .add("took", lost.timing.total)
        .write();
  record_.attempts.push_back(std::move(lost));
}

/// A token may have been revoked before its end. Asking for another one costs no retry: the service has done
/// nothing.
bool model_call::replace_token(const attempt& made) {
  if (!settings_->credential.tokens || token_was_refused_) return false;
  const bool refused = made.record.status == 401 || (made.failure->kind == ErrorKind::authentication &&
                                                     // In a 200.
                                                     made.response().status != 0);
  if (!refused) return false;
  token_was_refused_ = true;
  settings_->credential.tokens->reject(made.token);
  return true;
}

void model_call::tell_gates(const attempt& made) {
  const bool answered = !made.failure;
  const detail::attempt_end end{now(), made.record, answered,
                                answered ? ErrorKind::other : made.failure->kind,
                                !answered && made.failure->details.retryable};
  for (detail::attempt_gate* const gate : gates_)
    if (gate) gate->ended(end);
}

/// The policy decides first; the budget is asked only for what the policy allows.
codec::retry_decision model_call::decide(attempt& made) {
  attempt_failure& failure = *made.failure;
  codec::retry_decision decision;
  if (failure.kind != ErrorKind::cancelled)
    decision = codec::decide_retry(settings_->retries, outcome_of(made), retries_, deadline_ - now(),
                                   settings_->uniform01());
  if (decision.retry && settings_->deployment && settings_->retry_limit) {
    gain_ = price_of(made);
    if (gain_ > 0 && !settings_->deployment->budget.withdraw(gain_, settings_->retry_limit->most)) {
      decision.retry = false;
      decision.why = codec::retry_decision::reason::budget_spent;
      record_.attempts.back().retry_budget_used_up = true;
      failure.words +=
          "; it was not retried: too many calls to this model fail, and its retry budget is used up; raise the "
          "option retry_budget, or make fewer calls at once";
    }
  }
  log_attempt(made, decision);
  if (decision.retry) return decision;
  failure.details.attempts = record_.attempts;
  throw_error(failure.kind, std::move(failure.words), std::move(failure.details));
}

/// The limits are those of the settings, which the exchange keeps alive by them: its frames may unwind after
/// the call.
std::shared_ptr<transport::exchange> model_call::new_exchange(bool streamed) const {
  transport::exchange_settings how;
  how.to = settings_->to;
  how.limits = std::shared_ptr<const transport::exchange_limits>(settings_, &settings_->limits);
  how.deadline = own_deadline_;
  how.names = settings_->names;
  how.call = &*in_flight_;
  how.streamed = streamed;
  return transport::exchange::make(executor_, std::move(how));
}

/// Fetches the token into `made`, under the call's own deadline: other calls may wait for the same fetch with
/// later ones.
awaitable<void> model_call::fetch_token(attempt& made) {
  auto below = std::make_shared<detail::run_context>(*context_.state());
  below->deadline = deadline_;
  // The provider's function may be a user's coroutine.
  const call_context context(std::move(below));
  awaitable<Secret> ask = token_source::token(settings_->credential.tokens);
  auto fetch = detail::run_on(context, detail::store_into(std::move(ask), made.token));
  co_await detail::with_deadline(deadline_, Phase::queued, std::move(fetch));
}

/// Sends `body` once and reads the response: with `read` a whole one, with `open` a stream's up to its first
/// content. A failure is stored in `made`, and not thrown. All arguments live until then.
awaitable<void> model_call::attempt_once(attempt& made, const std::string& body, const read_function& read,
                                         const open_function& open) {
  // The exchange is made first: `complete_record` reads its report however the attempt ends.
  const service_settings& settings = *settings_;
  const auto start = clock::now();
  made.exchange = new_exchange(!read);
  bool has_token = !settings.credential.tokens;
  try {
    if (!has_token) {
      co_await fetch_token(made);
      has_token = true;
    }
    if (now() >= context_.state()->deadline) std::rethrow_exception(detail::time_was_over(Phase::run));
    // All attempts send the same body.
    if (record_.attempts.empty()) log_content("request.content", body, made.token);
    if (settings.sends_client_request_id && !codec::has_header(own_fields_, codec::client_request_id_name))
      made.record.client_request_id = key_;
    // Refers to locals of this frame, which live until the request was sent.
    const std::string retry_count = retries_ > 0 ? std::to_string(retries_) : std::string();
    codec::http_request request(read ? settings.head : settings.stream_head, body);
    const request_credential& credential = settings.credential;
    request.set_credential(credential.header, credential.prefix,
                           credential.tokens ? made.token : credential.secret);
    request.set_own_fields(own_fields_);
    // A service that knows the key bills a request once, however often it is sent.
    request.add_field("Idempotency-Key", key_);
    request.add_field(codec::client_request_id_name, made.record.client_request_id);
    request.add_field("x-corochain-retry-count", retry_count);
    co_await transport::exchange::send(made.exchange, request);
    codec::http_response& response = made.exchange->response();
    if (!response.succeeded()) {
      co_await read_error_body(made.exchange);
      made.failure = failure_of_status(made, settings);
    } else {
      refuse_encoding(response);
      made.opened = !read;
      if (read)
        read(response);
      else
        co_await open(made.exchange);
    }
  } catch (const Error& error) {
    made.failure = failure_of(error, made);
    // Token providers retry on their own; another retry here would multiply the attempts.
    made.failure->permanent = !has_token;
  } catch (...) {
    made.failure = std::make_unique<attempt_failure>();
    made.failure->foreign = std::current_exception();
  }
  // From here on nothing of the server's text leaves the attempt unmasked.
  if (made.failure) secrets_.mask(made.failure->details, made.failure->words, made.token);
  if (made.response().status != 0 && (read || made.failure))
    log_content("answer.content", made.response().body, made.token);
  complete_record(made, start);
  secrets_.mask_id(made.record.request_id, made.token);
  if (made.failure) made.failure->details.request_id = made.record.request_id;
  made.record.retried = !record_.attempts.empty();
}

// ---- reports

void model_call::tell_listeners(const attempt& made, clock::duration wait) const {
  // Making the error costs an exception object. Few runs have a listener for it.
  if (!detail::hears_of_retries(context_.state().get())) return;
  ErrorDetails details = made.failure->details;
  details.attempts = record_.attempts;
  const Failure failure(make_error(made.failure->kind, made.failure->words, std::move(details)));
  // A request that was sent again at once is one attempt for a listener, which was not told of it.
  const auto heard = std::count_if(record_.attempts.begin(), record_.attempts.end(),
                                   [](const AttemptRecord& each) { return !each.resent; });
  detail::tell_of_retry(*context_.state(), failure, static_cast<std::size_t>(heard) + 1, wait);
}

void model_call::log_attempt(const attempt& made, const codec::retry_decision& decision) const {
  const LogLevel level = decision.retry ? LogLevel::warning : LogLevel::error;
  if (!detail::log_wants(level)) return;
  // Logs carry names, numbers, ids and times, and no text of a server, which may quote the prompt.
  detail::log_line(level, decision.retry ? "attempt.failed" : "call.failed")
      .add("endpoint", settings_->to->name)
      .add("kind", to_string(made.failure->kind))
      .add("status", made.record.status)
      .add("request_id", made.record.request_id)
      .add("took", made.record.timing.total)
      .add("decision", codec::to_string(decision.why))
      .add("wait", decision.wait)
      .write();
}

/// Logs a body without the secrets of the request, which was sent with `token`.
void model_call::log_content(const char* event, std::string_view body, const Secret& token) const noexcept {
  if (!detail::log_wants_contents()) return;
  try {
    detail::log_line(LogLevel::debug, event)
        .add("endpoint", settings_->to->name)
        .add("call", key_)
        .add("size", static_cast<std::int64_t>(body.size()))
        .content(secrets_.masked(body, token))
        .write();
  } catch (...) {  // a log must not end the call
  }
}

}  // namespace corochain::models
