// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace corochain::codec {

/// A text that grows to many megabytes by small pieces. A `std::string` holds it twice or three times while it grows;
/// here the room beyond the text is an eighth of it.
class text_blocks {
 public:
  text_blocks() = default;
  text_blocks(text_blocks&& other) noexcept = default;
  text_blocks& operator=(text_blocks&& other) noexcept = default;

  void append(std::string_view piece);
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The room that is held, in bytes.
  std::size_t capacity() const noexcept;
  /// The whole text; nothing is left here. Each block goes back to the system once it was copied, so that this needs no
  /// more memory than the text and one block.
  std::string take();

 private:
  /// Memory of a fixed size. A large one is a mapping of its own: an allocator may keep what it was given back.
  class block {
   public:
    explicit block(std::size_t capacity);
    block(block&& other) noexcept;
    block& operator=(block&& other) noexcept;
    ~block();
    std::size_t room() const noexcept { return capacity_ - size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    std::string_view view() const noexcept { return {data_, size_}; }
    /// Takes the front of `piece` as far as there is room, and removes it there.
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
