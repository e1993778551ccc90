// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/key_provider.hpp"

#include <utility>

#include "models/token_source.hpp"

namespace corochain {

// The public handle of a key provider. The function, and the key that copies of a provider share, are in a
// `models::token_source`, as if the key were a token.

KeyProvider::KeyProvider() = default;
KeyProvider::KeyProvider(made, function fetch, duration kept_for)
    : source_(fetch ? models::make_key_source(std::move(fetch), kept_for) : nullptr) {}

/// An empty function makes an empty provider.
KeyProvider::operator bool() const noexcept { return source_ != nullptr; }

namespace models {

/// The source of a provider's keys; null for an empty provider.
std::shared_ptr<token_source> key_source_of(const KeyProvider& provider) { return provider.source_; }

}  // namespace models
}  // namespace corochain
