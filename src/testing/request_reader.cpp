// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

// The server's side of HTTP/1.1. It checks strictly, so that a client that writes a bad request gets status
// 400 in a test instead of an answer.
namespace corochain::testing::detail {

namespace {

namespace http = boost::beast::http;

// More than servers usually accept, so that a test can send large headers.
constexpr std::size_t head_limit = std::size_t{64} * 1024;

}  // namespace

void request_reader::parser::on_field_impl(http::field, boost::beast::string_view name,
                                           boost::beast::string_view value, boost::beast::error_code&) {
  // Beast 1.81 also passes the trailers of a chunked body, which are no headers.
  if (!is_header_done()) headers.emplace_back(name, value);
}

request_reader::request_reader(std::uint64_t body_limit) {
  // One call of put() reads on from the head into the body.
  parser_.eager(true);
  parser_.header_limit(head_limit);
  parser_.body_limit(body_limit);
}

request_reader::progress request_reader::read(std::string& input) {
  // Beast leaves an incomplete line of the head in the input and asks for more, so a call may use nothing.
  // Its limit counts what one call is given, so the lines of earlier calls are counted here.
  std::size_t used = 0;
  boost::system::error_code error;
  while (used < input.size() && !parser_.is_done()) {
    used += parser_.put(boost::asio::const_buffer(input.data() + used, input.size() - used), error);
    if (error) break;
  }
  input.erase(0, used);
  if (parser_.is_done()) return progress::complete;
  if (!parser_.is_header_done()) {
    head_size_ += used;
    if (head_size_ + input.size() > head_limit) return progress::too_large;
  }
  if (!error || error == http::error::need_more) return progress::incomplete;
  const bool too_large = error == http::error::body_limit || error == http::error::header_limit;
  return too_large ? progress::too_large : progress::malformed;
}

// HTTP/1.0 clients may ask for it with a header, which this server ignores.
bool request_reader::keep_alive() const { return parser_.keep_alive() && parser_.get().version() >= 11; }

// Moves the body, which may be large. Method and target are views into the parser's own memory.
RecordedRequest request_reader::take() {
  auto message = parser_.release();
  RecordedRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.body = std::move(message.body());
  request.headers = std::move(parser_.headers);
  return request;
}

}  // namespace corochain::testing::detail
