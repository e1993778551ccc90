// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/token_source.hpp"

#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include "codec/header_fields.hpp"
#include "corochain/core/error.hpp"

namespace corochain::models {
namespace asio = boost::asio;

token_source::token_source(TokenProvider fetch, now_function now)
    : fetch_(std::move(fetch)), now_(std::move(now)) {}

bool token_source::good(const AccessToken& token) const {
  return !token.token.empty() && now_() < token.expires_on - margin;
}

awaitable<Secret> token_source::token(std::shared_ptr<token_source> self) {
  {
    const std::lock_guard lock(self->mutex_);
    if (self->good(self->kept_)) co_return self->kept_.token;
  }
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto turn = self->turns_.of(asio::query(here, asio::execution::context));
  const detail::turnstile::pass pass = co_await detail::turnstile::enter(std::move(turn));
  {
    const std::lock_guard lock(self->mutex_);
    if (self->good(self->kept_)) co_return self->kept_.token;  // who went before has fetched it
  }
  std::exception_ptr error;
  try {
    Secret fetched = co_await fetch_now(self);
    co_return fetched;
  } catch (...) {
    error = std::current_exception();
  }
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() == asio::cancellation_type::none) pass.fail_waiting(error);
  std::rethrow_exception(error);
}

awaitable<Secret> token_source::fetch_now(std::shared_ptr<token_source> self) {
  awaitable<AccessToken> fetch = self->fetch_();
  AccessToken fetched = co_await std::move(fetch);
  if (fetched.token.empty())
    throw AuthenticationError("the token provider gave an empty token; check the identity it asks for");
  codec::check_no_control_bytes("the token that the provider gave", fetched.token.reveal());
  const std::lock_guard lock(self->mutex_);
  self->kept_ =
      fetched;  // also one that ends within the margin: it serves this call, and the next one fetches
  co_return fetched.token;
}

void token_source::reject(const Secret& token) {
  const std::lock_guard lock(mutex_);
  if (kept_.token.reveal() == token.reveal()) kept_ = AccessToken();
}

}  // namespace corochain::models
