// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#define COROCHAIN_VERSION_MAJOR 0
#define COROCHAIN_VERSION_MINOR 1
#define COROCHAIN_VERSION_PATCH 0
#define COROCHAIN_VERSION "0.1.0"
