// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace corochain::codec {

/// A text that grows to many megabytes by small pieces. A growing `std::string` holds its text twice or three
/// times; this uses an eighth more than the text.
class text_blocks {
 public:
  text_blocks() = default;
  text_blocks(text_blocks&& other) noexcept = default;
  text_blocks& operator=(text_blocks&& other) noexcept = default;

  void append(std::string_view piece);
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The allocated size in bytes.
  std::size_t capacity() const noexcept;
  /// Moves the whole text out. Each block goes back to the system once it was copied, so that this needs no
  /// more memory than the text and one block.
  std::string take();

 private:
  /// Memory of a fixed size. A large block is a mapping of its own, because an allocator may keep freed
  /// memory.
  class block {
   public:
    explicit block(std::size_t capacity);
    block(block&& other) noexcept;
    block& operator=(block&& other) noexcept;
    ~block();
    std::size_t room() const noexcept { return capacity_ - size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    std::string_view view() const noexcept { return {data_, size_}; }
    /// Copies the front of `piece` as far as there is room, and removes it from `piece`.
    void fill(std::string_view& piece) noexcept;

   private:
    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
  };

  std::string start_;
  std::vector<block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace corochain::codec
