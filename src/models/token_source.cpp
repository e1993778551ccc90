// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/token_source.hpp"

#include <algorithm>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include "codec/http/header_fields.hpp"
#include "corochain/core/error.hpp"

namespace corochain::models {
namespace asio = boost::asio;

token_source::token_source(fetch_function fetch, now_function now, const char* noun)
    : fetch_(std::move(fetch)), now_(std::move(now)), noun_(noun) {}

/// The margin covers the way of the request, a queue of the service, and clocks that differ.
bool token_source::good(const AccessToken& token) const {
  return !token.token.empty() && now_() < token.expires_on - margin;
}

// The lock over a fetch is taken by a coroutine and not by a thread, which would block its loop, and with it
// the fetch that it waits for.

awaitable<Secret> token_source::token(std::shared_ptr<token_source> self) {
  // Nearly every call ends here.
  {
    const std::lock_guard lock(self->mutex_);
    if (self->good(self->kept_)) co_return self->kept_.token;
  }
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto turn = self->turns_.of(asio::query(here, asio::execution::context));
  const detail::async_mutex::lock pass = co_await detail::async_mutex::acquire(std::move(turn));
  {
    const std::lock_guard lock(self->mutex_);
    // The previous holder of the lock has fetched it.
    if (self->good(self->kept_)) co_return self->kept_.token;
  }
  std::exception_ptr error;
  try {
    Secret fetched = co_await fetch_now(self);
    co_return fetched;
  } catch (...) {
    error = std::current_exception();
  }
  // Calls that began together fail together: fetching anew for each would multiply the load on an endpoint
  // that fails. A fetch that was cancelled says nothing about the endpoint.
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() == asio::cancellation_type::none) pass.fail_waiting(error);
  std::rethrow_exception(error);
}

awaitable<Secret> token_source::fetch_now(std::shared_ptr<token_source> self) {
  // Named before it is awaited: g++ 12 corrupts some temporaries in a co_await expression.
  awaitable<AccessToken> fetch = self->fetch_();
  AccessToken fetched = co_await std::move(fetch);
  const std::string noun = self->noun_;
  if (fetched.token.empty())
    throw AuthenticationError("the " + noun + " provider gave an empty " + noun +
                              "; check where the provider gets it");
  codec::check_no_control_bytes("the " + noun + " that the provider gave", fetched.token.reveal());
  const std::lock_guard lock(self->mutex_);
  // A token that ends within the margin is kept, too: it serves this call, and the next call fetches another.
  self->kept_ = fetched;
  co_return fetched.token;
}

/// The kept token may be a newer one, which another call has fetched meanwhile.
void token_source::reject(const Secret& token) {
  const std::lock_guard lock(mutex_);
  if (kept_.token.reveal() == token.reveal()) kept_ = AccessToken();
}

namespace {

/// Fetches a token with a user's function. The request lives as long as the fetch.
awaitable<AccessToken> fetch_token_for(std::shared_ptr<const TokenProvider::function> function,
                                       TokenRequest request) {
  awaitable<AccessToken> fetch = (*function)(request);
  AccessToken token = co_await std::move(fetch);
  co_return token;
}

/// Fetches a key as a token that ends `kept_for` after the margin, or one that is not kept.
awaitable<AccessToken> fetch_key(std::shared_ptr<const KeyProvider::function> function,
                                 KeyProvider::duration kept_for, token_source::now_function now) {
  awaitable<Secret> fetch = (*function)();
  Secret key = co_await std::move(fetch);
  if (kept_for <= kept_for.zero()) co_return AccessToken(std::move(key), {});
  // The clock of the system overflows after some centuries, so that a year stands for longer times.
  const auto kept = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::min<KeyProvider::duration>(kept_for, std::chrono::hours(366 * 24)));
  co_return AccessToken(std::move(key), now() + token_source::margin + kept);
}

}  // namespace

token_sources::token_sources(TokenProvider::function fetch, token_source::now_function now)
    : fetch_(std::make_shared<const TokenProvider::function>(std::move(fetch))), now_(std::move(now)) {}

/// Sources are never forgotten: a program uses a few scopes, and models hold them anyway.
std::shared_ptr<token_source> token_sources::of(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  auto& known = by_scope_[scope];
  if (!known)
    known = std::make_shared<token_source>(
        [function = fetch_, request = TokenRequest(scope)] { return fetch_token_for(function, request); },
        now_);
  return known;
}

awaitable<AccessToken> token_sources::fetch(TokenRequest request) const {
  return fetch_token_for(fetch_, std::move(request));
}

std::shared_ptr<token_source> make_key_source(KeyProvider::function fetch, KeyProvider::duration kept_for,
                                              token_source::now_function now) {
  auto function = std::make_shared<const KeyProvider::function>(std::move(fetch));
  return std::make_shared<token_source>(
      [function, kept_for, now] { return fetch_key(function, kept_for, now); }, now, "key");
}

}  // namespace corochain::models
