// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

class CallbackHandler;
class RunConfig;
class closable;
struct BatchOptions;

namespace detail {

class step_base;
struct config_state;

/// Tightens the options of a batch by the concurrency that `with_config` has bound to `target`. Moves time
/// limit and concurrency from the configuration to the options, so that they do not hold for each item again.
COROCHAIN_EXPORT void tighten(BatchOptions& options, const step_base& target, RunConfig& config);
/// Adds `handler`, which is told of the runs directly below only.
COROCHAIN_EXPORT void listen_directly(RunConfig& config, std::shared_ptr<CallbackHandler> handler);

/// The way a configuration reached a run.
enum class config_role {
  /// Bound with `with_config`; the settings that are there already win.
  bound,
  /// Given with a call.
  given,
  /// Given with a user's coroutine, which holds no permit of the limit: its calls take theirs.
  around_coroutine
};

/// `with_config` for a coroutine without a value.
COROCHAIN_EXPORT awaitable<void> run_with_config(RunConfig config, awaitable<void> call);
template <class T>
awaitable<T> value_with_config(RunConfig config, awaitable<T> call);

/// A configuration in use: the context of the work below it, and its time limit.
class COROCHAIN_EXPORT configured {
 public:
  configured(const call_context& around, const RunConfig& config, config_role role);
  const call_context& context() const noexcept { return below_; }
  bool has_deadline() const noexcept;
  bool time_is_over() const noexcept;
  /// Awaits `body` under the time limit, if there is one. `this` must live until `body` has ended.
  awaitable<void> watched(awaitable<void> body) const;
  /// The same for a pull from `from`, which is stopped at the end of the time if that ends the pull.
  awaitable<void> watched(awaitable<void> pull, closable& from) const;

 private:
  call_context around_;
  call_context below_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace detail
}  // namespace corochain
