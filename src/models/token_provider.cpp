// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/token_provider.hpp"

#include <utility>

#include "models/token_source.hpp"

namespace corochain {

// The public handles of token providers. The function, and the tokens by scope that copies of a provider
// share, are in `models::token_sources`.

AccessToken::AccessToken() = default;
AccessToken::AccessToken(Secret text, std::chrono::system_clock::time_point end)
    : token(std::move(text)), expires_on(end) {}

TokenRequest::TokenRequest() = default;
TokenRequest::TokenRequest(std::string for_scope) : scope(std::move(for_scope)) {}

TokenProvider::TokenProvider() = default;
TokenProvider::TokenProvider(made, function fetch)
    : sources_(fetch ? std::make_shared<models::token_sources>(std::move(fetch)) : nullptr) {}

TokenProvider::operator bool() const noexcept { return sources_ != nullptr; }

/// For users, and for providers that are made of others. Models ask the source of their scope instead.
awaitable<AccessToken> TokenProvider::operator()(TokenRequest request) const {
  if (!sources_) throw std::bad_function_call();
  return sources_->fetch(std::move(request));
}

namespace models {

/// The source of a provider's tokens for a scope; null for an empty provider.
std::shared_ptr<token_source> token_source_of(const TokenProvider& provider, const std::string& scope) {
  return provider.sources_ ? provider.sources_->of(scope) : nullptr;
}

}  // namespace models
}  // namespace corochain
