// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/phase.hpp"

namespace corochain::detail {

/// Whether no byte of the request was sent in the phase, so that a repetition cannot be billed twice. Errors
/// and the retry policy share it.
constexpr bool is_connecting(Phase phase) noexcept {
  return phase == Phase::resolve || phase == Phase::connect || phase == Phase::proxy ||
         phase == Phase::tls_handshake;
}

}  // namespace corochain::detail
