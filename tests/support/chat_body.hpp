// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/chat_completions/chat_request.hpp"

namespace corochain::test {

/// The body of a chat completion's request.
inline std::string chat_body(const Messages& messages, const ChatParameters& parameters = ChatParameters(),
                             const codec::chat_request_settings& settings = codec::chat_request_settings(),
                             bool stream = false) {
  const codec::prepared_parameters prepared = codec::prepare_chat_parameters(parameters, settings);
  std::string body;
  codec::append_chat_request(body, messages, stream ? prepared.streamed : prepared.whole);
  return body;
}

}  // namespace corochain::test
