// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

struct private_loop;

/// Several waits, one after the other, on the same private loop of the calling thread: for what keeps a connection open
/// between them. The loop lives for as long as this does, at least: it goes back to the thread, whose next use finds
/// the connections open.
class COROCHAIN_EXPORT blocking_loop {
 public:
  /// The loop that `run` would use here and now.
  blocking_loop();
  ~blocking_loop();
  blocking_loop(blocking_loop&&) noexcept;
  blocking_loop& operator=(blocking_loop&&) noexcept;

  /// Runs `body` to its end and throws its exception. That of another handler on the loop leaves here, too, when `body`
  /// was cancelled and has ended. A `ConfigError` on another thread, in a child of fork, and inside work that the same
  /// loop runs.
  void run(awaitable<void> body);

 private:
  std::shared_ptr<private_loop> loop_;
};

}  // namespace corochain::detail
