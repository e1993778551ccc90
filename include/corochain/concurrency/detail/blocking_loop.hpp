// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/concurrency/run_options.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

struct private_loop;

/// `run` for a coroutine without a value.
COROCHAIN_EXPORT void run_blocking(awaitable<void> body, RunOptions options);

/// Several waits, one after the other, on the same private loop of the calling thread, for a range that keeps
/// a connection open between them. The loop lives at least as long as this object. Afterwards it goes back to
/// the thread, whose next use finds the connections open.
class COROCHAIN_EXPORT blocking_loop {
 public:
  /// Takes the loop that `run` would use here and now.
  blocking_loop();
  ~blocking_loop();
  blocking_loop(blocking_loop&&) noexcept;
  blocking_loop& operator=(blocking_loop&&) noexcept;

  /// Runs `body` to its end and throws its exception. The exception of another handler on the loop is thrown,
  /// too, after `body` was cancelled and has ended. Throws a `ConfigError` on another thread, in a child of
  /// fork, and inside work that the same loop runs.
  void run(awaitable<void> body);

 private:
  std::shared_ptr<private_loop> loop_;
};

}  // namespace corochain::detail
