// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace corochain::test {

/// A copy of a text in memory of its own size, so that a sanitizer sees the first byte read beyond its end.
class exact_copy {
 public:
  explicit exact_copy(std::string_view text) : data_(new char[text.size()]), size_(text.size()) {
    text.copy(data_.get(), text.size());
  }
  std::string_view view() const noexcept { return {data_.get(), size_}; }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_;
};

/// Calls `use(prefix)` with each proper prefix of `valid`, the empty one first.
template <class Use>
void for_each_prefix(std::string_view valid, Use use) {
  for (std::size_t size = 0; size < valid.size(); ++size) {
    const exact_copy prefix(valid.substr(0, size));
    use(prefix.view());
  }
}

/// Calls `use(text)` with each text that differs from `valid` in one byte: each byte with each single bit
/// flipped, and replaced by each byte that is special to parsers.
template <class Use>
void for_each_changed_byte(std::string_view valid, Use use) {
  static constexpr std::string_view traps("\0\n\"\\{}[],:-+.eE09u \x7F\x80\xC0\xED\xF4\xFF", 26);
  std::string text(valid);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char original = text[at];
    for (int bit = 0; bit < 8; ++bit) {
      text[at] = static_cast<char>(original ^ (1 << bit));
      use(exact_copy(text).view());
    }
    for (char trap : traps) {
      text[at] = trap;
      use(exact_copy(text).view());
    }
    text[at] = original;
  }
}

}  // namespace corochain::test
