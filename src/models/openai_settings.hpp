// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/chat_openai.hpp"
#include "models/environment.hpp"
#include "models/openai_chat_step.hpp"

namespace corochain::models {

/// The same for OpenAI and the servers that speak its language.
chat_settings openai_settings(const OpenAIOptions& options, const environment& variables);

}  // namespace corochain::models
