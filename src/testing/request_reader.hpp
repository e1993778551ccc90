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

// Reads one HTTP/1 request from bytes as they come.
//
// Beast's parser judges and unframes it; the headers are taken from the text of the head, because Beast's
// container moves repeated names together and tests ask for what was sent.
class request_reader {
 public:
  enum class progress { incomplete, complete, malformed, too_large };

  explicit request_reader(std::uint64_t body_limit);

  // Removes from the front of `input` what belongs to this request. Bytes of the next one stay.
  progress read(std::string& input);

  // Whether the connection may carry another request afterwards.
  bool keep_alive() const;

  // Returns the request that is complete; connection, index and time are left to the caller. Once only.
  RecordedRequest take();

 private:
  progress parse(std::string& input);

  boost::beast::http::request_parser<boost::beast::http::string_body> parser_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::size_t searched_ = 0;  // bytes of the input known not to begin the end of the head
  bool head_complete_ = false;
};

}  // namespace corochain::testing::detail
