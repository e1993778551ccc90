// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corochain/observability/callbacks.hpp"

// The state behind RunEvent, and the listeners that are told. concurrency carries the listeners of a run in
// its call context, runnables makes the events.
namespace corochain::detail {

/// The description of one run of one step, for its events.
struct run_info {
  RunId id;
  RunType type = RunType::chain;
  std::string name;
  std::vector<std::string> tags;
  Dict metadata;
  // The run around this one; null for the outermost.
  std::shared_ptr<const run_info> parent;
};

/// One event. Never changed once it is told, since handlers on other threads read it.
struct run_event_state {
  RunEventKind kind = RunEventKind::started;
  std::shared_ptr<const run_info> run;
  std::chrono::system_clock::time_point at;
  // See RunEventKind for what each kind of event carries in the members below.
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

/// The next id, unique in the process. Safe from any thread.
RunId new_run_id() noexcept;

/// Passes the event to each listener. Never throws.
void notify(const run_listeners& listeners, run_event_state event) noexcept;

}  // namespace corochain::detail
