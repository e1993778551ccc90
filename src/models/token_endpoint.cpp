// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/token_endpoint.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <vector>

#include "codec/ascii.hpp"
#include "codec/entra_token.hpp"
#include "codec/retry_after.hpp"
#include "codec/retry_policy.hpp"
#include "codec/secret_mask.hpp"
#include "core/randomness.hpp"
#include "core/wiped_text.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/version.hpp"
#include "transport/exchange.hpp"

namespace corochain::models {
namespace asio = boost::asio;

token_request::token_request() = default;

std::string token_request_head(const char* method, const codec::url& where, const std::string& target) {
  return std::string(method) + " " + target + " HTTP/1.1\r\nHost: " + where.host_header() +
         "\r\nUser-Agent: corochain/" COROCHAIN_VERSION "\r\nAccept: application/json\r\n";
}

namespace {

using time_point = std::chrono::steady_clock::time_point;

void append_secret_header(std::string& out, std::string_view name, std::string_view prefix,
                          const Secret& secret) {
  if (!secret.empty()) out.append(name).append(": ").append(prefix).append(secret.reveal()).append("\r\n");
}

/// What is known of an attempt: how it went, and the secrets that the endpoint was told.
struct token_attempt {
  token_attempt();

  void begin_exchange() { outcome = codec::attempt_outcome(); }
  std::string without_secrets(std::string text) const;
  /// An error of this attempt, with the endpoint's words free of secrets.
  std::exception_ptr masked(const Error& failure) const;

  codec::attempt_outcome outcome;
  std::vector<Secret> told;
};
token_attempt::token_attempt() = default;

/// The escapes of a percent-encoded text with small letters, which some servers write.
std::string with_small_escapes(std::string text) {
  for (std::size_t at = text.find('%'); at != std::string::npos && at + 2 < text.size();
       at = text.find('%', at + 3))
    for (const std::size_t digit : {at + 1, at + 2}) text[digit] = codec::ascii_lower(text[digit]);
  return text;
}

/// A secret stands in the request as it is, or percent-encoded in a form, and may come back as either.
std::string token_attempt::without_secrets(std::string text) const {
  if (text.empty()) return text;
  for (const Secret& secret : told) {
    const detail::wiped_text encoded(codec::percent_encode_query(secret.reveal()));
    const detail::wiped_text small(with_small_escapes(encoded.text));
    for (const std::string_view each : {secret.reveal(), encoded.view(), small.view()})
      text = codec::masked(text, Secret(each));
  }
  return text;
}

std::exception_ptr token_attempt::masked(const Error& failure) const {
  ErrorDetails details = failure.details();
  for (std::string* text : {&details.server_message, &details.server_code, &details.param})
    *text = without_secrets(*text);
  return make_error(failure.kind(), without_secrets(failure.what()), std::move(details));
}

/// The request's bytes, credentials included, in a block of memory that does not grow.
std::string text_of(const token_request& request, const Secret& challenge_answer, std::vector<Secret>& told) {
  token_form form = request.body ? request.body() : token_form({}, {});
  const detail::wiped_text body(std::move(form.text));
  const Secret* const secrets[] = {&request.secret, &challenge_answer, &form.secret};
  for (const Secret* secret : secrets)
    if (!secret->empty()) told.push_back(*secret);
  std::string wire;
  wire.reserve(request.head.size() + request.secret_name.size() + request.secret_prefix.size() +
               request.secret.size() + challenge_answer.size() + body.text.size() + 120);
  wire += request.head;
  append_secret_header(wire, request.secret_name, request.secret_prefix, request.secret);
  append_secret_header(wire, "Authorization", "Basic ", challenge_answer);
  if (request.body) wire.append("Content-Length: ").append(std::to_string(body.text.size())).append("\r\n");
  wire.append("\r\n").append(body.text);
  return wire;
}

/// Reads the rest of an answer that is an error; what becomes of it is no matter.
awaitable<void> read_explanation(std::shared_ptr<transport::exchange> exchange) {
  try {
    if (!exchange->answer().complete()) co_await transport::exchange::read_rest(exchange);
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {
  }
}

/// Sends one request and reads its answer; fills `outcome` for the decision on another attempt.
awaitable<std::shared_ptr<transport::exchange>> exchange_once(const token_request& request,
                                                              const Secret& challenge_answer,
                                                              time_point deadline, token_attempt& attempt) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  transport::exchange_settings how;
  how.to = request.to;
  how.names = transport::resolver::system();
  how.times.deadline = deadline;
  how.sizes.body = std::uint64_t{1024} * 1024;
  how.secret = true;
  attempt.begin_exchange();
  const detail::wiped_text wire(text_of(request, challenge_answer, attempt.told));
  auto exchange = std::make_shared<transport::exchange>(here, std::move(how));
  try {
    co_await transport::exchange::send_and_read(exchange, wire.view());
  } catch (const CancelledError&) {
    throw;
  } catch (const Error& failure) {
    const auto* heard = exchange->heard();
    attempt.outcome.bytes_sent = exchange->report().bytes_sent;
    attempt.outcome.response_started = exchange->report().response_started;
    // Else the status stands. That of a proxy, which is an error of the connection, is not the endpoint's.
    if (!heard || heard->status() < 300 || failure.kind() == ErrorKind::connect) throw;
  }
  co_await read_explanation(exchange);
  attempt.outcome.status = exchange->answer().status();
  attempt.outcome.response_started = true;
  co_return exchange;
}

/// One attempt, with the answer to a challenge where there is one.
awaitable<AccessToken> ask_once(const token_request& request, time_point deadline, token_attempt& attempt) {
  const auto now = std::chrono::system_clock::now();
  const Secret none;
  auto exchange = co_await exchange_once(request, none, deadline, attempt);
  if (exchange->answer().status() == 401 && request.answer_challenge) {
    const Secret answer = request.answer_challenge(exchange->answer().headers());
    exchange = nullptr;  // its connection is given back first
    exchange = co_await exchange_once(request, answer, deadline, attempt);
  }
  auto& answer = exchange->answer();
  attempt.outcome.advised = codec::retry_after(answer.headers(), now);
  const detail::wiped_text body(std::move(answer.body()));
  codec::granted_token granted = codec::read_token_answer(answer.status(), body.text, now);
  co_return AccessToken(std::move(granted.token), granted.expires_on);
}

}  // namespace

awaitable<AccessToken> ask_for_token(std::shared_ptr<const token_request> request) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const auto deadline = std::chrono::steady_clock::now() + request->timeout;
  codec::retry_settings retries;
  for (int done = 0;; ++done) {
    token_attempt attempt;
    std::exception_ptr error;
    try {
      AccessToken token = co_await ask_once(*request, deadline, attempt);
      co_return token;
    } catch (const Error& failure) {
      error = attempt.masked(failure);
      attempt.outcome.kind = failure.kind();
      attempt.outcome.phase = failure.details().phase;
    }
    const auto decision = codec::decide_retry(
        retries, attempt.outcome, done, deadline - std::chrono::steady_clock::now(), detail::uniform01());
    if (!decision.retry) std::rethrow_exception(error);
    asio::steady_timer timer(here, decision.wait);
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (cancelled) throw CancelledError("the call was cancelled while it waited to ask for a token again");
  }
}

}  // namespace corochain::models
