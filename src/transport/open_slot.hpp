// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

namespace corochain::transport {

class lane;

/// The place of one connection among those that count, from before it is opened until it is closed.
class open_slot {
 public:
  explicit open_slot(std::shared_ptr<lane> of) noexcept : lane_(std::move(of)) {}
  ~open_slot();
  open_slot(const open_slot&) = delete;
  open_slot& operator=(const open_slot&) = delete;

  /// The connection is open, its handshakes done; `resumed` says whether TLS took up an earlier session.
  void connected(bool has_tls, bool resumed) noexcept;

 private:
  std::shared_ptr<lane> lane_;
  bool connecting_ = true;
};

}  // namespace corochain::transport
