// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/token_provider.hpp"

#include <utility>

namespace corochain {

AccessToken::AccessToken() = default;
AccessToken::AccessToken(Secret text, std::chrono::system_clock::time_point end)
    : token(std::move(text)), expires_on(end) {}

TokenProvider::TokenProvider() = default;
TokenProvider::TokenProvider(function fetch) : fetch_(std::move(fetch)) {}
TokenProvider::TokenProvider(const TokenProvider& other) = default;
TokenProvider::TokenProvider(TokenProvider&& other) noexcept = default;
TokenProvider& TokenProvider::operator=(const TokenProvider& other) = default;
TokenProvider& TokenProvider::operator=(TokenProvider&& other) noexcept = default;
TokenProvider::~TokenProvider() = default;

TokenProvider::operator bool() const noexcept { return static_cast<bool>(fetch_); }
awaitable<AccessToken> TokenProvider::operator()() const { return fetch_(); }

}  // namespace corochain
