// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Used by echo_model.cpp for the default answers and by mock_reply.cpp for scripted ones, so both look alike.
namespace corochain::testing::detail {

// The JSON of a chat completion that ended with "stop". Does not throw for text that is not UTF-8.
std::string chat_completion(std::string_view content, std::string_view model, std::string_view id,
                            std::size_t prompt_tokens);

// The events of a streamed completion, each with its line ends. Has one content event for each of `texts`.
std::vector<std::string> chat_events(const std::vector<std::string>& texts, std::string_view model,
                                     std::string_view id, std::size_t prompt_tokens, bool with_usage);

// The number of tokens that the mock server counts for a text: one for four bytes.
std::size_t token_count(std::string_view text);

}  // namespace corochain::testing::detail
