// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/secret.hpp"

#include <algorithm>
#include <utility>

#include "core/secret_buffer.hpp"

// Keys and tokens. They lie in an array of their own, because a std::string keeps short texts inside itself
// and leaves them behind when it is moved from. Transport reads them with reveal() where a request is
// written.
namespace corochain {

// Exactly as many bytes as the text has, so that discard() erases all of them.
Secret::Secret(from_text, std::string_view text) : text_(new char[text.size()]), size_(text.size()) {
  std::copy(text.begin(), text.end(), text_);
}

Secret::Secret(const Secret& other) : Secret(from_text{}, other.reveal()) {}

// The array changes its owner, so no copy of the text is left behind.
Secret::Secret(Secret&& other) noexcept
    : text_(std::exchange(other.text_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(const Secret& other) { return *this = Secret(other); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    discard();
    text_ = std::exchange(other.text_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() { discard(); }

void Secret::discard() noexcept {
  detail::overwrite(text_, size_);
  delete[] text_;
}

/// A comparison that stops at the first difference would tell an attacker by its time how much of a guess is
/// right. The lengths are no secret.
bool operator==(const Secret& a, const Secret& b) noexcept {
  if (a.size_ != b.size_) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size_; ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a.text_[i]) ^
                                        static_cast<unsigned char>(b.text_[i]));
  return difference == 0;
}

/// Not a loop of its own: overwrite() keeps the optimiser from removing the writes.
void wipe(std::string& text) noexcept {
  // Also overwrites the rest of an earlier, longer text.
  text.resize(text.capacity());
  detail::overwrite(text.data(), text.size());
  text.clear();
}

}  // namespace corochain
