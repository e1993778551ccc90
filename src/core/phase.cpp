// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/phase.hpp"

#include <ostream>

#include "core/enum_name.hpp"

namespace corochain {

const char* to_string(Phase phase) noexcept {
  return detail::name_of<Phase::run>(
      phase, {"none", "queued", "limited", "backoff", "resolve", "connect", "proxy", "TLS handshake", "send",
              "first byte", "body", "stream", "batch", "run"});
}

std::ostream& operator<<(std::ostream& out, Phase phase) { return out << to_string(phase); }

}  // namespace corochain
