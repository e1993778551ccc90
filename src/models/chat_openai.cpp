// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/chat_openai.hpp"

#include "models/chat_step.hpp"
#include "models/openai_settings.hpp"

namespace corochain {

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
