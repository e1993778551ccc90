// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/error.hpp"

namespace corochain::transport {

/// The owner of a wait. Cancelling the wait, or passing a time limit, aborts the owner at once, before any
/// frame unwinds.
class abortable {
 public:
  virtual void abort() noexcept = 0;
  /// The `watchdog` that guards it calls this when the limit of a phase has passed. Returns true if the work
  /// goes on and a later limit was set; then it is not aborted.
  virtual bool goes_on(Phase) noexcept { return false; }

 protected:
  ~abortable() = default;
};

}  // namespace corochain::transport
