// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/chat_openai.hpp"

#include "models/chat_step.hpp"
#include "models/openai_settings.hpp"

namespace corochain {

// Each program that makes a chat model uses these. Compiled here, they cost it nothing; compiled in each
// program, they are 9 % of the object code of a chain of four steps.
OpenAIOptions::OpenAIOptions() = default;
OpenAIOptions::OpenAIOptions(const OpenAIOptions& other) = default;
OpenAIOptions::OpenAIOptions(OpenAIOptions&& other) noexcept = default;
OpenAIOptions& OpenAIOptions::operator=(const OpenAIOptions& other) = default;
OpenAIOptions& OpenAIOptions::operator=(OpenAIOptions&& other) noexcept = default;
OpenAIOptions::~OpenAIOptions() = default;

ChatOpenAI::ChatOpenAI(const OpenAIOptions& options)
    : ChatModel(std::make_shared<models::chat_step>(
          models::openai_settings(options, models::process_environment()))) {}

}  // namespace corochain
