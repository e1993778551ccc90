// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Throws the `ConfigError` for a call that was awaited or moved elsewhere before it was given to a fan-out.
/// `index` is the call's index.
[[noreturn]] COROCHAIN_EXPORT void throw_invalid_call(std::size_t index);

/// Checks that an awaitable is unused. An awaitable can be awaited once, and an empty one would count as the
/// end of the calls.
template <class T>
void check_call(const awaitable<T>& call, std::size_t index = 0) {
  if (!call.valid()) throw_invalid_call(index);
}
template <class T>
void check_calls(const std::vector<awaitable<T>>& calls) {
  for (std::size_t i = 0; i < calls.size(); ++i) check_call(calls[i], i);
}

}  // namespace corochain::detail
