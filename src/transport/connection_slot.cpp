// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connection_slot.hpp"

#include "transport/endpoint_pool.hpp"

namespace corochain::transport {

connection_slot::~connection_slot() { pool_->slot_released(connecting_); }

void connection_slot::connected(bool has_tls, bool resumed) noexcept {
  if (!connecting_) return;
  connecting_ = false;
  pool_->slot_connected(has_tls, resumed);
}

}  // namespace corochain::transport
