// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/detail/fetch_function.hpp"

namespace corochain {

class TokenProvider;

namespace models {
class token_source;
class token_sources;
std::shared_ptr<token_source> token_source_of(const TokenProvider& provider, const std::string& scope);
}  // namespace models

/// A bearer token and the time at which it ends.
class COROCHAIN_EXPORT AccessToken {
 public:
  AccessToken();
  AccessToken(Secret text, std::chrono::system_clock::time_point end);

  Secret token;
  std::chrono::system_clock::time_point expires_on{};
};

/// The purpose of a token. A model makes one for the function of its `TokenProvider`.
class COROCHAIN_EXPORT TokenRequest {
 public:
  TokenRequest();
  explicit TokenRequest(std::string for_scope);

  /// The scope, such as `https://ai.azure.com/.default`: see `AzureAccess::azure_ad_token_scope`. Empty if
  /// the caller named none.
  std::string scope;
};

namespace detail {

template <class F>
concept fetches_token_for_request = std::is_invocable_r_v<awaitable<AccessToken>, F&, const TokenRequest&>;
template <class F>
concept fetches_token = std::is_invocable_r_v<awaitable<AccessToken>, F&>;

}  // namespace detail

/// The source of tokens: a function that fetches one. Empty by default.
///
/// The function takes the request, or nothing if it does not need the scope:
///
///     options.azure_ad_token_provider = [](TokenRequest request) -> awaitable<AccessToken> { ... };
///     options.azure_ad_token_provider = []() -> awaitable<AccessToken> { ... };
///
/// A request that it takes by reference is valid until the fetch has ended.
///
/// Models keep a token, by its scope, until five minutes before its end, and then ask for the next one. They
/// ask once more if the server does not accept the token (401). Copies of a provider share the function and
/// the tokens: models with the same credential and scope use one token.
///
/// If several calls on one execution context need a new token, one of them fetches it, and the others wait
/// for the token or for the failure. The fetch and the wait count against the call's deadline; the fetch must
/// heed cancellation. If the fetching call ends meanwhile, the next one fetches. The function is called from
/// any thread that uses a model.
///
/// An exception of the function ends the calls that wait for it, and they do not try again: retries are the
/// function's own task. An `Error` keeps its type and gets the calls' attempts; another exception is passed
/// on unchanged. An empty token is an `AuthenticationError`, and a token with control bytes a `ConfigError`.
/// A fetch that does not end before the call's deadline is a `TimeoutError` whose phase is `Phase::queued`.
///
/// Distinct objects, also copies of each other, may be used by distinct threads; const access to one object
/// is safe from several.
class COROCHAIN_EXPORT TokenProvider {
 public:
  using function = std::function<awaitable<AccessToken>(const TokenRequest&)>;

  TokenProvider();
  /// Takes a function, a function object or a lambda of one of the two forms above.
  template <class F>
    requires(!std::derived_from<F, TokenProvider> &&
             (detail::fetches_token_for_request<F> || detail::fetches_token<F>))
  TokenProvider(F fetch) : TokenProvider(made{}, with_request(std::move(fetch))) {}

  explicit operator bool() const noexcept;
  /// Fetches a token that no model keeps. Throws the exceptions of the function, and `std::bad_function_call`
  /// if there is no function.
  awaitable<AccessToken> operator()(TokenRequest request = TokenRequest()) const;

 private:
  friend std::shared_ptr<models::token_source> models::token_source_of(const TokenProvider& provider,
                                                                       const std::string& scope);
  struct made {};
  TokenProvider(made, function fetch);
  template <class F>
  static function with_request(F fetch) {
    if (detail::holds_no_function(fetch)) return function();
    if constexpr (detail::fetches_token_for_request<F>)
      return function(std::move(fetch));
    else
      return [plain = std::move(fetch)](const TokenRequest&) mutable -> awaitable<AccessToken> {
        return plain();
      };
  }

  // Null without a function.
  std::shared_ptr<models::token_sources> sources_;
};

}  // namespace corochain
