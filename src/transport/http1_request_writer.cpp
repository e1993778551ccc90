// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/http1_request_writer.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "codec/ascii.hpp"
#include "core/secret_buffer.hpp"

namespace corochain::transport {
namespace {

/// The most bytes of head and body in one block: four TLS records. For a longer body a second write is
/// cheaper than a copy.
constexpr std::size_t longest_block = std::size_t{64} * 1024;

constexpr std::string_view line_end = "\r\n";

/// Takes the parts of a head and counts their bytes.
struct byte_counter {
  std::size_t size = 0;
  void operator()(std::string_view part) noexcept { size += part.size(); }
};

/// Takes the parts of a head and copies them behind each other. The memory suffices: they were counted.
struct byte_copier {
  char* to;
  void operator()(std::string_view part) noexcept {
    // A null pointer, which an empty view may have, must not reach memcpy.
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
};

/// Hands the parts of a request's head to `put`, in order. It is called twice, with a counter and with a
/// copier, so that the size of the block and what is put there cannot differ.
template <class Put>
void write_head(const codec::http_request& request, Put& put) {
  const auto field = [&put](std::string_view name, std::string_view value, std::string_view prefix = {}) {
    for (const std::string_view part : {name, std::string_view(": "), prefix, value, line_end}) put(part);
  };
  const codec::request_head& head = request.head();
  for (const std::string_view part : {std::string_view(head.method), std::string_view(" "),
                                      std::string_view(head.target), std::string_view(" HTTP/1.1\r\n")})
    put(part);
  field("Host", head.host);
  for (const auto& each : head.fields)
    if (request.sends(each)) field(each.first, each.second.reveal());
  // Blanks around a value are no part of it (RFC 9110 section 5.5). A user's value may have them.
  for (const auto& [name, value] : request.own_fields()) field(name, codec::trim(value.reveal()));
  if (const Secret* credential = request.credential())
    field(request.credential_name(), credential->reveal(), request.credential_prefix());
  for (const auto& [name, value] : request.fields()) field(name, value);
  // A request without a body omits its length if its method does not ask for a body (RFC 9110 section 8.6).
  if (!request.body().empty() || head.method == "POST") {
    std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> digits;
    const char* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), request.body().size()).ptr;
    field("Content-Length", {digits.data(), end});
  }
  put(line_end);
}

}  // namespace

http1_request_writer::http1_request_writer(const codec::http_request& request)
    : rest_of_body_(request.body()) {
  byte_counter head;
  write_head(request, head);
  const std::size_t room = head.size < longest_block ? longest_block - head.size : 0;
  const std::string_view beginning = rest_of_body_.substr(0, room);
  block_size_ = head.size + beginning.size();
  // `new` leaves the memory as it is; `make_unique` would fill it with zeros.
  block_.reset(new char[block_size_]);
  byte_copier copy{block_.get()};
  write_head(request, copy);
  copy(beginning);
  rest_of_body_.remove_prefix(beginning.size());
  unwritten_ = {block_.get(), block_size_};
}

http1_request_writer::~http1_request_writer() { detail::overwrite(block_.get(), block_size_); }

void http1_request_writer::advance(std::size_t bytes) noexcept {
  unwritten_.remove_prefix(bytes);
  if (!unwritten_.empty()) return;
  unwritten_ = rest_of_body_;
  rest_of_body_ = {};
}

}  // namespace corochain::transport
