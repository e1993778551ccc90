// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <cstddef>

#include "support/server_process.hpp"

namespace corochain::benchmark {

/// The measured chain: a prompt of two messages, the model at `to`, and a parser.
Runnable<Dict, std::string> chain_to(const target& to);

/// Counts all events, inside the runs.
class EventCounter : public CallbackHandler {
 public:
  void on_event(const RunEvent&) override { ++events; }
  bool run_inline() const noexcept override { return true; }
  std::size_t events = 0;
};

}  // namespace corochain::benchmark
