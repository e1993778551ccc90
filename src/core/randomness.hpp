// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

namespace corochain::detail {

/// The process's sources of randomness; safe from any thread.
double uniform01();
/// A random UUID, version 4 (RFC 9562).
std::string random_uuid();

}  // namespace corochain::detail
