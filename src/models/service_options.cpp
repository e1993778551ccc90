// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/service_options.hpp"

#include "corochain/models/azure_access.hpp"
#include "corochain/models/openai_access.hpp"

namespace corochain {

ServiceOptions::ServiceOptions() = default;
AzureAccess::AzureAccess() = default;
OpenAIAccess::OpenAIAccess() = default;
ConnectionOptions::ConnectionOptions() = default;
SizeLimits::SizeLimits() = default;
ProxyOptions::ProxyOptions() = default;

}  // namespace corochain
