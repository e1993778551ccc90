// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/http1_request_writer.hpp"

#include <charconv>
#include <cstring>

#include "codec/ascii.hpp"
#include "core/secret_buffer.hpp"

namespace corochain::transport {
namespace {

/// Four TLS records. For a longer body a second write is cheaper than a copy.
constexpr std::size_t longest_block = std::size_t{64} * 1024;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view version = " HTTP/1.1\r\nHost: ";
constexpr std::string_view length_name = "Content-Length";
constexpr std::size_t longest_length = 20;

constexpr std::size_t field_size(std::size_t name, std::size_t value) noexcept {
  return name + 2 + value + line_end.size();
}

/// An upper bound: the digits of the length are counted at their maximum.
std::size_t head_size(const codec::http_request& request) noexcept {
  const codec::request_head& head = request.head();
  std::size_t size = head.method.size() + 1 + head.target.size() + version.size() + head.host.size() +
                     line_end.size() + field_size(length_name.size(), longest_length) + line_end.size();
  for (const auto& [name, value] : head.fields) size += field_size(name.size(), value.value().size());
  for (const auto& [name, value] : request.own_fields())
    size += field_size(name.size(), value.value().size());
  for (const auto& [name, value] : request.fields()) size += field_size(name.size(), value.size());
  if (const Secret* credential = request.credential())
    size +=
        field_size(request.credential_name().size(), request.credential_prefix().size() + credential->size());
  return size;
}

char* put(char* to, std::string_view text) noexcept {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* put_field(char* to, std::string_view name, std::string_view value) noexcept {
  return put(put(put(put(to, name), ": "), value), line_end);
}

char* put_head(char* to, const codec::http_request& request) noexcept {
  const codec::request_head& head = request.head();
  to = put(put(to, head.method), " ");
  to = put(put(put(to, head.target), version), head.host);
  to = put(to, line_end);
  for (const auto& field : head.fields)
    if (request.sends(field)) to = put_field(to, field.first, field.second.reveal());
  for (const auto& [name, value] : request.own_fields())
    to = put_field(to, name, codec::trim(value.reveal()));
  if (const Secret* credential = request.credential()) {
    to = put(put(to, request.credential_name()), ": ");
    to = put(put(put(to, request.credential_prefix()), credential->reveal()), line_end);
  }
  for (const auto& [name, value] : request.fields()) to = put_field(to, name, value);
  // A request without a body omits its length if its method does not ask for a body (RFC 9110 section 8.6).
  if (!request.body().empty() || head.method == "POST") {
    to = put(put(to, length_name), ": ");
    to = put(std::to_chars(to, to + longest_length, request.body().size()).ptr, line_end);
  }
  return put(to, line_end);
}

}  // namespace

http1_request_writer::http1_request_writer(const codec::http_request& request)
    : rest_of_body_(request.body()) {
  const std::size_t head = head_size(request);
  const std::size_t room = head < longest_block ? longest_block - head : 0;
  const std::string_view beginning = rest_of_body_.substr(0, room);
  block_.reset(new char[head + beginning.size()]);  // not filled with zeros
  const char* const end = put(put_head(block_.get(), request), beginning);
  block_size_ = static_cast<std::size_t>(end - block_.get());
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
