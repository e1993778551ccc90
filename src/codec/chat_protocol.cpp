// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_protocol.hpp"

// The one default of a protocol: the recognition of a stream of server-sent events, which most services send.
namespace corochain::codec {

body_form chat_protocol::form_of(const http_response& response) const noexcept {
  return codec::form_of(response.body, response.complete, response.headers);
}

}  // namespace corochain::codec
