// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/openai_chat_step.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "codec/chat_response.hpp"
#include "codec/error_body.hpp"
#include "codec/retry_after.hpp"
#include "concurrency/run_context.hpp"
#include "corochain/core/error.hpp"

namespace corochain::models {
namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

/// The text of a request holds the credential: it is wiped when it was sent.
class wire_text {
 public:
  explicit wire_text(std::string text) : text_(std::move(text)) {}
  ~wire_text() { wipe(text_); }
  wire_text(const wire_text&) = delete;
  wire_text& operator=(const wire_text&) = delete;
  std::string_view view() const noexcept { return text_; }

 private:
  std::string text_;
};

awaitable<void> pause(std::chrono::steady_clock::duration wait) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, wait);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) throw CancelledError("the call was cancelled while it waited to try again");
}

AIMessage read_answer(const transport::http_answer& answer) {
  const auto encoding = answer.headers.find("content-encoding");
  if (encoding && !encoding->empty() && *encoding != "identity") {
    ErrorDetails details;
    details.http_status = answer.status;
    details.answered = true;
    throw ResponseFormatError(
        "the answer is compressed, which nobody asked for; check the proxy or gateway in between",
        std::move(details));
  }
  return codec::read_chat_response(answer.body, answer.headers);
}

void add_up(Timing& sum, const Timing& part) {
  sum.connect += part.connect;
  sum.tls += part.tls;
  sum.first_byte = part.first_byte;
}

}  // namespace

/// How one attempt ended: with a message, or with what its error needs.
struct openai_chat_step::attempt {
  attempt() = default;
  std::optional<AIMessage> message;
  AttemptRecord record;
  ErrorKind kind = ErrorKind::other;
  std::string error;
  ErrorDetails details;
  std::exception_ptr foreign;  // not an Error: passed on as it is
  codec::attempt_outcome outcome;
  codec::header_fields headers;

  void fail(const Error& failure) {
    kind = failure.kind();
    error = failure.what();
    details = failure.details();
  }
};

awaitable<openai_chat_step::attempt> openai_chat_step::try_once(const std::string& body,
                                                                const std::string& key, int retries_done,
                                                                time_point deadline) const {
  const auto start = clock::now();
  attempt made;
  transport::exchange_report report;
  const wire_text wire(codec::build_request(settings_.head, settings_.credential_header,
                                            settings_.credential_prefix, settings_.credential, key,
                                            retries_done, body));
  auto times = settings_.times;
  times.deadline = deadline;
  auto names = settings_.names;
  if (!names) names = transport::resolver::system();  // asked anew: a child of fork has one of its own
  try {
    transport::http_answer answer =
        co_await transport::exchange(settings_.to, std::move(names), wire.view(), times, {}, report);
    made.record.status = answer.status;
    made.record.retry_after = codec::retry_after(answer.headers, std::chrono::system_clock::now());
    made.headers = std::move(answer.headers);
    answer.headers = made.headers;
    if (answer.status >= 200 && answer.status < 300) {
      made.message = read_answer(answer);
    } else {
      auto failure =
          codec::read_http_error(answer.status, answer.headers, answer.body, made.record.retry_after);
      made.kind = failure.kind;
      made.error = std::move(failure.message);
      made.details = std::move(failure.details);
    }
  } catch (const Error& failure) {
    made.fail(failure);
  } catch (...) {
    made.foreign = std::current_exception();
  }
  made.record.request_id = made.message ? made.message->request_id : made.details.request_id;
  made.record.error = made.error;
  made.record.connection_reused = report.reused;
  made.record.connection_opened = report.opened;
  made.record.retried = retries_done > 0;
  made.record.maybe_billed = report.unanswered_send || (report.bytes_sent && !report.response_started);
  made.record.timing = report.timing;
  made.record.timing.total = clock::now() - start;
  made.outcome.status = made.record.status;
  made.outcome.kind = made.kind;
  made.outcome.bytes_sent = report.bytes_sent || report.unanswered_send;
  made.outcome.response_started = report.response_started;
  made.outcome.phase = made.details.phase;
  made.outcome.advised = made.record.retry_after;
  co_return made;
}

awaitable<AIMessage> openai_chat_step::try_until(std::string body, time_point deadline,
                                                 detail::call_record& record) const {
  const std::string key = settings_.new_call_key();
  for (int retries = 0;; ++retries) {
    attempt made = co_await try_once(body, key, retries, deadline);
    add_up(record.timing, made.record.timing);
    record.attempts.push_back(made.record);
    if (!made.record.request_id.empty()) record.request_id = made.record.request_id;
    if (made.message) co_return std::move(*made.message);
    if (made.foreign) std::rethrow_exception(made.foreign);
    if (made.details.usage) record.usage += *made.details.usage;
    codec::retry_decision decision;
    if (made.kind != ErrorKind::cancelled) {
      if (made.record.status != 0) made.outcome.headers = &made.headers;
      decision = codec::decide_retry(settings_.retries, made.outcome, retries, deadline - clock::now(),
                                     settings_.uniform01());
    }
    if (!decision.retry) {
      made.details.attempts = record.attempts;
      throw_error(made.kind, std::move(made.error), std::move(made.details));
    }
    record.attempts.back().slept = decision.wait;
    co_await pause(decision.wait);
  }
}

awaitable<AIMessage> openai_chat_step::call(Messages input) const {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const detail::run_place place = detail::locate_run(here);
  const auto start = clock::now();
  auto deadline = place.context ? place.context->deadline : time_point::max();
  if (settings_.timeout < deadline - start) deadline = start + settings_.timeout;
  detail::call_record record;
  std::optional<AIMessage> message;
  std::exception_ptr error;
  try {
    message = co_await try_until(settings_.writer.write(input), deadline, record);
  } catch (...) {
    error = std::current_exception();
  }
  record.timing.total = record.timing.first_token = clock::now() - start;
  if (message) {
    if (message->usage) record.usage += *message->usage;
    record.model = message->model;
  }
  if (place.context && place.context->log) place.context->log->add(std::move(record));
  if (error) std::rethrow_exception(error);
  co_return std::move(*message);
}

}  // namespace corochain::models
