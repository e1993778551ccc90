// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/result.hpp"

namespace corochain {

namespace detail {
struct run_context;
}

/// The state that a call inherits from the calls around it: deadline, concurrency budget, listeners, tags,
/// headers, and the log of model calls. A shared handle of immutable state: copies are cheap. Use it on the
/// serial executor of its run, and no longer than the run lasts.
///
/// The library's steps pass it on as an argument. It rides on the executor only where a user's coroutine
/// begins.
class COROCHAIN_EXPORT call_context {
 public:
  explicit call_context(std::shared_ptr<const detail::run_context> state) noexcept;

  /// Whether a step that begins below this has listeners, or a configured name waits for such a step.
  bool is_observed() const noexcept { return observed_; }
  /// Whether a call below this has to take a permit for itself, as the work around it holds none of a limit.
  bool needs_permit() const noexcept { return needs_permit_; }
  const std::shared_ptr<const detail::run_context>& state() const noexcept { return state_; }
  /// Why the work below this was stopped; nothing if it was not. See `corochain::stop_cause`.
  std::optional<Failure> stop_cause() const;

 private:
  std::shared_ptr<const detail::run_context> state_;
  bool observed_;
  bool needs_permit_;
};

namespace detail {

/// The context that rides on the executor of a coroutine in a run.
COROCHAIN_EXPORT call_context context_on(const boost::asio::any_io_executor& here);
/// Whether the context on the executor is `context` itself.
COROCHAIN_EXPORT bool is_on(const boost::asio::any_io_executor& here, const call_context& context) noexcept;
/// Awaits `body`, a user's coroutine, on an executor that carries `context`.
COROCHAIN_EXPORT awaitable<void> run_on(const call_context& context, awaitable<void> body);

}  // namespace detail
}  // namespace corochain
