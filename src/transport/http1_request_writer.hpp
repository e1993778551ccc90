// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "codec/http/http_request.hpp"

namespace corochain::transport {

/// Writes one request as HTTP/1.1 (RFC 9112) and returns its bytes in order.
///
/// The head and the beginning of the body are in one block of memory, so that one write sends most requests.
/// The rest of a long body is not copied. The block holds the credentials: it is allocated once, so that no
/// copy stays in released memory, and it is wiped. `request` and the objects it refers to must live as long
/// as this.
class http1_request_writer {
 public:
  explicit http1_request_writer(const codec::http_request& request);
  ~http1_request_writer();
  http1_request_writer(const http1_request_writer&) = delete;
  http1_request_writer& operator=(const http1_request_writer&) = delete;

  /// The bytes that come next, the same until `advance`. Empty when all were written.
  std::string_view unwritten() const noexcept { return unwritten_; }
  /// Marks `bytes` of `unwritten()` as written.
  void advance(std::size_t bytes) noexcept;

 private:
  std::unique_ptr<char[]> block_;
  std::size_t block_size_;  // its used part
  std::string_view unwritten_;
  std::string_view rest_of_body_;  // behind the part that `unwritten_` belongs to
};

}  // namespace corochain::transport
