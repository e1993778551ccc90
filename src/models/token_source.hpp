// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "concurrency/async_mutex.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/key_provider.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain::models {

/// Keeps a token, or a key, as long as it is good, and fetches the next one shortly before it ends. There is
/// one fetch at a time in each execution context, so a fetch never waits for work that only another loop
/// could do. Two contexts may fetch at the same time; the later token replaces the other.
///
/// A provider owns its sources, and models share them: a model's settings hold the one of its scope. Each
/// attempt of a `model_call` asks it. Safe from any thread.
class token_source {
 public:
  using fetch_function = std::function<awaitable<AccessToken>()>;
  using now_function = std::function<std::chrono::system_clock::time_point()>;
  /// The time before a token's end from which it is no longer handed out.
  static constexpr std::chrono::minutes margin{5};

  /// `noun` names the thing that is fetched, for messages: "token" or "key".
  explicit token_source(fetch_function fetch, now_function now = &std::chrono::system_clock::now,
                        const char* noun = "token");

  /// Gives a copy of a token that is good. Throws the exception of the fetch, and so does each call that
  /// waited for the fetch: calls that began together fail together. A fetch that ends because its own call
  /// was cancelled or had no more time does not fail the others: the next of them fetches. `self` is kept
  /// alive.
  static awaitable<Secret> token(std::shared_ptr<token_source> self);
  /// Notes that the server did not accept this token: the next call fetches another one, unless that was done
  /// already.
  void reject(const Secret& token);

 private:
  /// Whether a token can be handed out. Call it with the lock held.
  bool good(const AccessToken& token) const;
  /// Fetches, checks and keeps the next token. The caller holds the turn of its execution context.
  static awaitable<Secret> fetch_now(std::shared_ptr<token_source> self);

  fetch_function fetch_;
  now_function now_;
  const char* noun_;
  // Guards `kept_`. Not held while a token is fetched.
  std::mutex mutex_;
  AccessToken kept_;
  // One lock for each execution context. Calls wait for it as coroutines.
  detail::context_mutexes turns_;
};

/// The tokens of one provider, by their scope: the state behind the copies of a `TokenProvider`. Safe from
/// any thread.
class token_sources {
 public:
  explicit token_sources(TokenProvider::function fetch,
                         token_source::now_function now = &std::chrono::system_clock::now);

  /// The source of the tokens for a scope; the same for the same scope.
  std::shared_ptr<token_source> of(const std::string& scope);
  /// Fetches a token that is not kept.
  awaitable<AccessToken> fetch(TokenRequest request) const;

 private:
  const std::shared_ptr<const TokenProvider::function> fetch_;
  const token_source::now_function now_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<token_source>> by_scope_;
};

/// A source of keys that are kept for `kept_for`. A key is a token whose end the client sets itself.
std::shared_ptr<token_source> make_key_source(
    KeyProvider::function fetch, KeyProvider::duration kept_for,
    token_source::now_function now = &std::chrono::system_clock::now);

}  // namespace corochain::models
