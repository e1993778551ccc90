// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corochain/observability/callbacks.hpp"

namespace corochain::detail {

/// The description of one run of one step, for its events.
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

/// A handler, and the runs whose events it receives.
struct run_listener {
  std::shared_ptr<CallbackHandler> handler;
  /// True: only the runs directly below `around`. `around` is null for runs without a run around them.
  bool direct_only = false;
  std::shared_ptr<const run_info> around{};
};
using run_listeners = std::vector<run_listener>;

/// Adds a listener, unless the list has it already: no listener gets an event twice.
void add(run_listeners& listeners, run_listener more);

RunId new_run_id() noexcept;

/// Passes the event to each listener. Never throws.
void notify(const run_listeners& listeners, run_event_state event) noexcept;

}  // namespace corochain::detail
