// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/check_calls.hpp"

#include <string>

#include "corochain/core/error.hpp"

namespace corochain::detail {

void throw_invalid_call(std::size_t index) {
  throw ConfigError("the call with the index " + std::to_string(index) +
                    " cannot be awaited: it was awaited or moved from before. Make a new one for each await");
}

}  // namespace corochain::detail
