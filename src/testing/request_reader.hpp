// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing::detail {

// Reads one HTTP/1 request from bytes as they arrive.
//
// Beast's parser checks the request and removes the framing. The headers go past Beast's own container, which
// moves repeated names together: tests need the order in which the client sent them.
class request_reader {
 public:
  // `malformed` and `too_large` are final: the connection cannot carry another request.
  enum class progress { incomplete, complete, malformed, too_large };

  // `body_limit` is in bytes, without the framing of chunks.
  explicit request_reader(std::uint64_t body_limit);

  // Removes the bytes of this request from the front of `input`. Bytes of the next request stay.
  progress read(std::string& input);

  // True if the connection may carry another request afterwards.
  bool keep_alive() const;

  // Returns the complete request, once only. The caller sets connection, index and time.
  RecordedRequest take();

 private:
  // Stores the headers in a list instead of Beast's message.
  class parser : public boost::beast::http::request_parser<boost::beast::http::string_body> {
   public:
    std::vector<std::pair<std::string, std::string>> headers;

   private:
    void on_field_impl(boost::beast::http::field, boost::beast::string_view name,
                       boost::beast::string_view value, boost::beast::error_code&) override;
  };

  parser parser_;
  // The bytes of the head that were read, while it is incomplete.
  std::size_t head_size_ = 0;
};

}  // namespace corochain::testing::detail
