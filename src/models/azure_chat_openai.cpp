// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/azure_chat_openai.hpp"

#include "models/azure_settings.hpp"
#include "models/chat_step.hpp"

namespace corochain {

// Each program that makes a chat model uses these. Compiled here, they cost it nothing; compiled in each
// program, they are 9 % of the object code of a chain of four steps.
AzureOptions::AzureOptions() = default;
AzureOptions::AzureOptions(const AzureOptions& other) = default;
AzureOptions::AzureOptions(AzureOptions&& other) noexcept = default;
AzureOptions& AzureOptions::operator=(const AzureOptions& other) = default;
AzureOptions& AzureOptions::operator=(AzureOptions&& other) noexcept = default;
AzureOptions::~AzureOptions() = default;

AzureChatOpenAI::AzureChatOpenAI(const AzureOptions& options)
    : ChatModel(std::make_shared<models::chat_step>(
          models::azure_settings(options, models::process_environment()))) {}

}  // namespace corochain
