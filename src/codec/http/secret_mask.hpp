// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "corochain/core/secret.hpp"

namespace corochain::codec {

/// A shorter secret is not looked for: common words would be taken for it.
constexpr std::size_t shortest_masked_secret = 8;

/// `text` with `***` wherever `secret` stands in it, as it is or as JSON writes it, and where the text ends within it
/// after four bytes or more, because it was cut.
std::string masked(std::string_view text, const Secret& secret);

}  // namespace corochain::codec
