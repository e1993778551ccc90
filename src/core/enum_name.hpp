// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

namespace corochain::detail {

/// The name of an enumerator, which is the one at its position in `names`. `last` is the enumeration's last
/// enumerator: a list of another length does not compile. A value that is no enumerator is "unknown", because
/// a program can make such a value with a cast or with the headers of a later version.
template <auto last, std::size_t count>
constexpr const char* name_of(decltype(last) value, const char* const (&names)[count]) noexcept {
  static_assert(count == static_cast<std::size_t>(last) + 1, "each enumerator needs a name");
  const auto index = static_cast<std::size_t>(value);
  return index < count ? names[index] : "unknown";
}

}  // namespace corochain::detail
