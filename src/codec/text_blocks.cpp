// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/text_blocks.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace corochain::codec {
namespace {
/// A text up to this size is one string that grows as strings do.
constexpr std::size_t single_string = std::size_t{16} * 1024;
constexpr std::size_t smallest_mapping = std::size_t{256} * 1024;
constexpr std::size_t largest_block = std::size_t{1024} * 1024;
}  // namespace

text_blocks::block::block(std::size_t capacity) : capacity_(capacity) {
  if (capacity < smallest_mapping) {
    data_ = new char[capacity];
    return;
  }
  void* const mapped = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<char*>(mapped);
}

text_blocks::block::block(block&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

text_blocks::block& text_blocks::block::operator=(block&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

text_blocks::block::~block() {
  if (capacity_ < smallest_mapping)
    delete[] data_;
  else
    ::munmap(data_, capacity_);
}

void text_blocks::block::fill(std::string_view& piece) noexcept {
  const std::size_t size = std::min(piece.size(), room());
  if (size > 0) std::memcpy(data_ + size_, piece.data(), size);
  size_ += size;
  piece.remove_prefix(size);
}

void text_blocks::append(std::string_view piece) {
  size_ += piece.size();
  if (size_ <= single_string) {
    start_.append(piece);
    return;
  }
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
  for (block& each : blocks_) {
    all.append(each.view());
    each = block(0);
  }
  blocks_.clear();
  size_ = 0;
  return all;
}

}  // namespace corochain::codec
