// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "codec/http/http_response.hpp"
#include "transport/limits.hpp"

namespace corochain::transport {

/// Reads one final response (HTTP/1.1, RFC 9112) from bytes that are split anywhere. Interim responses (1xx)
/// before it are skipped. Does no I/O: an `exchange` feeds it with what its connection gives.
///
/// Beast parses; this decides what is kept. It adds what Beast leaves to its users, and what it takes too
/// lightly for a connection that is used again: limits that hold however the bytes are split, transfer
/// codings that are not undone, and lengths that contradict the status.
class response_reader {
 public:
  /// Reads into `into`, which is new and outlives this. The body of a success has `most_body` bytes at most.
  /// The body of an error has no limit here: the caller stops reading when it has enough, and an oversized
  /// body must not hide the status. `limits` bounds the rest.
  response_reader(codec::http_response& into, const size_limits& limits, std::uint64_t most_body);
  ~response_reader();

  /// Parses received bytes. An error of Beast's, `too_many_interim` or `switched_protocols` ends the reading.
  boost::system::error_code feed(std::string_view bytes);
  /// Notes that the connection ended. Returns no error if that completes the response.
  boost::system::error_code end();

  bool head_complete() const noexcept { return response_.status != 0; }
  bool complete() const noexcept { return response_.complete; }
  /// Whether the connection can serve another request: the response is complete, its head left no doubt where
  /// it ends, nothing came behind it, and neither side announced a close.
  bool reusable() const noexcept;

 private:
  /// Beast's parser, with the functions that it calls for each part of a response. One for each response, the
  /// interim ones included.
  class parser;
  friend class parser;

  bool mend_status_line(std::string_view& bytes);
  boost::system::error_code check_head(std::string_view bytes) const;
  boost::system::error_code parse(std::string_view& bytes);

  codec::http_response& response_;
  size_limits limits_;
  std::uint64_t most_body_;
  std::unique_ptr<parser> parser_;
  // The beginning of a head, or of a chunk's, whose rest has not come yet. A body is in it only behind one.
  std::string carry_;
  // The status of the response that is being read, an interim one included.
  int status_ = 0;
  // How many interim responses came.
  int interim_ = 0;
  // Parsed bytes of the current head.
  std::size_t head_taken_ = 0;
  // Whether any byte came. A connection that ends before that was closed while it was idle.
  bool started_ = false;
  // Bytes came behind the response.
  bool excess_ = false;
  // The head announces a close, or contradicts its kind of body.
  bool doubtful_ = false;
};

/// Errors of `response_reader` that are not Beast's.
enum class response_problem { too_many_interim = 1, switched_protocols };
boost::system::error_code make_error_code(response_problem problem) noexcept;

}  // namespace corochain::transport

template <>
struct boost::system::is_error_code_enum<corochain::transport::response_problem> : std::true_type {};
