// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain::detail {

/// False, but not before the template that asks is used.
template <class>
inline constexpr bool never = false;

/// The iterator of what is awaited and no range. It lets a range-for end with the one message of `begin`. It
/// is no iterator to the concepts of the standard library.
template <class T>
struct no_iterator {
  T& operator*() const noexcept;
  no_iterator& operator++() noexcept;
  bool operator!=(const no_iterator&) const noexcept;
};

}  // namespace corochain::detail
