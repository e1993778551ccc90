// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain::detail {

struct config_state {
  using duration = std::chrono::steady_clock::duration;

  std::string run_name;
  std::vector<std::string> tags;
  Dict metadata;
  Dict configurable;
  Headers headers;
  std::optional<duration> timeout;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::size_t max_concurrency = 0;
  std::optional<std::size_t> recursion_limit;
  /// Each one's `around` is filled in when the configuration is applied.
  run_listeners listeners;
};

/// Puts everything into a context but the deadline, which has to be watched.
void apply(run_context& context, const config_state& config, config_role role);

/// The time at which a run that begins now has to end.
run_context::time_point deadline_of(const config_state& config, const run_context& around);

}  // namespace corochain::detail
