// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/token_provider.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <functional>
#include <string>

#include "corochain/concurrency/run.hpp"
#include "corochain/models/azure_chat_openai.hpp"
#include "corochain/models/entra_credentials.hpp"
#include "corochain/models/key_provider.hpp"
#include "models/token_source.hpp"

namespace corochain::token_provider_test {
namespace {

AccessToken token_of(const std::string& text) {
  return AccessToken(Secret(text), std::chrono::system_clock::time_point::max());
}
std::string ask(const TokenProvider& provider, const std::string& scope) {
  return std::string(run(provider(TokenRequest(scope))).token.reveal());
}

awaitable<AccessToken> plain_function() { co_return token_of("function"); }
awaitable<AccessToken> function_of_request(TokenRequest request) {
  co_return token_of("for " + request.scope);
}
awaitable<Secret> key_function() { co_return Secret("key"); }

/// A function object of both forms: the one that takes the request counts.
struct both_forms {
  awaitable<AccessToken> operator()() const { return plain_function(); }
  awaitable<AccessToken> operator()(const TokenRequest& request) const {
    return function_of_request(request);
  }
};

TEST(token_provider, is_made_of_functions_with_and_without_a_request) {
  AzureOptions options;
  options.azure_ad_token_provider = []() -> awaitable<AccessToken> { co_return token_of("lambda"); };
  EXPECT_EQ(ask(options.azure_ad_token_provider, "s"), "lambda");
  options.azure_ad_token_provider = [](TokenRequest request) -> awaitable<AccessToken> {
    co_return token_of("lambda for " + request.scope);
  };
  EXPECT_EQ(ask(options.azure_ad_token_provider, "s"), "lambda for s");
  options.azure_ad_token_provider = [](const TokenRequest& request) -> awaitable<AccessToken> {
    co_return token_of("by reference for " + request.scope);
  };
  EXPECT_EQ(ask(options.azure_ad_token_provider, "s"), "by reference for s");
  EXPECT_EQ(ask(TokenProvider(&plain_function), "s"), "function");
  EXPECT_EQ(ask(TokenProvider(&function_of_request), "s"), "for s");
  EXPECT_EQ(ask(TokenProvider(both_forms()), "s"), "for s");
  EXPECT_EQ(ask(TokenProvider(std::function<awaitable<AccessToken>()>(&plain_function)), "s"), "function");
  EXPECT_EQ(ask(TokenProvider(TokenProvider::function(&function_of_request)), "s"), "for s");
  EXPECT_EQ(
      ask(TokenProvider([calls = std::string()]() mutable { return calls += "x", plain_function(); }), "s"),
      "function");
}

TEST(token_provider, is_empty_where_there_is_no_function) {
  awaitable<AccessToken> (*const none)() = nullptr;
  awaitable<Secret> (*const no_key)() = nullptr;
  EXPECT_FALSE(TokenProvider());
  EXPECT_FALSE(TokenProvider(std::function<awaitable<AccessToken>()>()));
  EXPECT_FALSE(TokenProvider(TokenProvider::function()));
  EXPECT_FALSE(TokenProvider(none));
  EXPECT_TRUE(TokenProvider(&plain_function));
  EXPECT_FALSE(KeyProvider());
  EXPECT_FALSE(KeyProvider(KeyProvider::function()));
  EXPECT_FALSE(KeyProvider(no_key));
  EXPECT_TRUE(KeyProvider(&key_function));
  EXPECT_THROW(run(TokenProvider()()), std::bad_function_call);
}

TEST(token_provider, takes_nothing_else) {
  const auto synchronous = [] { return AccessToken(); };
  const auto key_of_request = [](TokenRequest) -> awaitable<Secret> { co_return Secret(); };
  EXPECT_FALSE((std::constructible_from<TokenProvider, decltype(synchronous)>));
  EXPECT_FALSE((std::constructible_from<TokenProvider, int>));
  EXPECT_FALSE((std::constructible_from<KeyProvider, decltype(key_of_request)>));
  EXPECT_FALSE((std::constructible_from<KeyProvider, decltype(&plain_function)>));
}

TEST(token_provider, outlives_its_copies_and_the_call_that_asks) {
  awaitable<AccessToken> fetch = [] {
    const TokenProvider gone([text = std::string(100, 'x')](TokenRequest request) -> awaitable<AccessToken> {
      return function_of_request(TokenRequest(request.scope + text));
    });
    return gone(TokenRequest("a scope that is too long for a short string "));
  }();
  EXPECT_EQ(run(std::move(fetch)).token.size(), 48u + 100u);
}

TEST(token_provider, shares_tokens_with_its_copies) {
  const StaticTokenCredential credential{Secret("t")};
  const TokenProvider copy = credential, again = copy;
  TokenProvider assigned;
  assigned = credential;
  const auto source = models::token_source_of(credential, "s");
  EXPECT_EQ(source, models::token_source_of(copy, "s"));
  EXPECT_EQ(source, models::token_source_of(again, "s"));
  EXPECT_EQ(source, models::token_source_of(assigned, "s"));
  EXPECT_NE(source, models::token_source_of(credential, "other"));
  EXPECT_EQ(models::token_source_of(TokenProvider(), "s"), nullptr);
  const KeyProvider keys(&key_function), same = keys;
  EXPECT_EQ(models::key_source_of(keys), models::key_source_of(same));
  EXPECT_NE(models::key_source_of(keys), models::key_source_of(KeyProvider(&key_function)));
}

}  // namespace
}  // namespace corochain::token_provider_test
