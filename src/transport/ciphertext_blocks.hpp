// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

namespace corochain::transport {

/// Large blocks for what is received, lent only while there is something in them: a connection that waits holds none.
/// Each thread keeps a few free ones; a block may be given back on another thread than it was taken on.
inline constexpr std::size_t block_size = std::size_t{64} * 1024;

/// A block of `block_size` bytes, null when memory is short: C frames of OpenSSL may stand between here and who could
/// catch an exception.
char* take_block() noexcept;
void give_block(char* block) noexcept;

/// Owns one block or none.
class block_lease {
 public:
  block_lease() = default;
  ~block_lease() { release(); }
  block_lease(const block_lease&) = delete;
  block_lease& operator=(const block_lease&) = delete;

  /// False when memory is short.
  bool acquire() noexcept {
    if (!data_) data_ = take_block();
    return data_ != nullptr;
  }
  void release() noexcept {
    if (data_) give_block(data_);
    data_ = nullptr;
  }
  char* data() const noexcept { return data_; }

 private:
  char* data_ = nullptr;
};

}  // namespace corochain::transport
