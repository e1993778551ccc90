// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace corochain::testing::detail {

// The JSON of a chat completion that ended with "stop". Never throws for text that is not UTF-8.
std::string chat_completion(std::string_view content, std::string_view model, std::string_view id,
                            std::size_t prompt_tokens);

// The invented price of a text: one token for four bytes.
std::size_t token_count(std::string_view text);

}  // namespace corochain::testing::detail
