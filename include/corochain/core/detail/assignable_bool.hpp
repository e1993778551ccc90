// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain::detail {

/// A bool that knows whether it was assigned. It is false until then.
class assignable_bool {
 public:
  constexpr assignable_bool() noexcept = default;
  constexpr assignable_bool(bool value) noexcept : value_(value), is_set_(true) {}
  constexpr operator bool() const noexcept { return value_; }
  constexpr bool is_set() const noexcept { return is_set_; }

 private:
  bool value_ = false;
  bool is_set_ = false;
};

}  // namespace corochain::detail
