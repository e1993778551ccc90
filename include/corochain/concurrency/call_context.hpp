// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

namespace detail {
struct run_context;
}

/// What a call inherits from the calls around it: the deadline, the concurrency budget, listeners, tags and headers, and
/// where model calls are recorded. A shared handle of immutable state: cheap to copy. To be used on the serial executor of
/// its run, and no longer than the run lasts.
///
/// Steps of the library hand it on as an argument. It rides on the executor only where a coroutine of the user's begins.
class COROCHAIN_EXPORT call_context {
 public:
  explicit call_context(std::shared_ptr<const detail::run_context> state) noexcept;

  /// Whether a step that begins below this has somebody to tell of it, or takes a name that waits for it.
  bool is_observed() const noexcept { return observed_; }
  const std::shared_ptr<const detail::run_context>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<const detail::run_context> state_;
  bool observed_;
};

namespace detail {

/// The context that rides on the executor of a coroutine in a run.
COROCHAIN_EXPORT call_context context_on(const boost::asio::any_io_executor& here);
/// Whether it is `context` itself.
COROCHAIN_EXPORT bool is_on(const boost::asio::any_io_executor& here, const call_context& context) noexcept;
/// Awaits `body`, a coroutine of the user's, on an executor on which `context` rides.
COROCHAIN_EXPORT awaitable<void> run_on(const call_context& context, awaitable<void> body);

}  // namespace detail
}  // namespace corochain
