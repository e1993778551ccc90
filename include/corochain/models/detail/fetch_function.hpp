// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>

namespace corochain::detail {

/// Whether a function object holds no function: an empty `std::function` or a null pointer.
template <class F>
bool holds_no_function(const F&) noexcept {
  return false;
}
template <class Signature>
bool holds_no_function(const std::function<Signature>& function) noexcept {
  return !function;
}
template <class Result, class... Arguments>
bool holds_no_function(Result (*const& function)(Arguments...)) noexcept {
  return !function;
}

}  // namespace corochain::detail
