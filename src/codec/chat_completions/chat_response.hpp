// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string_view>

#include "codec/http/header_fields.hpp"
#include "corochain/core/message.hpp"

// Whole answers, judged. `chat_completions_protocol` calls it for answers to requests without a stream, and
// for servers that send a whole answer in place of a stream.
namespace corochain::codec {

/// Reads the whole body of a 200 answer to a chat completion.
///
/// Unknown fields are ignored; known ones must have their shape. If there are several choices, the one with
/// index 0 is taken, else the first. Throws
/// - `ResponseFormatError` if the body is no chat completion. The text says what is wrong. `server_message()`
///   has an excerpt of at most 4096 bytes, or the server's own message if the body is an error object.
/// - `ContentFilterError` if the provider's filter stopped the answer (`finish_reason` content_filter), with
///   the partial answer, the categories and the usage.
/// Both carry `request_id()` and `http_status()` 200. Nothing else is thrown, memory shortage excepted.
///
/// The answer is constructed in place, because it has a dozen texts to move. `answer` is not written when
/// this throws one of these errors.
void read_chat_response(std::string_view body, const header_fields& headers,
                        std::optional<AIMessage>& answer);

}  // namespace corochain::codec
