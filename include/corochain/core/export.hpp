// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

/// Marks what crosses the border of a shared corochain. Everything else is hidden.
#if defined(_WIN32)
#define COROCHAIN_EXPORT
#else
#define COROCHAIN_EXPORT __attribute__((visibility("default")))
#endif
