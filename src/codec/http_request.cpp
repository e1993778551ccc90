// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http_request.hpp"

#include <charconv>

#include "codec/ascii.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

constexpr std::string_view line_end = "\r\n";

/// Headers that the library writes itself, or that would change how a message is framed, where its connection
/// goes, or what credentials it carries (RFC 9110 section 7.6.1, RFC 9112 section 6).
bool is_ours(std::string_view name) noexcept {
  for (std::string_view reserved :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "api-key", "Authorization",
        "Accept-Encoding", "Content-Encoding", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
        "Proxy-Authorization", "Proxy-Connection", "Idempotency-Key", "x-corochain-retry-count"})
    if (equal_ignoring_case(name, reserved)) return true;
  return false;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append(line_end);
}

struct decimal {
  explicit decimal(std::size_t value) noexcept
      : size(static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)) {}
  std::string_view text() const noexcept { return {digits, size}; }

  char digits[20];
  std::size_t size;
};

}  // namespace

request_head::request_head(const url& server, std::string_view target, std::string_view user_agent,
                           const header_fields& extra) {
  check_no_control_bytes("the request's target", target);
  if (target.empty() || target.find(' ') != std::string_view::npos)
    throw ConfigError("the request's target is empty or holds a space");
  check_header("User-Agent", user_agent);

  text_.append("POST ").append(target).append(" HTTP/1.1").append(line_end);
  append_header(text_, "Host", server.host_header());
  const auto append_default = [&](std::string_view name, std::string_view value) {
    if (!extra.find(name)) append_header(text_, name, value);
  };
  append_default("User-Agent", user_agent);
  append_default("Content-Type", "application/json");
  append_default("Accept", "application/json");
  append_header(text_, "Accept-Encoding", "identity");  // without it, any coding is allowed
  for (const header_field& field : extra) {
    check_header(field.name, field.value);
    if (is_ours(field.name))
      throw ConfigError("the header '" + std::string(field.name) +
                        "' is set by the library and cannot be replaced; use the option for it");
    append_header(text_, field.name, trim(field.value));
  }
}

std::string build_request(const request_head& head, std::string_view credential_header_name,
                          std::string_view credential_prefix, const Secret& credential,
                          std::string_view idempotency_key, int retry_count, std::string_view body) {
  static constexpr std::string_view retry_count_name = "x-corochain-retry-count";
  static constexpr std::string_view idempotency_name = "Idempotency-Key";
  static constexpr std::string_view length_name = "Content-Length";

  // All checks come first: nothing is thrown once the credential is in the text.
  check_header(credential_header_name, credential_prefix);
  check_header(credential_header_name, credential.reveal());
  check_header(idempotency_name, idempotency_key);
  const decimal length(body.size());
  const decimal retries(retry_count > 0 ? static_cast<std::size_t>(retry_count) : 0);

  const auto header_size = [](std::size_t name, std::size_t value) {
    return name + value + 4;
  };  // ": " and CRLF
  std::size_t size =
      head.text().size() + header_size(length_name.size(), length.size) + line_end.size() + body.size();
  if (!credential.empty())
    size += header_size(credential_header_name.size(), credential_prefix.size() + credential.size());
  if (!idempotency_key.empty()) size += header_size(idempotency_name.size(), idempotency_key.size());
  if (retry_count > 0) size += header_size(retry_count_name.size(), retries.size);

  std::string out;
  out.reserve(size);
  out.append(head.text());
  if (!credential.empty())
    out.append(credential_header_name)
        .append(": ")
        .append(credential_prefix)
        .append(credential.reveal())
        .append(line_end);
  if (!idempotency_key.empty()) append_header(out, idempotency_name, idempotency_key);
  if (retry_count > 0) append_header(out, retry_count_name, retries.text());
  append_header(out, length_name, length.text());
  out.append(line_end).append(body);
  return out;
}

}  // namespace corochain::codec
