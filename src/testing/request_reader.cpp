// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace corochain::testing::detail {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t head_limit = 64 * 1024;

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// `head` holds all lines before the empty one.
std::vector<std::pair<std::string, std::string>> split_headers(std::string_view head) {
  constexpr std::string_view line_end = "\r\n";
  std::vector<std::pair<std::string, std::string>> headers;
  // The end of the request line.
  auto begin = head.find(line_end);
  while (begin != std::string_view::npos) {
    begin += line_end.size();
    const auto end = head.find(line_end, begin);
    const auto line = head.substr(begin, end == std::string_view::npos ? end : end - begin);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
    begin = end;
  }
  return headers;
}

}  // namespace

request_reader::request_reader(std::uint64_t body_limit) {
  parser_.eager(true);
  parser_.header_limit(head_limit);
  parser_.body_limit(body_limit);
}

request_reader::progress request_reader::read(std::string& input) {
  if (!head_complete_) {
    constexpr std::string_view head_end = "\r\n\r\n";
    const auto end = input.find(head_end, searched_);
    if (end == std::string::npos) {
      if (input.size() > head_limit) return progress::too_large;
      searched_ = input.size() < head_end.size() ? 0 : input.size() - head_end.size() + 1;
      return progress::incomplete;
    }
    head_complete_ = true;
    headers_ = split_headers(std::string_view(input).substr(0, end));
  }
  return parse(input);
}

request_reader::progress request_reader::parse(std::string& input) {
  std::size_t used = 0;
  boost::system::error_code error;
  while (used < input.size() && !parser_.is_done()) {
    used += parser_.put(boost::asio::const_buffer(input.data() + used, input.size() - used), error);
    if (error) break;
  }
  input.erase(0, used);
  if (parser_.is_done()) return progress::complete;
  if (!error || error == http::error::need_more) return progress::incomplete;
  const bool too_large = error == http::error::body_limit || error == http::error::header_limit;
  return too_large ? progress::too_large : progress::malformed;
}

bool request_reader::keep_alive() const { return parser_.keep_alive() && parser_.get().version() >= 11; }

RecordedRequest request_reader::take() {
  auto message = parser_.release();
  RecordedRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.body = std::move(message.body());
  request.headers = std::move(headers_);
  return request;
}

}  // namespace corochain::testing::detail
