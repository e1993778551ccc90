// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/key_provider.hpp"

#include <utility>

#include "models/token_source.hpp"

namespace corochain {

KeyProvider::KeyProvider() = default;
KeyProvider::KeyProvider(made, function fetch, duration kept_for)
    : source_(fetch ? models::make_key_source(std::move(fetch), kept_for) : nullptr) {}

KeyProvider::operator bool() const noexcept { return source_ != nullptr; }

namespace models {

std::shared_ptr<token_source> key_source_of(const KeyProvider& provider) { return provider.source_; }

}  // namespace models
}  // namespace corochain
