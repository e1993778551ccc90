// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace corochain::testing::detail {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t head_limit = 64 * 1024;

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
  request.headers = std::move(parser_.headers);
  return request;
}

}  // namespace corochain::testing::detail
