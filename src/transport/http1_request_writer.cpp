// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/http1_request_writer.hpp"

#include <algorithm>
#include <charconv>

#include "codec/ascii.hpp"

namespace corochain::transport {
namespace {

/// Four records of TLS. A longer body is worth a second write more than a copy.
constexpr std::size_t longest_block = std::size_t{64} * 1024;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view version = " HTTP/1.1\r\nHost: ";
constexpr std::string_view length_name = "Content-Length";
constexpr std::size_t longest_length = 20;

constexpr std::size_t field_size(std::size_t name, std::size_t value) noexcept {
  return name + 2 + value + line_end.size();
}

/// An upper bound, which is no more than the digits of a length too high.
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

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ", 2).append(value).append(line_end);
}

void append_head(std::string& out, const codec::http_request& request) {
  const codec::request_head& head = request.head();
  out.append(head.method).append(1, ' ').append(head.target).append(version).append(head.host);
  out.append(line_end);
  for (const auto& field : head.fields)
    if (request.sends(field)) append_field(out, field.first, field.second.reveal());
  for (const auto& [name, value] : request.own_fields()) append_field(out, name, codec::trim(value.reveal()));
  if (const Secret* credential = request.credential())
    out.append(request.credential_name())
        .append(": ", 2)
        .append(request.credential_prefix())
        .append(credential->reveal())
        .append(line_end);
  for (const auto& [name, value] : request.fields()) append_field(out, name, value);
  // A method that asks for no body says nothing of its length where there is none (RFC 9110 section 8.6).
  if (!request.body().empty() || head.method == "POST") {
    char digits[longest_length];
    const auto end = std::to_chars(digits, digits + sizeof digits, request.body().size()).ptr;
    append_field(out, length_name, {digits, static_cast<std::size_t>(end - digits)});
  }
  out.append(line_end);
}

}  // namespace

http1_request_writer::http1_request_writer(const codec::http_request& request)
    : block_(std::string()), rest_of_body_(request.body()) {
  const std::size_t head = head_size(request);
  const std::size_t room = head < longest_block ? longest_block - head : 0;
  const std::size_t beginning = std::min(rest_of_body_.size(), room);
  block_.text.reserve(head + beginning);
  append_head(block_.text, request);
  block_.text.append(rest_of_body_.substr(0, beginning));
  rest_of_body_.remove_prefix(beginning);
  unwritten_ = block_.view();
}

void http1_request_writer::advance(std::size_t bytes) noexcept {
  unwritten_.remove_prefix(bytes);
  if (!unwritten_.empty()) return;
  unwritten_ = rest_of_body_;
  rest_of_body_ = {};
}

}  // namespace corochain::transport
