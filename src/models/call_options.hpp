// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "codec/chat_request.hpp"
#include "corochain/models/chat_call_options.hpp"

namespace corochain::models {

/// The parameters with what the options set in place of what they had.
codec::chat_parameters with_options(codec::chat_parameters parameters, const ChatCallOptions& options);

}  // namespace corochain::models
