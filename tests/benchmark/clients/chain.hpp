// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>

#include "support/server_process.hpp"

namespace corochain::benchmark {

/// The measured chain: a prompt of two messages, the model at `to`, and a parser.
Runnable<Dict, std::string> chain_to(const target& to);

}  // namespace corochain::benchmark
