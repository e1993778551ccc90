// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Memory for long streamed texts, for `streamed_answer` and for the text that a `chat_stream_reader`
// keeps for its errors.
namespace corochain::codec {

/// A text that grows to many megabytes by small pieces. A growing `std::string` holds its text twice or three
/// times; this uses an eighth more than the text.
class text_blocks {
 public:
  /// Amortized constant time, beside the copy of `piece`. Throws `std::bad_alloc` alone.
  void append(std::string_view piece);
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The allocated size in bytes. Tests compare it with the size of the text.
  std::size_t capacity() const noexcept;
  /// Moves the whole text out. Each block goes back to the system once it was copied, so that this needs no
  /// more memory than the text and one block.
  std::string take();

 private:
  /// Memory of a fixed size. A large block is a mapping of its own, because an allocator may keep freed
  /// memory.
  class block {
   public:
    /// Allocates the memory. A `capacity` of 0 makes a block that holds nothing.
    explicit block(std::size_t capacity);
    std::size_t capacity() const noexcept { return data_.get_deleter().capacity; }
    std::string_view view() const noexcept { return {data_.get(), size_}; }
    /// Copies the front of `piece` as far as there is room, and removes it from `piece`.
    void fill(std::string_view& piece) noexcept;

   private:
    /// Returns memory to where a block of this capacity has it from.
    struct release {
      std::size_t capacity;
      void operator()(char* data) const noexcept;
    };
    std::unique_ptr<char[], release> data_;
    std::size_t size_ = 0;
  };

  // The text up to 16 KB: most answers end within it, and their `take` copies nothing.
  std::string start_;
  // The text behind it, in order.
  std::vector<block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace corochain::codec
