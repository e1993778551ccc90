// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/error.hpp"

namespace corochain::transport {

/// What a wait belongs to: a cancel of the wait, or a limit of time that has passed, aborts it at once, before any
/// frame unwinds.
class abortable {
 public:
  virtual void abort() noexcept = 0;
  /// Asked by the `watchdog` that guards it when the limit of this phase has passed. True if there is reason to go on,
  /// and a later limit has been set: then it is not aborted.
  virtual bool goes_on(Phase) noexcept { return false; }

 protected:
  ~abortable() = default;
};

}  // namespace corochain::transport
