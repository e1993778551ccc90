// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

// The former name of list_arg.hpp, for programs that include it.
#include "corochain/core/list_arg.hpp"
