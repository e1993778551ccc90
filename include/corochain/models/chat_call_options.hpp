// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/chat_parameters.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// What `model.bind(options)` asks for in place of what the model was made with. Filled by assignment; what
/// is unset or empty stays as it is. An `extra_body` replaces the model's as a whole: members are not united.
class COROCHAIN_EXPORT ChatCallOptions : public ChatParameters {
 public:
  ChatCallOptions();
};

}  // namespace corochain
