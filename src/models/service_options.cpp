// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/service_options.hpp"

#include "corochain/models/azure_access.hpp"
#include "corochain/models/openai_access.hpp"

namespace corochain {

// The constructors of the options that the models' own options are made of. They are here, and not defaulted
// where they are declared, so that none of the options is an aggregate: g++ 12 destroys a temporary aggregate
// twice in a co_await expression.

ServiceOptions::ServiceOptions() = default;
AzureAccess::AzureAccess() = default;
OpenAIAccess::OpenAIAccess() = default;
ConnectionOptions::ConnectionOptions() = default;
SizeLimits::SizeLimits() = default;
ProxyOptions::ProxyOptions() = default;

}  // namespace corochain
