// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/detail/language.hpp"

/// Marks the symbols that a shared library exports. All other symbols are hidden.
#if defined(_WIN32)
#define COROCHAIN_EXPORT
#else
#define COROCHAIN_EXPORT __attribute__((visibility("default")))
#endif
