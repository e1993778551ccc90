// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corochain/observability/callbacks.hpp"

namespace corochain::detail {

/// One run of one step, as its events tell of it.
struct run_info {
  RunId id;
  RunType type = RunType::chain;
  std::string name;
  std::vector<std::string> tags;
  Dict metadata;
  std::shared_ptr<const run_info> parent;
};

struct run_event_state {
  RunEventKind kind = RunEventKind::started;
  std::shared_ptr<const run_info> run;
  std::chrono::system_clock::time_point at;
  Value data;
  std::optional<Failure> error;
  std::size_t attempt = 0;
  RunEvent::duration wait{};
};

/// A handler, and which runs it is told of.
struct run_listener {
  std::shared_ptr<CallbackHandler> handler;
  /// Only of runs directly below `around`, which is null for those without a run around them.
  bool direct_only = false;
  std::shared_ptr<const run_info> around{};
};
using run_listeners = std::vector<run_listener>;

/// Adds one that is not there yet: nobody is told twice.
void add(run_listeners& listeners, run_listener more);

RunId new_run_id() noexcept;

/// Tells each listener; never throws.
void notify(const run_listeners& listeners, run_event_state event) noexcept;

}  // namespace corochain::detail
