// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing::detail {

// Reads one HTTP/1 request from bytes as they arrive.
//
// Beast's parser checks the request and removes the framing. The headers are read from the text of the head:
// Beast's container moves repeated names together, and tests need the original order.
class request_reader {
 public:
  enum class progress { incomplete, complete, malformed, too_large };

  explicit request_reader(std::uint64_t body_limit);

  // Removes the bytes of this request from the front of `input`. Bytes of the next request stay.
  progress read(std::string& input);

  // True if the connection may carry another request afterwards.
  bool keep_alive() const;

  // Returns the complete request, once only. The caller sets connection, index and time.
  RecordedRequest take();

 private:
  progress parse(std::string& input);

  boost::beast::http::request_parser<boost::beast::http::string_body> parser_;
  std::vector<std::pair<std::string, std::string>> headers_;
  // The number of bytes of the input that were searched for the end of the head.
  std::size_t searched_ = 0;
  bool head_complete_ = false;
};

}  // namespace corochain::testing::detail
