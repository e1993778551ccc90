// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/response_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <limits>

#include "codec/ascii.hpp"

namespace corochain::transport {
namespace beast = boost::beast;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;

namespace {

/// Beast asserts that this much of a chunk's head is there. The shortest head, that of the last chunk, has as
/// much.
constexpr std::size_t shortest_last_chunk = 5;
/// The digits of a 64-bit size. Beast would take any number of zeros in front of it.
constexpr std::size_t most_digits = 16;
/// The bytes around a chunk's extension: the line break before it, the digits of the size, the line break
/// after it.
constexpr std::size_t around_extension = 2 + most_digits + 2;

constexpr std::size_t after_status = std::string_view("HTTP/1.1 200").size();

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace

class response_reader::parser final : public http::basic_parser<false> {
 public:
  explicit parser(response_reader& reader) : reader_(reader) {
    // A body is handed on in the same call as its head, and chunks in a row.
    eager(true);
    header_limit(
        // Beast counts anew with each part of a split head: see `check_head`.
        std::numeric_limits<std::uint32_t>::max());
    body_limit(reader.most_body_);
  }

  /// Like the base class's, but notes where the bytes begin.
  std::size_t take(std::string_view bytes, error_code& error) {
    begin_ = bytes.data();
    return put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  }
  /// Whether the next bytes of the body are the head of a chunk.
  bool at_chunk_head() const noexcept { return at_chunk_head_; }
  /// How many of the bytes that end at `end` came behind the size of the last chunk.
  std::size_t tail_size(const char* end) const noexcept {
    return tail_ ? static_cast<std::size_t>(end - tail_) : 0;
  }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, error_code&) override {}
  void on_response_impl(int code, beast::string_view, int version, error_code& error) override {
    // Beast accepts any three digits.
    if (code < 100) error = http::error::bad_status;
    reader_.status_ = code;
    version_ = version;
    // An interim response may have had fields.
    reader_.response_.headers.clear();
    // Error bodies have no limit: the caller stops reading early, and an oversized body must not hide the
    // status.
    if (code >= 300) body_limit(boost::none);
  }
  void on_field_impl(http::field which, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    // Trailers behind the last chunk are not needed, and must not replace fields of the head (RFC 9110
    // section 6.5.1).
    if (reader_.head_complete()) return;
    switch (which) {
      case http::field::transfer_encoding: judge_coding(view(value), error); break;
      case http::field::content_length: judge_length(view(value), error); break;
      case http::field::connection:
        // If an HTTP/1.0 response says both, Beast sees only "keep-alive".
        if (http::token_list(value).exists("close")) reader_.doubtful_ = true;
        break;
      default: break;
    }
    reader_.response_.headers.add(view(name), view(value));
  }
  /// A coding that is not undone here would be taken for the content itself (RFC 9112 section 6.1).
  void judge_coding(std::string_view value, error_code& error) {
    if (!codec::equal_ignoring_case(codec::trim(value), "chunked") || has_no_body())
      error = http::error::bad_transfer_encoding;
    if (version_ < 11) reader_.doubtful_ = true;
  }
  /// If a response has no body, a length says that the server may send one all the same.
  void judge_length(std::string_view value, error_code& error) {
    if (!has_no_body() || value.find_first_of("123456789") == std::string_view::npos) return;
    if (reader_.status_ < 200) error = http::error::bad_content_length;
    reader_.doubtful_ = true;
  }
  bool has_no_body() const noexcept {
    return reader_.status_ < 200 || reader_.status_ == 204 || reader_.status_ == 304;
  }
  void on_header_impl(error_code&) override {
    if (reader_.status_ >= 200) reader_.response_.status = reader_.status_;
    at_chunk_head_ = chunked();
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // Bounds the cost of a server that announces a great length and sends nothing.
    constexpr std::uint64_t most_at_first = std::uint64_t{2} * 1024 * 1024;
    if (length) reader_.response_.body.reserve(static_cast<std::size_t>(std::min(*length, most_at_first)));
  }
  std::size_t on_body_impl(beast::string_view body, error_code&) override {
    reader_.response_.body.append(body.data(), body.size());
    return body.size();
  }
  /// Beast tells the size and the extension, but not how many digits the size had. They are in front of the
  /// extension, in the same memory.
  void on_chunk_header_impl(std::uint64_t size, beast::string_view extension, error_code& error) override {
    const char* digits = extension.data();
    while (digits != begin_ && codec::is_ascii_hex_digit(digits[-1])) --digits;
    if (static_cast<std::size_t>(extension.data() - digits) > most_digits) error = http::error::bad_chunk;
    if (extension.size() > reader_.limits_.head) error = http::error::header_limit;
    at_chunk_head_ = false;
    if (size == 0) tail_ = extension.data();
  }
  std::size_t on_chunk_body_impl(std::uint64_t left, beast::string_view body, error_code&) override {
    reader_.response_.body.append(body.data(), body.size());
    at_chunk_head_ = body.size() == left;
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  response_reader& reader_;
  const char* begin_ = nullptr;
  const char* tail_ = nullptr;
  int version_ = 11;
  bool at_chunk_head_ = false;
};

response_reader::response_reader(codec::http_response& into, const size_limits& limits,
                                 std::uint64_t most_body)
    : response_(into), limits_(limits), most_body_(most_body), parser_(std::make_unique<parser>(*this)) {}

response_reader::~response_reader() = default;

bool response_reader::reusable() const noexcept {
  return response_.complete && !excess_ && !doubtful_ && parser_->keep_alive() && !parser_->need_eof();
}

/// The limit of a head counts all its bytes, however they are split. `bytes` begins at the start of one of
/// its lines.
error_code response_reader::check_head(std::string_view bytes) const {
  if (head_complete() || head_taken_ + bytes.size() <= limits_.head) return {};
  const std::size_t blank = bytes.starts_with("\r\n") ? 0 : bytes.find("\r\n\r\n");
  if (blank == std::string_view::npos) return http::error::header_limit;
  const std::size_t size = blank == 0 ? 2 : blank + 4;
  if (head_taken_ + size > limits_.head) return http::error::header_limit;
  return {};
}

/// RFC 9112 requires a blank after the status even without a reason. Some servers omit it, and Beast refuses
/// that. This inserts it, in `carry_`. `bytes` begins with a status line. Returns false while too little of
/// the line is there to know.
bool response_reader::mend_status_line(std::string_view& bytes) {
  constexpr std::string_view start = "HTTP/1.";
  if (bytes.size() <= after_status) return !start.starts_with(bytes.substr(0, start.size()));
  const char next = bytes[after_status];
  if (bytes.starts_with(start) && (next == '\r' || next == '\n')) {
    carry_.assign(bytes.data(), bytes.size());
    carry_.insert(after_status, 1, ' ');
    bytes = carry_;
  }
  return true;
}

/// Parses as much of `bytes` as possible and removes it from their front.
error_code response_reader::parse(std::string_view& bytes) {
  while (!bytes.empty() && !response_.complete) {
    // At the start of each head: that of an interim response may have come in the same read.
    if (!head_complete() && head_taken_ == 0 && !mend_status_line(bytes)) return {};
    if (parser_->at_chunk_head() && bytes.size() < shortest_last_chunk) return {};
    if (const error_code too_large = check_head(bytes)) return too_large;
    error_code error;
    const std::size_t used = parser_->take(bytes, error);
    const char* const end = bytes.data() + used;
    bytes.remove_prefix(used);
    if (!head_complete()) head_taken_ += used;
    if (error == http::error::need_more) return {};
    if (error) return error;
    if (!parser_->is_done()) {
      if (used == 0) return {};
      continue;
    }
    if (status_ >= 200) {
      if (parser_->tail_size(end) > limits_.head) return http::error::header_limit;
      response_.complete = true;
    } else {
      if (status_ == 101) return response_problem::switched_protocols;
      if (++interim_ > limits_.interim_answers) return response_problem::too_many_interim;
      parser_ = std::make_unique<parser>(*this);
      head_taken_ = 0;
    }
  }
  return {};
}

/// Parses in the caller's memory as long as nothing is left over from the last call; else in `carry_`.
error_code response_reader::feed(std::string_view bytes) {
  if (bytes.empty()) return {};
  started_ = true;
  if (!carry_.empty()) bytes = carry_.append(bytes);
  const error_code error = parse(bytes);
  if (response_.complete) {
    excess_ = excess_ || !bytes.empty();
    carry_.clear();
  } else {
    // They may be the end of `carry_` itself.
    carry_.assign(bytes.data(), bytes.size());
  }
  if (error) return error;
  // The bytes between chunks and behind them.
  if (carry_.size() > limits_.head + around_extension) return http::error::header_limit;
  return {};
}

/// An end completes a response only if neither a length nor chunks say where its body ends.
error_code response_reader::end() {
  if (response_.complete) return {};
  if (!started_) return http::error::end_of_stream;
  error_code error;
  if (!carry_.empty() || !head_complete()) return http::error::partial_message;
  parser_->put_eof(error);
  if (error) return error;
  response_.complete = parser_->is_done();
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
