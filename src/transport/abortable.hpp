// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain::transport {

/// What a wait belongs to: a cancel of the wait, or a limit of time that has passed, aborts it at once, before any frame
/// unwinds.
class abortable {
 public:
  virtual void abort() noexcept = 0;

 protected:
  ~abortable() = default;
};

}  // namespace corochain::transport
