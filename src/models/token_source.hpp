// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/secret.hpp"
#include "models/turnstile.hpp"

namespace corochain::models {

/// A bearer token and the moment it ends.
struct timed_token {
  timed_token() = default;
  timed_token(Secret text, std::chrono::system_clock::time_point end)
      : token(std::move(text)), expires_on(end) {}

  Secret token;
  std::chrono::system_clock::time_point expires_on{};
};

/// Keeps a token for as long as it is good and fetches the next one shortly before that ends, one fetch at a time in
/// each execution context: a fetch never waits for work that only another loop could do.
///
/// Safe from any thread.
class token_source {
 public:
  using fetch_function = std::function<awaitable<timed_token>()>;
  using now_function = std::function<std::chrono::system_clock::time_point()>;
  /// How long before its end a token is no longer handed out.
  static constexpr std::chrono::minutes margin{5};

  explicit token_source(fetch_function fetch, now_function now = &std::chrono::system_clock::now);

  /// A token that is good; a copy. Throws what the fetch throws. `self` is kept alive.
  static awaitable<Secret> token(std::shared_ptr<token_source> self);
  /// The server did not accept this token: the next call fetches another one, unless that was done already.
  void reject(const Secret& token);

 private:
  bool good(const timed_token& token) const;

  fetch_function fetch_;
  now_function now_;
  std::mutex mutex_;
  timed_token kept_;
  turnstiles turns_;
};

}  // namespace corochain::models
