// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "codec/http/http_request.hpp"

namespace corochain::transport {

/// Writes one request as HTTP/1.1 (RFC 9112) and returns its bytes in order. Does no I/O: an exchange makes
/// it, hands the bytes to its connection and destroys it once all are written.
///
/// The values were checked when the `http_request` was made. It stands for Beast's serializer, which knows
/// neither secrets nor a head and body in one buffer.
///
/// The head and the beginning of the body are in one block of memory, so that one write sends most requests.
/// The rest of a long body is not copied. The block holds the credentials: it is allocated once, so that no
/// copy stays in released memory, and it is wiped. `request` and the objects it refers to must live as long
/// as this.
class http1_request_writer {
 public:
  explicit http1_request_writer(const codec::http_request& request);
  ~http1_request_writer();

  /// The bytes that come next, the same until `advance`. Empty when all were written.
  std::string_view unwritten() const noexcept { return unwritten_; }
  /// Marks `bytes` of `unwritten()` as written.
  void advance(std::size_t bytes) noexcept;

 private:
  std::unique_ptr<char[]> block_;
  std::size_t block_size_;
  std::string_view unwritten_;
  // The part of the body that `unwritten_` does not reach.
  std::string_view rest_of_body_;
};

}  // namespace corochain::transport
