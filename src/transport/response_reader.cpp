// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/response_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace corochain::transport {
namespace beast = boost::beast;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;

class response_reader::parser final : public http::basic_parser<false> {
 public:
  explicit parser(response_reader& reader) : reader_(reader) {
    eager(true);
    header_limit(reader.limits_.head);
    body_limit(reader.most_body_);
  }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, error_code&) override {}
  void on_response_impl(int code, beast::string_view, int, error_code&) override {
    reader_.status_ = code;
    reader_.headers_.clear();
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value, error_code&) override {
    if (!reader_.head_complete_)  // trailers behind the last chunk say nothing that is needed
      reader_.headers_.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(error_code&) override {
    if (reader_.status_ >= 200) reader_.head_complete_ = true;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // Told a great length, and nothing sent, costs no more than this.
    constexpr std::uint64_t most_at_first = std::uint64_t{2} * 1024 * 1024;
    if (length) reader_.body_.reserve(static_cast<std::size_t>(std::min(*length, most_at_first)));
  }
  std::size_t on_body_impl(beast::string_view body, error_code&) override {
    reader_.body_.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
    reader_.body_.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  response_reader& reader_;
};

response_reader::response_reader(const size_limits& limits, std::uint64_t most_body)
    : limits_(limits), most_body_(most_body), parser_(std::make_unique<parser>(*this)) {}

response_reader::~response_reader() = default;

bool response_reader::reusable() const noexcept {
  return complete_ && !excess_ && parser_->keep_alive() && !parser_->need_eof();
}

/// Parses as much of `bytes` as can be, and takes it off their front.
error_code response_reader::parse(std::string_view& bytes) {
  while (!bytes.empty() && !complete_) {
    error_code error;
    const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    bytes.remove_prefix(used);
    if (error == http::error::need_more) return {};
    if (error) return error;
    if (!parser_->is_done()) {
      if (used == 0) return {};
      continue;
    }
    if (status_ >= 200) {
      complete_ = true;
    } else {
      if (status_ == 101) return response_problem::switched_protocols;
      if (++interim_ > limits_.interim_answers) return response_problem::too_many_interim;
      parser_ = std::make_unique<parser>(*this);
    }
  }
  return {};
}

error_code response_reader::feed(std::string_view bytes) {
  if (bytes.empty()) return {};
  started_ = true;
  error_code error;
  if (carry_.empty()) {
    error = parse(bytes);
    if (!complete_) carry_ = bytes;
  } else {
    carry_.append(bytes);
    std::string_view all = carry_;
    error = parse(all);
    bytes = all;  // its size is what counts below
    if (!complete_) carry_.erase(0, carry_.size() - all.size());
  }
  if (complete_) {
    excess_ = excess_ || !bytes.empty();
    carry_.clear();
  }
  if (error) return error;
  // Beast limits the head; what stands between chunks is limited here.
  if (carry_.size() > limits_.head) return response_problem::head_too_large;
  return {};
}

error_code response_reader::end() {
  if (complete_) return {};
  if (!started_) return http::error::end_of_stream;
  error_code error;
  if (!carry_.empty() || !head_complete_) return http::error::partial_message;
  parser_->put_eof(error);
  if (error) return error;
  complete_ = parser_->is_done();
  return {};
}

namespace {
class response_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "corochain.response"; }
  std::string message(int value) const override {
    switch (static_cast<response_problem>(value)) {
      case response_problem::too_many_interim: return "too many interim answers (1xx)";
      case response_problem::switched_protocols: return "the server switched protocols";
      case response_problem::head_too_large: return "a head or a chunk's head is too large";
    }
    return "unknown";
  }
};
}  // namespace

error_code make_error_code(response_problem problem) noexcept {
  static const response_category category;
  return {static_cast<int>(problem), category};
}

}  // namespace corochain::transport
