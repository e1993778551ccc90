// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_protocol.hpp"

namespace corochain::codec {

prepared_parameters::prepared_parameters() = default;

body_form chat_protocol::form_of(std::string_view start, bool complete,
                                 const header_fields& headers) const noexcept {
  return codec::form_of(start, complete, headers);
}

}  // namespace corochain::codec
