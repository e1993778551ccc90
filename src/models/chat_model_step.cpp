// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/detail/chat_model_step.hpp"

namespace corochain::detail {

chat_model_step::~chat_model_step() = default;

}  // namespace corochain::detail
