// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http_request.hpp"

#include <charconv>

#include "codec/ascii.hpp"
#include "core/wiped_text.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view proxy_authorization_name = "Proxy-Authorization";

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
                           const header_fields& extra, const Headers& own, std::string_view accept,
                           const Secret& proxy_authorization) {
  check_no_control_bytes("the request's target", target);
  if (target.empty() || target.find(' ') != std::string_view::npos)
    throw ConfigError("the request's target is empty or holds a space");
  check_header("User-Agent", user_agent);
  check_header(proxy_authorization_name, proxy_authorization.reveal());
  std::size_t size =
      target.size() + user_agent.size() + server.host_header().size() + proxy_authorization.size() + 230;
  for (const header_field& field : extra) {
    check_user_header(field.name, field.value);
    size += field.name.size() + field.value.size() + 4;
  }
  for (const auto& [name, value] : own) {
    check_user_header(name, value.reveal());
    size += name.size() + value.reveal().size() + 4;
  }

  detail::wiped_text made{std::string()};
  std::string& text = made.text;
  text.reserve(size);  // no copy of a secret stays behind
  text.append("POST ").append(target).append(" HTTP/1.1").append(line_end);
  append_header(text, "Host", server.host_header());
  const auto append_default = [&](std::string_view name, std::string_view value) {
    if (!extra.find(name) && !has_header(own, name)) append_header(text, name, value);
  };
  append_default("User-Agent", user_agent);
  append_default("Content-Type", "application/json");
  append_default("Accept", accept);
  append_header(text, "Accept-Encoding", "identity");  // without it, any coding is allowed
  for (const header_field& field : extra)
    if (!has_header(own, field.name)) append_header(text, field.name, trim(field.value));
  for (const auto& [name, value] : own) append_header(text, name, trim(value.reveal()));
  if (!proxy_authorization.empty())
    append_header(text, proxy_authorization_name, proxy_authorization.reveal());
  text_ = Secret(text);
}

namespace {

/// The head's lines without those that `own` replaces, and `own` behind them.
void append_head(std::string& out, std::string_view head, const Headers& own) {
  while (!head.empty()) {
    const std::size_t size = head.find(line_end) + line_end.size();
    const std::string_view line = head.substr(0, size);
    head.remove_prefix(size);
    if (!has_header(own, line.substr(0, line.find(':')))) out.append(line);
  }
  for (const auto& [name, value] : own) append_header(out, name, trim(value.reveal()));
}

}  // namespace

std::string build_request(const request_head& head, std::string_view credential_header_name,
                          std::string_view credential_prefix, const Secret& credential,
                          std::string_view idempotency_key, int retry_count, std::string_view body,
                          std::string_view client_request_id, const Headers* own) {
  static constexpr std::string_view retry_count_name = "x-corochain-retry-count";
  static constexpr std::string_view idempotency_name = "Idempotency-Key";
  static constexpr std::string_view length_name = "Content-Length";

  // All checks come first: nothing is thrown once the credential is in the text.
  check_header(credential_header_name, credential_prefix);
  check_header_value(credential_header_name, credential.reveal());
  check_header_value(idempotency_name, idempotency_key);
  if (own)
    for (const auto& [name, value] : *own) check_user_header(name, value.reveal());
  check_header_value(client_request_id_name, client_request_id);
  const decimal length(body.size());
  const decimal retries(retry_count > 0 ? static_cast<std::size_t>(retry_count) : 0);

  const auto header_size = [](std::size_t name, std::size_t value) {
    return name + value + 4;
  };  // ": " and CRLF
  std::size_t size =
      head.text().size() + header_size(length_name.size(), length.size) + line_end.size() + body.size();
  if (own)
    for (const auto& [name, value] : *own) size += header_size(name.size(), value.reveal().size());
  if (!credential.empty())
    size += header_size(credential_header_name.size(), credential_prefix.size() + credential.size());
  if (!idempotency_key.empty()) size += header_size(idempotency_name.size(), idempotency_key.size());
  if (!client_request_id.empty())
    size += header_size(client_request_id_name.size(), client_request_id.size());
  if (retry_count > 0) size += header_size(retry_count_name.size(), retries.size);

  std::string out;
  out.reserve(size);
  if (own && !own->empty())
    append_head(out, head.text(), *own);
  else
    out.append(head.text());
  if (!credential.empty())
    out.append(credential_header_name)
        .append(": ")
        .append(credential_prefix)
        .append(credential.reveal())
        .append(line_end);
  if (!idempotency_key.empty()) append_header(out, idempotency_name, idempotency_key);
  if (!client_request_id.empty()) append_header(out, client_request_id_name, client_request_id);
  if (retry_count > 0) append_header(out, retry_count_name, retries.text());
  append_header(out, length_name, length.text());
  out.append(line_end).append(body);
  return out;
}

}  // namespace corochain::codec
