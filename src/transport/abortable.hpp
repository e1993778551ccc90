// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/error.hpp"

namespace corochain::transport {

/// The owner of a wait. Cancelling the wait, or passing a time limit, aborts the owner at once, before any
/// frame unwinds.
///
/// `exchange` is one. `connection` and `watchdog` refer to it by this class, so that they do not depend on
/// what owns them, and hold it weakly: a wait that is forgotten keeps nothing alive.
class abortable {
 public:
  /// Ends what is waited for. Called on the owner's executor, any number of times.
  virtual void abort() noexcept = 0;
  /// The `watchdog` that guards it calls this when the limit of a phase has passed. Returns true if the work
  /// goes on and a later limit was set; then it is not aborted.
  virtual bool goes_on(Phase) noexcept { return false; }

 protected:
  ~abortable() = default;
};

}  // namespace corochain::transport
