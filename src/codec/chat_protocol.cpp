// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_protocol.hpp"

namespace corochain::codec {

prepared_parameters::prepared_parameters() = default;

body_form chat_protocol::form_of(const http_response& response) const noexcept {
  return codec::form_of(response.body, response.complete, response.headers);
}

}  // namespace corochain::codec
