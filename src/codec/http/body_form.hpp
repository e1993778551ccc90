// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

#include "codec/http/header_fields.hpp"

// Whether a service has answered with a stream or with a whole answer. `chat_protocol` asks it for the first
// bytes of a stream, and `chat_completions/chat_response` for a whole body.
namespace corochain::codec {

/// Whether an answer's head announces an event stream.
bool is_event_stream(const header_fields& headers) noexcept;

enum class body_form { whole, events, unknown };

/// Tells the form of a 2xx body by its first bytes, whatever the head announces: JSON is a whole answer; a
/// field of an event or a comment is a stream. Returns `unknown` if too few bytes have come. For all other
/// bodies the head decides.
body_form form_of(std::string_view start, bool complete, const header_fields& headers) noexcept;

/// Whether the start of a body holds only blanks and line ends.
bool is_blank(std::string_view start) noexcept;

}  // namespace corochain::codec
