// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "concurrency/turnstile.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain::models {

/// Keeps a token for as long as it is good and fetches the next one shortly before that ends, one fetch at a time in
/// each execution context: a fetch never waits for work that only another loop could do.
///
/// Safe from any thread.
class token_source {
 public:
  using now_function = std::function<std::chrono::system_clock::time_point()>;
  /// How long before its end a token is no longer handed out.
  static constexpr std::chrono::minutes margin{5};

  explicit token_source(TokenProvider fetch, now_function now = &std::chrono::system_clock::now);

  /// A token that is good; a copy. Throws what the fetch throws, and so does each call that waited for it: calls that
  /// began together fail together. A fetch that ends because its own call was cancelled or had no more time says nothing
  /// of the others: the next of them fetches. `self` is kept alive.
  static awaitable<Secret> token(std::shared_ptr<token_source> self);
  /// The server did not accept this token: the next call fetches another one, unless that was done already.
  void reject(const Secret& token);

 private:
  bool good(const AccessToken& token) const;
  static awaitable<Secret> fetch_now(std::shared_ptr<token_source> self);

  TokenProvider fetch_;
  now_function now_;
  std::mutex mutex_;
  AccessToken kept_;
  detail::turnstiles turns_;
};

}  // namespace corochain::models
