// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

class CallbackHandler;
class RunConfig;
struct BatchOptions;

namespace detail {

class step_base;
struct config_state;

/// Takes time and concurrency out of the configuration into the options of a batch: an item is not to have them again.
COROCHAIN_EXPORT void tighten(BatchOptions& options, RunConfig& config);
/// The same of the concurrency in what `with_config` has bound to `target`.
COROCHAIN_EXPORT void tighten_by_bound(BatchOptions& options, const step_base& target);
/// Has `handler` told of the runs directly below only.
COROCHAIN_EXPORT void listen_directly(RunConfig& config, std::shared_ptr<CallbackHandler> handler);

/// How a configuration came to what it holds for.
enum class config_role {
  bound,  ///< with `with_config`; what is there already goes before
  given   ///< with a call
};

/// A configuration put to use: the context of the work below it, and its time limit.
class COROCHAIN_EXPORT configured {
 public:
  configured(const call_context& around, const RunConfig& config, config_role role);
  const call_context& context() const noexcept { return below_; }
  bool has_deadline() const noexcept;
  /// `body` under the time limit, if there is one. `this` must live until it has ended.
  awaitable<void> watched(awaitable<void> body) const;

 private:
  call_context around_;
  call_context below_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace detail
}  // namespace corochain
