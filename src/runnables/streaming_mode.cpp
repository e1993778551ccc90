// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/streaming_mode.hpp"

#include <ostream>

#include "core/enum_name.hpp"

namespace corochain {

const char* to_string(streaming_mode mode) noexcept {
  return detail::name_of<streaming_mode::passes>(mode, {"whole", "makes", "passes"});
}
std::ostream& operator<<(std::ostream& out, streaming_mode mode) { return out << to_string(mode); }

}  // namespace corochain
