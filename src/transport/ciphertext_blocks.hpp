// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

namespace corochain::transport {

/// The size of the blocks for received bytes: four TLS records, so that one system call usually takes all
/// that came since the last one.
///
/// A block is lent only while it holds bytes, so that a waiting connection holds none: a thousand waiting
/// connections would hold 64 MB. `tls_channel` lends one for ciphertext, `exchange` one for the bytes that it
/// reads. Each thread keeps a few free blocks. A block may be returned on another thread than it was taken
/// on.
inline constexpr std::size_t block_size = std::size_t{64} * 1024;

/// Returns a block of `block_size` bytes, or null when memory is short. It does not throw: C frames of
/// OpenSSL may stand between here and the nearest handler.
char* take_block() noexcept;
/// Takes a block back. The bytes in it are not wiped: the borrower of a secret does that.
void give_block(char* block) noexcept;

/// Owns one block or none.
class block_lease {
 public:
  block_lease() = default;
  ~block_lease() { release(); }
  block_lease(const block_lease&) = delete;
  block_lease& operator=(const block_lease&) = delete;

  /// Lends a block, unless there is one already. Returns false when memory is short.
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
