// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/tls_options.hpp"

namespace corochain {

TlsOptions::TlsOptions() = default;
bool operator==(const TlsOptions& a, const TlsOptions& b) = default;

}  // namespace corochain
