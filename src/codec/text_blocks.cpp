// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/text_blocks.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

// Blocks grow with the text, by an eighth of it, so that both their number and their unused memory stay
// small.
namespace corochain::codec {
namespace {
/// A text up to this size is one string that grows as strings do.
constexpr std::size_t single_string = std::size_t{16} * 1024;
/// A block of this size or more is mapped from the system and goes back to it when it is freed. Smaller ones
/// are cheaper from the heap.
constexpr std::size_t smallest_mapping = std::size_t{256} * 1024;
/// Bounds the memory that `take` holds beside the text.
constexpr std::size_t largest_block = std::size_t{1024} * 1024;
}  // namespace

text_blocks::block::block(std::size_t capacity) : data_(nullptr, release{capacity}) {
  if (capacity < smallest_mapping) {
    data_.reset(new char[capacity]);
    return;
  }
  void* const mapped = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  data_.reset(static_cast<char*>(mapped));
}

void text_blocks::block::release::operator()(char* data) const noexcept {
  if (capacity < smallest_mapping)
    delete[] data;
  else
    ::munmap(data, capacity);
}

void text_blocks::block::fill(std::string_view& piece) noexcept {
  const std::size_t size = piece.copy(data_.get() + size_, capacity() - size_);
  size_ += size;
  piece.remove_prefix(size);
}

void text_blocks::append(std::string_view piece) {
  size_ += piece.size();
  if (size_ <= single_string) {
    start_.append(piece);
    return;
  }
  // The last block is filled first, and a piece may end in a new one.
  if (!blocks_.empty()) blocks_.back().fill(piece);
  if (piece.empty()) return;
  blocks_.emplace_back(std::max(piece.size(), std::clamp(size_ / 8, std::size_t{1024}, largest_block)));
  blocks_.back().fill(piece);
}

std::size_t text_blocks::capacity() const noexcept {
  std::size_t held = start_.capacity();
  for (const block& each : blocks_) held += each.capacity();
  return held;
}

std::string text_blocks::take() {
  std::string all = std::exchange(start_, std::string());
  if (!blocks_.empty()) all.reserve(size_);
  // The string has its final size already, so that `append` allocates nothing while both hold the text.
  for (block& each : blocks_) {
    all.append(each.view());
    each = block(0);
  }
  blocks_.clear();
  size_ = 0;
  return all;
}

}  // namespace corochain::codec
