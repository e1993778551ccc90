// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "corochain/core/secret.hpp"

// Servers quote keys in their errors ("Incorrect API key provided: ..."). `models/request_secrets` and
// `models/token_endpoint` mask a server's text before an error holds it.
namespace corochain::codec {

/// A shorter secret is not masked: common words would be taken for it.
constexpr std::size_t shortest_masked_secret = 8;

/// Returns `text` with `***` in place of `secret`, as it is or as JSON writes it. If the text was cut off
/// within the secret, its last bytes are masked as well if they are four or more.
std::string masked(std::string_view text, const Secret& secret);

}  // namespace corochain::codec
