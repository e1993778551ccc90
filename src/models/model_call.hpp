// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/http/http_response.hpp"
#include "codec/retry/retry_policy.hpp"
#include "concurrency/attempt_gate.hpp"
#include "concurrency/run_clock.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/usage.hpp"
#include "models/call_attempt.hpp"
#include "models/deployment_gate.hpp"
#include "models/request_secrets.hpp"
#include "models/service_settings.hpp"
#include "observability/call_log.hpp"
#include "transport/connection_pool.hpp"
#include "transport/exchange.hpp"

namespace corochain::models {

/// Reads a whole 2xx response. An error that it throws is a failed attempt, which may be repeated.
using read_function = std::function<void(codec::http_response&)>;

/// Reads a 2xx response up to its first content. An error that it throws is a failed attempt, as if there
/// were no answer.
using open_function = std::function<awaitable<void>(std::shared_ptr<transport::exchange>)>;

/// One call of a model: its attempts, and their records.
///
/// The order of a call's layers, outermost first:
///
/// 1. The deadline: the nearer one of the context's and the settings'. No attempt begins that would end
///    behind it. The call watches its own; the limit around the call cancels it at the context's.
/// 2. The retry loop, `send_until_read`: `codec::decide_retry` decides on each failed attempt, and the
///    deployment's retry budget may forbid what it allows.
/// 3. The gates of each attempt, in the order of `set_gates`.
/// 4. The token, `fetch_token`, where a provider gives them. A refused one is replaced once, which is no
///    retry.
/// 5. The exchange: one request and its response, with one free resend on a new connection.
/// 6. Reading the response. An error that it reports is a failed attempt.
/// 7. The record, `finish`.
///
/// Used by one coroutine at a time, on the serial executor of its run.
class model_call {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A call below `context` by a coroutine on `here`. Its time begins now.
  model_call(const boost::asio::any_io_executor& here, call_context context,
             std::shared_ptr<const service_settings> settings);

  /// Sends `body` until an answer with status 2xx was read as a whole.
  ///
  /// Throws the error of the last attempt, with the records of all; `codec::decide_retry` decides which
  /// errors are retried. A cancelled call has closed its connection before it throws. This object lives until
  /// then.
  awaitable<void> send(std::string body, read_function read) {
    return send_until_read(std::move(body), std::move(read), nullptr);
  }
  /// Sends `body` until a stream was opened. The caller reads the rest of the stream; no attempt is made
  /// after this. Otherwise as `send`.
  awaitable<void> send_streamed(std::string body, open_function open) {
    return send_until_read(std::move(body), nullptr, std::move(open));
  }

  /// Whether the call's own time is over. The limits around the call cancel it themselves.
  bool time_is_over() const noexcept { return std::chrono::steady_clock::now() >= own_deadline_; }
  /// The record so far; `finish` moves it out.
  const detail::call_record& record() const noexcept { return record_; }

  /// Notes that the first content of the answer, or all of it, came; the first time counts.
  void note_content() noexcept {
    auto& first = record_.timing.first_token;
    if (first == Timing::duration::zero()) first = std::chrono::steady_clock::now() - started_;
  }
  /// Notes the answer's metadata; its usage is added.
  void note_answer(const std::optional<Usage>& usage, const std::string& model,
                   const std::string& request_id);
  /// Notes that the answer failed after it had begun: the last attempt, which counted as good, gets `words`
  /// as its error.
  void note_failure(const std::string& words);
  /// Adds the record to the run's log, once.
  void finish();

  /// Masks the secrets of the answered request in the text of its server.
  void mask(ErrorDetails& details, std::string& words) const { secrets_.mask(details, words, token_); }
  /// Logs a body of that request's answer, if the log wants contents.
  void log_answer(std::string_view body) const noexcept { log_content("answer.content", body, token_); }

 private:
  time_point now() const noexcept { return detail::now_in(*context_.state()); }
  void set_gates();
  // The retry loop, one attempt of it, and the two things that an attempt may have to wait for. A call whose
  // first attempt is answered has the frames of the first two, and none for what it need not wait for.
  awaitable<void> send_until_read(std::string body, read_function read, open_function open);
  awaitable<void> attempt_once(attempt& made, const std::string& body, const read_function& read,
                               const open_function& open);
  awaitable<void> wait_at(detail::attempt_gate& gate, detail::gate_decision said);
  awaitable<void> fetch_token(attempt& made);
  awaitable<void> sleep_until(time_point until, std::chrono::steady_clock::duration* waited);

  std::shared_ptr<transport::exchange> new_exchange(bool streamed) const;
  /// Records the first sending of a request that was sent twice.
  void note_unanswered(attempt& made);
  /// Whether only the token was refused and another one is to be tried. Once a call: a second token that is
  /// refused is an error.
  bool replace_token(const attempt& made);
  /// Tells the gates how the attempt ended. A refused token says nothing about the deployment.
  void tell_gates(const attempt& made);
  /// Decides on another attempt. If there is to be none, throws the error of the last one.
  codec::retry_decision decide(attempt& made);
  /// Tells the run's listeners that the call is sent again after `wait`.
  void tell_listeners(const attempt& made, std::chrono::steady_clock::duration wait) const;
  void log_attempt(const attempt& made, const codec::retry_decision& decision) const;
  void log_content(const char* event, std::string_view body, const Secret& token) const noexcept;
  /// Throws the error of a call that ends between two attempts, with the records of those before.
  [[noreturn]] void fail_waiting(ErrorKind kind, const char* reason,
                                 std::optional<std::chrono::steady_clock::duration> retry_after,
                                 const char* words) const;

  const boost::asio::any_io_executor executor_;
  const call_context context_;
  const std::shared_ptr<const service_settings> settings_;
  const time_point started_;
  // The nearer deadline, on the clock of the run.
  time_point deadline_;
  // The time at which the call ends by itself. If the context's deadline is the nearer one, the limit around
  // the call cancels it before that, as long as the call is in it.
  time_point last_wait_;
  // The same on the real clock, for its sockets.
  time_point own_deadline_;
  detail::call_record record_;
  // The same in all attempts of the call, and different from the key of every other call.
  std::string key_;
  // The token of the answered request, if a provider gives tokens.
  Secret token_;
  const Headers& own_fields_;
  const request_secrets secrets_;
  // Set from the first attempt to the end. A drain of the execution context waits for it.
  std::optional<transport::in_flight_call> in_flight_;
  // Set if the settings have a deployment.
  std::optional<deployment_gate> deployment_gate_;
  // In the order of `set_gates`; null where there is none.
  std::array<detail::attempt_gate*, 1> gates_{};
  // Attempts after failed ones. A replaced token is none.
  int retries_ = 0;
  // The amount that an answer gives to the deployment's budget: the settings' gain, or the price of the retry
  // under way.
  std::int64_t gain_ = 0;
  bool token_was_refused_ = false;
  bool finished_ = false;
};

}  // namespace corochain::models
