// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/service_options.hpp"

namespace corochain {

ServiceOptions::ServiceOptions() = default;
ConnectionOptions::ConnectionOptions() = default;
SizeLimits::SizeLimits() = default;
ProxyOptions::ProxyOptions() = default;

}  // namespace corochain
