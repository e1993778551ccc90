// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/detail/fetch_function.hpp"

namespace corochain {

class KeyProvider;

namespace models {
class token_source;
std::shared_ptr<token_source> key_source_of(const KeyProvider& provider);
}  // namespace models

namespace detail {

template <class F>
concept fetches_key = std::is_invocable_r_v<awaitable<Secret>, F&>;

}  // namespace detail

/// The source of a key that changes while chains live, such as a file or a vault: a function that fetches the
/// key. Empty by default.
///
///     options.api_key_provider = []() -> awaitable<Secret> { co_return Secret(read_key_file()); };
///
/// At each attempt a model asks for the key if the one that it keeps is older than `kept_for`. It asks once
/// more if the server does not accept the key (401), so that a key that was replaced meanwhile fails no call.
/// Copies of a provider share the function and the key.
///
/// If several calls on one execution context need a new key, one of them fetches it, and the others wait for
/// the key or for the failure. The fetch and the wait count against the call's deadline; the fetch must heed
/// cancellation. If the fetching call ends meanwhile, the next one fetches. The function is called from any
/// thread that uses a model.
///
/// An exception of the function ends the calls that wait for it, and they do not try again. An `Error` keeps
/// its type and gets the calls' attempts; another exception is passed on unchanged. An empty key is an
/// `AuthenticationError`, and a key with control bytes a `ConfigError`. A fetch that does not end before the
/// call's deadline is a `TimeoutError` whose phase is `Phase::queued`.
///
/// Distinct objects, also copies of each other, may be used by distinct threads; const access to one object
/// is safe from several.
class COROCHAIN_EXPORT KeyProvider {
 public:
  using function = std::function<awaitable<Secret>()>;
  using duration = std::chrono::steady_clock::duration;

  KeyProvider();
  /// Takes a function, a function object or a lambda. With a `kept_for` of zero or less no key is kept: each
  /// attempt fetches one, one after the other. A time longer than a year counts as a year.
  template <class F>
    requires(!std::derived_from<F, KeyProvider> && detail::fetches_key<F>)
  KeyProvider(F fetch, duration kept_for = std::chrono::minutes(1))
      : KeyProvider(made{}, detail::holds_no_function(fetch) ? function() : function(std::move(fetch)),
                    kept_for) {}

  explicit operator bool() const noexcept;

 private:
  friend std::shared_ptr<models::token_source> models::key_source_of(const KeyProvider& provider);
  struct made {};
  KeyProvider(made, function fetch, duration kept_for);

  // Null without a function.
  std::shared_ptr<models::token_source> source_;
};

}  // namespace corochain
