// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/token_endpoint.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "codec/ascii.hpp"
#include "codec/entra/entra_token.hpp"
#include "codec/http/secret_mask.hpp"
#include "codec/retry/retry_after.hpp"
#include "codec/retry/retry_policy.hpp"
#include "core/randomness.hpp"
#include "core/secret_buffer.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/version.hpp"
#include "models/call_attempt.hpp"
#include "transport/exchange.hpp"

namespace corochain::models {
namespace asio = boost::asio;

codec::request_head token_request_head(const char* method, const codec::url& where,
                                       const std::string& target) {
  codec::request_head made(method, where.host_header(), target);
  made.fields.emplace_back("User-Agent", "corochain/" COROCHAIN_VERSION);
  made.fields.emplace_back("Accept", "application/json");
  return made;
}

namespace {

using time_point = std::chrono::steady_clock::time_point;

/// An attempt, and the secrets that were sent to the endpoint.
struct token_attempt {
  std::string without_secrets(std::string text) const;
  /// Notes the attempt's failure; the endpoint's text is kept without the secrets.
  void fail(const Error& error);

  attempt made;
  /// The secrets that the requests of this attempt held.
  std::vector<Secret> told;
};

/// Writes the escapes of a percent-encoded text in lower case, as some servers do.
std::string with_small_escapes(std::string text) {
  for (std::size_t at = text.find('%'); at != std::string::npos && at + 2 < text.size();
       at = text.find('%', at + 3))
    for (const std::size_t digit : {at + 1, at + 2}) text[digit] = codec::ascii_lower(text[digit]);
  return text;
}

/// Masks the secrets. A secret is in the request as it is, or percent-encoded in a form, and the server may
/// repeat it in either form.
std::string token_attempt::without_secrets(std::string text) const {
  if (text.empty()) return text;
  for (const Secret& secret : told) {
    const detail::secret_buffer encoded(codec::percent_encode_query(secret.reveal()));
    const detail::secret_buffer small(with_small_escapes(encoded.text));
    for (const std::string_view each : {secret.reveal(), encoded.view(), small.view()})
      text = codec::masked(text, Secret(each));
  }
  return text;
}

void token_attempt::fail(const Error& error) {
  made.failure = std::make_unique<attempt_failure>(error);
  ErrorDetails& details = made.failure->details;
  // Each of these may quote the request: the endpoint's words are a part of the library's.
  for (std::string* text :
       {&made.failure->words, &details.server_message, &details.server_code, &details.param})
    *text = without_secrets(std::move(*text));
}

/// No answer with a token, and no error, is nearly as long.
constexpr std::uint64_t most_body = std::uint64_t{1024} * 1024;

/// The limits of all requests for tokens: the defaults, except for the size.
std::shared_ptr<const transport::exchange_limits> make_limits() {
  auto made = std::make_shared<transport::exchange_limits>();
  made->sizes.body = most_body;
  return made;
}

/// Sends one request and reads its response, whatever its status is. The response is in the attempt's
/// exchange. It is secret as a whole: it holds the token.
awaitable<void> exchange_once(const token_request& request, const Secret& challenge_answer,
                              time_point deadline, token_attempt& attempt) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  transport::exchange_settings how;
  how.to = request.to;
  static const auto limits = make_limits();
  how.limits = limits;
  how.deadline = deadline;
  how.secret = true;
  attempt.made.record.status = 0;
  attempt.made.exchange = transport::exchange::make(here, std::move(how));
  const auto exchange = attempt.made.exchange;
  // The form is written now, because its file may have changed since the last attempt.
  token_form form = request.body ? request.body() : token_form({}, {});
  const detail::secret_buffer body(std::move(form.text));
  const Secret* const secrets[] = {&request.secret, &challenge_answer, &form.secret};
  for (const Secret* secret : secrets)
    if (!secret->empty()) attempt.told.push_back(*secret);
  codec::http_request sent(request.head, body.view());
  // The answer replaces the secret of the endpoint: they are of different platforms.
  if (!challenge_answer.empty())
    sent.set_credential("Authorization", "Basic ", challenge_answer);
  else if (!request.secret.empty())
    sent.set_credential(request.secret_name, "", request.secret);
  try {
    co_await transport::exchange::send(exchange, sent);
  } catch (const CancelledError&) {
    throw;
  } catch (const Error& failure) {
    // If the endpoint answered, its status counts. The status of a proxy is an error of the connection and
    // not the endpoint's.
    if (exchange->response().status < 300 || failure.kind() == ErrorKind::connect) throw;
  }
  co_await read_error_body(exchange);
  attempt.made.record.status = exchange->response().status;
}

/// Makes one attempt; if the endpoint sends a challenge, with the answer to it. Both requests count as one
/// attempt, because a challenge is no failure.
awaitable<AccessToken> ask_once(const token_request& request, time_point deadline, token_attempt& attempt) {
  // Before the request: a token whose lifetime is counted from here ends too early rather than too late.
  const auto now = std::chrono::system_clock::now();
  const Secret none;
  co_await exchange_once(request, none, deadline, attempt);
  if (attempt.made.record.status == 401 && request.answer_challenge) {
    const Secret answer = request.answer_challenge(attempt.made.response().headers);
    // The connection is given back before the second request.
    attempt.made.exchange = nullptr;
    co_await exchange_once(request, answer, deadline, attempt);
  }
  codec::http_response& response = attempt.made.exchange->response();
  attempt.made.record.retry_after = codec::retry_after(response.headers, now);
  // Moved, so that it is wiped behind the reading.
  const detail::secret_buffer body(std::move(response.body));
  codec::granted_token granted = codec::read_token_answer(response.status, body.text, now);
  co_return AccessToken(std::move(granted.token), granted.expires_on);
}

}  // namespace

/// A loop like that of `model_call`, without gates and records: a call that waits for a token has its own.
awaitable<AccessToken> ask_for_token(std::shared_ptr<const token_request> request) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const auto deadline = std::chrono::steady_clock::now() + request->timeout;
  // The policy of models with its default of two retries. A `Retry-After` of the endpoint counts as well.
  codec::retry_settings retries;
  for (int done = 0;; ++done) {
    token_attempt attempt;
    try {
      AccessToken token = co_await ask_once(*request, deadline, attempt);
      co_return token;
    } catch (const Error& error) {
      attempt.fail(error);
    }
    attempt_failure& failure = *attempt.made.failure;
    const auto decision =
        codec::decide_retry(retries, outcome_of(attempt.made), done,
                            deadline - std::chrono::steady_clock::now(), detail::uniform01());
    if (!decision.retry) throw_error(failure.kind, std::move(failure.words), std::move(failure.details));
    // The connection is given back or closed before the wait.
    attempt.made.exchange = nullptr;
    asio::steady_timer timer(here, decision.wait);
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (cancelled) throw CancelledError("the call was cancelled while it waited to ask for a token again");
  }
}

}  // namespace corochain::models
