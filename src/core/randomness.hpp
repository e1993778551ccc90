// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

// The only sources of randomness in the library. Both may be called on any thread and after a fork.
namespace corochain::detail {

/// A random number from 0 to 1, 1 excluded. Safe from any thread.
double uniform01();
/// A random UUID, version 4 (RFC 9562). Safe from any thread.
std::string random_uuid();

}  // namespace corochain::detail
