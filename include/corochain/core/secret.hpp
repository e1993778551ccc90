// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "corochain/core/export.hpp"

namespace corochain {

/// A key or a token. This library never prints or logs it, and never puts it into a message. It has no stream
/// operator and no conversion to text. Its memory is overwritten when it is destroyed or replaced.
///
/// Distinct objects may be used by distinct threads; const access to one object is safe from several.
class COROCHAIN_EXPORT Secret {
 public:
  Secret() noexcept = default;
  /// Copies the text. The caller wipes its own copy.
  template <class S>
    requires std::convertible_to<const S&, std::string_view>
  Secret(const S& text) : Secret(from_text{}, std::string_view(text)) {}
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  /// The text itself, valid as long as this object is unchanged. Review every call of this function.
  std::string_view reveal() const noexcept { return {text_, size_}; }

  /// Compares in a time that does not depend on the position of the first difference.
  friend COROCHAIN_EXPORT bool operator==(const Secret& a, const Secret& b) noexcept;

 private:
  struct from_text {};
  Secret(from_text, std::string_view text);
  // Wipes and releases the text.
  void discard() noexcept;

  // Owned.
  char* text_ = nullptr;
  std::size_t size_ = 0;
};

/// Overwrites and empties a string that held a secret.
COROCHAIN_EXPORT void wipe(std::string& text) noexcept;

}  // namespace corochain
