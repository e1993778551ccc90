// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// URLs, request targets and headers: what is accepted says the same when it is written again, and breaks no
// head.
#include "codec/http/url.hpp"

#include <algorithm>

#include "codec/http/azure_url.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/http_request.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"
#include "support/request_text.hpp"

namespace corochain::fuzz {
namespace {

void check_refusal(const ConfigError& error) {
  require(is_plain(error.what()) && !may_quote(error.what()), "a refusal is plain and quotes nothing");
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::optional<codec::url> parsed(std::string_view text) {
  try {
    return codec::parse_url(text, "endpoint");
  } catch (const ConfigError& error) {
    check_refusal(error);
    return std::nullopt;
  }
}

void check_url(const codec::url& at) {
  require(!at.host.empty() && is_printable(at.host), "a host is a name");
  require(at.port != 0, "a port is a number");
  require(is_printable(at.path) && is_printable(at.query), "path and query may stand in a request");
  require(at.path.empty() || at.path.front() == '/', "a path begins with a slash");
  std::string again = at.origin() + at.path;
  if (!at.query.empty()) again += "?" + at.query;
  codec::url plain = at;
  plain.host_is_rooted = false;  // it is looked up with the dot, and else known without it
  require(parsed(again) == plain, "written again it says the same");
  require(!at.host.ends_with('.'), "the dot of the root is no part of the host");
}

std::size_t lines_in(std::string_view head) {
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string_view::npos; at += 2) ++lines;
  require(static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n')) == lines &&
              static_cast<std::size_t>(std::count(head.begin(), head.end(), '\r')) == lines,
          "line breaks are the library's alone");
  require(head.find('\0') == std::string_view::npos, "no zero byte is sent");
  return lines;
}

void check_head(const codec::url& at, std::string_view target, std::string_view name,
                std::string_view value) {
  codec::header_fields extra;
  extra.add(name, value);
  try {
    const std::string head = test::head_text(codec::model_request_head(at, target, "corochain", extra));
    const bool replaced =
        codec::header_fields(extra).find("User-Agent") || extra.find("Content-Type") || extra.find("Accept");
    require(lines_in(head) == (replaced ? 8u : 9u), "one line for each header");
    require(head.starts_with("POST " + std::string(target) + " HTTP/1.1\r\n"), "the target is sent as it is");
  } catch (const ConfigError& error) {
    if (!may_quote(name)) check_refusal(error);  // the name of a header is quoted
  }
}

void check_encoding(std::string_view text) {
  const std::string encoded = codec::percent_encode_segment(text);
  require(is_printable(encoded) && encoded.find_first_of("/?#&=+ ") == std::string::npos,
          "a segment stays one");
  std::string decoded;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      decoded += encoded[i];
      continue;
    }
    decoded += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
    i += 2;
  }
  require(decoded == text, "decoded it is the same");
}

void check_targets(const codec::url& at, std::string_view deployment, std::string_view version) {
  const std::string plain = codec::target_below(at, "/chat/completions");
  require(is_printable(plain) && plain.front() == '/', "a target is a path");
  try {
    const codec::azure_address address = codec::read_azure_address(at, "endpoint");
    const std::string target = codec::azure_target(address, deployment, version, "/chat/completions");
    require(is_printable(target) && target.front() == '/', "a target is a path");
  } catch (const ConfigError& error) {
    check_refusal(error);
  }
}

}  // namespace

/// A URL, a request target or deployment, the name and the value of a header.
void one_input(std::string_view input) {
  const auto part = fields(input, 4, 4);
  check_encoding(part[1]);
  auto at = parsed(part[0]);
  if (at) check_url(*at);
  if (!at) at = codec::parse_url("https://host", "endpoint");
  check_targets(*at, part[1], part[3]);
  check_head(*at, part[1], part[2], part[3]);
}

}  // namespace corochain::fuzz
