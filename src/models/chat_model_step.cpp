// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/detail/chat_model_step.hpp"

namespace corochain::detail {

// Defined here, so that the class has its type information in the library alone: `bind` finds the class by a
// dynamic_cast, also in a model of another shared library.
chat_model_step::~chat_model_step() = default;

}  // namespace corochain::detail
