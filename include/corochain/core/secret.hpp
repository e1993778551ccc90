// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "corochain/core/export.hpp"

namespace corochain {

/// A key or a token. It is never printed, logged or put into a message by this library, has no stream operator and
/// no conversion to text, and its memory is overwritten when it is destroyed or replaced.
///
/// Distinct objects may be used by distinct threads; const access to one object is safe from several.
class COROCHAIN_EXPORT Secret {
 public:
  Secret() noexcept = default;
  /// Copies the text. The caller's own copy is the caller's to wipe.
  template <class S>
  requires std::convertible_to<const S&, std::string_view> Secret(const S& text)
      : Secret(from_text{}, std::string_view(text)) {}
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  /// The text itself, valid as long as this object is unchanged. Every call is a place to review.
  std::string_view reveal() const noexcept { return {text_, size_}; }

  /// Compares without leaking by its duration where the difference lies.
  friend COROCHAIN_EXPORT bool operator==(const Secret& a, const Secret& b) noexcept;

 private:
  struct from_text {};
  Secret(from_text, std::string_view text);
  void discard() noexcept;  // wipes and releases

  char* text_ = nullptr;  // owned
  std::size_t size_ = 0;
};

/// Overwrites and empties a string that held a secret.
COROCHAIN_EXPORT void wipe(std::string& text) noexcept;

}  // namespace corochain
