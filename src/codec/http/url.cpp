// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "codec/ascii.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/ip_address.hpp"
#include "corochain/core/error.hpp"

// A URL comes from a person's configuration, so each error says which option is wrong and how to write it.
// The text may hold a key in the wrong place: it is never quoted.
namespace corochain::codec {
namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;
constexpr std::string_view example = "https://myresource.openai.azure.com";

[[noreturn]] void refuse(std::string_view option_name, std::string_view why) {
  throw ConfigError(std::string(option_name) + ": " + std::string(why));
}

bool is_unreserved(char c) noexcept {
  return is_ascii_alpha(c) || is_ascii_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string percent_encode(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  // A secret must not be reallocated, which leaves copies.
  out.reserve(3 * text.size());
  for (char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

std::optional<unsigned> hex_value(char c) noexcept {
  if (is_ascii_digit(c)) return static_cast<unsigned>(c - '0');
  if (is_ascii_hex_digit(c)) return static_cast<unsigned>(ascii_lower(c) - 'a' + 10);
  return std::nullopt;
}

/// Checks path and query: the characters of RFC 3986 sections 3.3 and 3.4, and percent signs only before two
/// digits.
void check_characters(std::string_view text, std::string_view option_name) {
  static constexpr std::string_view others = "!$&'()*+,;=:@/?";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_unreserved(text[i]) || others.find(text[i]) != std::string_view::npos) continue;
    if (text[i] == '%' && text.size() - i > 2 && is_ascii_hex_digit(text[i + 1]) &&
        is_ascii_hex_digit(text[i + 2]))
      continue;
    refuse(option_name, "the path or query of the URL holds a character that must be percent-encoded");
  }
}

/// Checks a name for resolvers (RFC 1123 section 2.1). Underscores are allowed: container networks use them.
void check_host_name(std::string_view host, std::string_view option_name) {
  // The limits of RFC 1035 section 2.3.4, as text: 253 bytes for a name, 63 for each part.
  if (host.size() > 253) refuse(option_name, "the host name of the URL is longer than 253 bytes");
  std::string_view rest = host;
  // The root of the name system.
  if (rest.ends_with('.')) rest.remove_suffix(1);
  std::string_view label;
  while (true) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    label = rest.substr(0, dot);
    if (label.empty()) refuse(option_name, "the host name of the URL has an empty part");
    if (label.size() > 63) refuse(option_name, "a part of the URL's host name is longer than 63 bytes");
    for (char c : label)
      if (!is_ascii_alpha(c) && !is_ascii_digit(c) && c != '-' && c != '_')
        refuse(option_name,
               "the host name of the URL holds a character that is none of letters, digits, '-' and '.'; "
               "write an international name in its xn-- form, and replace the parts in braces");
    if (dot == rest.size()) break;
    rest.remove_prefix(dot + 1);
  }
  // Some resolvers read "1.2" or "010.0.0.1" as an address of their own making.
  if (std::all_of(label.begin(), label.end(), is_ascii_digit))
    refuse(option_name, "the host of the URL looks like an IPv4 address and is none");
}

std::uint16_t read_port(std::string_view text, std::string_view option_name) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 65535)
    refuse(option_name, "the port of the URL is no number from 1 to 65535");
  return static_cast<std::uint16_t>(value);
}

/// Removes "http://" or "https://" from the front. Returns true for TLS.
bool take_scheme(std::string_view& text, std::string_view option_name) {
  // A scheme may be in upper case (RFC 3986 section 3.1).
  for (const bool tls : {true, false}) {
    const std::string_view scheme = tls ? "https://" : "http://";
    if (!starts_with_ignoring_case(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    return tls;
  }
  if (text.find("://") != std::string_view::npos)
    refuse(option_name, "the URL's scheme is neither https nor http");
  refuse(option_name, "the URL has no scheme; write https://..., as in " + std::string(example));
}

}  // namespace

std::string url::host_header() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? https_port : http_port)) text += ":" + std::to_string(port);
  return text;
}

std::string url::origin() const { return (tls ? "https://" : "http://") + host_header(); }

url parse_url(std::string_view text, std::string_view option_name) {
  if (text.empty()) refuse(option_name, "the URL is empty; write one such as " + std::string(example));
  check_no_control_bytes(option_name, text);
  if (text.find(' ') != std::string_view::npos) refuse(option_name, "the URL holds a space; remove it");
  if (text.find('\\') != std::string_view::npos) refuse(option_name, "the URL holds a backslash; write /");

  url result;
  result.tls = take_scheme(text, option_name);
  if (text.find('#') != std::string_view::npos)
    refuse(option_name, "the URL has a fragment (#...); remove it");

  // The authority ends at the first slash or question mark (RFC 3986 section 3.2).
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, authority_end);
  text.remove_prefix(authority_end);
  if (authority.find('@') != std::string_view::npos)
    refuse(option_name, "the URL holds credentials (user@host); remove them and use the options for keys");

  std::optional<std::string_view> port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos || read_ip_address(authority.substr(1, close - 1)).bits != 128)
      refuse(option_name, "the text in brackets in the URL is no IPv6 address");
    result.host = authority.substr(1, close - 1);
    result.host_is_address = true;
    authority.remove_prefix(close + 1);
    if (authority.starts_with(':'))
      port = authority.substr(1);
    else if (!authority.empty())
      refuse(option_name, "an IPv6 address in the URL is followed by something that is no port");
  } else {
    const std::size_t colon = authority.find(':');
    result.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    if (result.host.empty())
      refuse(option_name, "the URL has no host; write one such as " + std::string(example));
    if (port && port->find(':') != std::string_view::npos)
      refuse(option_name, "the URL has more than one port; write an IPv6 address in brackets");
    result.host_is_address = read_ip_address(result.host).bits == 32;
    if (!result.host_is_address) check_host_name(result.host, option_name);
    result.host_is_rooted = result.host.ends_with('.');
    if (result.host_is_rooted) result.host.pop_back();
  }
  // Host names are case-insensitive. One form of them keys the connection pools.
  std::transform(result.host.begin(), result.host.end(), result.host.begin(), ascii_lower);
  result.port = port ? read_port(*port, option_name) : result.tls ? https_port : http_port;

  check_characters(text, option_name);
  const std::size_t question = text.find('?');
  result.path = text.substr(0, question);
  if (question != std::string_view::npos) result.query = text.substr(question + 1);
  return result;
}

bool is_in_domain(std::string_view host, std::string_view domain) noexcept {
  return ends_with_ignoring_case(host, domain) &&
         (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.');
}

std::string percent_encode_segment(std::string_view text) { return percent_encode(text); }
std::string percent_encode_query(std::string_view text) { return percent_encode(text); }

std::string percent_decode(std::string_view text) {
  std::string out;
  // As above: a secret must not be reallocated.
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    // A percent sign without two digits stays as it is: the text may be a password that was written without
    // encoding.
    const auto high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_value(text[i + 2]) : std::nullopt;
    if (low) {
      out += static_cast<char>(*high << 4 | *low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string_view without_trailing_slashes(std::string_view path) noexcept {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string target_below(const url& base, std::string_view operation) {
  std::string target(without_trailing_slashes(base.path));
  if (!target.ends_with(operation)) target += operation;
  if (!base.query.empty()) target += "?" + base.query;
  return target;
}

}  // namespace corochain::codec
