// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"

namespace corochain {

/// A bearer token and the moment it ends.
class COROCHAIN_EXPORT AccessToken {
 public:
  AccessToken();
  AccessToken(Secret text, std::chrono::system_clock::time_point end);

  Secret token;
  std::chrono::system_clock::time_point expires_on{};
};

/// Where tokens come from: a function that fetches one. Empty by default.
///
/// What it gives is kept until five minutes before its end, and fetched again then, and once more when the server does
/// not accept it (401). Of the calls on one execution context that need a new one, one fetches and the others wait, for
/// the token or for the failure. The fetch counts against the call's deadline, as the wait does; it must heed
/// cancellation. When its own call ends meanwhile, the next one fetches. It is called from any thread that uses a model.
///
/// What it throws ends the calls that wait for it, and is not tried again by them: who fetches repeats what is worth it.
/// An `Error` keeps its type and gets the calls' attempts; another exception is passed on as it is. An empty token is an
/// `AuthenticationError`, one with control bytes a `ConfigError`; a fetch that does not end before the call's deadline a
/// `TimeoutError` whose phase is `Phase::queued`.
class COROCHAIN_EXPORT TokenProvider {
 public:
  using function = std::function<awaitable<AccessToken>()>;

  TokenProvider();
  TokenProvider(function fetch);
  TokenProvider(const TokenProvider& other);
  TokenProvider(TokenProvider&& other) noexcept;
  TokenProvider& operator=(const TokenProvider& other);
  TokenProvider& operator=(TokenProvider&& other) noexcept;
  ~TokenProvider();

  explicit operator bool() const noexcept;
  /// Fetches a token, kept by nobody. Throws what the function throws; `std::bad_function_call` if there is none.
  awaitable<AccessToken> operator()() const;

 private:
  function fetch_;
};

}  // namespace corochain
