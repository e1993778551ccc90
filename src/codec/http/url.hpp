// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The addresses of endpoints and proxies. `models` parses them from options, and the transport keys its pools
// by them.
namespace corochain::codec {

/// The parts of an http or https URL.
///
/// Boost.URL is not used: its symbols could collide with a consumer's, and errors have to quote nothing of
/// the text.
struct url {
  bool tls = true;
  /// Lower case. An IPv6 address is without its brackets, a name without the dot at its end.
  std::string host;
  std::uint16_t port = 443;
  /// As given, with percent-encoding and trailing slashes; may be empty.
  std::string path;
  /// As given, without the question mark.
  std::string query;
  /// The host is an IPv4 or IPv6 literal: no name look-up, no SNI.
  bool host_is_address = false;
  /// Whether the name was given with a dot at its end. Such a name is looked up as it is, and not below the
  /// domains of the system's settings. Certificates, SNI and virtual hosts know no such dot.
  bool host_is_rooted = false;

  /// The host for the name look-up.
  std::string lookup_host() const { return host_is_rooted ? host + '.' : host; }

  /// The value of the Host header. It has the port only if that is not the scheme's default.
  std::string host_header() const;
  /// "https://host" or "https://host:8443".
  std::string origin() const;

  friend bool operator==(const url&, const url&) = default;
};

/// Parses an absolute http or https URL. Throws a `ConfigError` for any other text, and for credentials or a
/// fragment in it. The error names `option_name`, says what is wrong, and quotes nothing of the text.
url parse_url(std::string_view text, std::string_view option_name);

/// Whether a host is the domain itself or a name below it. Both are without a dot at the end.
bool is_in_domain(std::string_view host, std::string_view domain) noexcept;

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3, so that the text is one path
/// segment.
std::string percent_encode_segment(std::string_view text);
/// Does the same for one name or value of a query. A space becomes %20.
std::string percent_encode_query(std::string_view text);
/// Decodes each percent sign with two hexadecimal digits. Everything else stays.
std::string percent_decode(std::string_view text);

/// Returns the path without the slashes at its end.
std::string_view without_trailing_slashes(std::string_view path) noexcept;
/// Returns the request target of a call under a base URL, such as `https://api.openai.com/v1`:
/// `{path}{operation}` and the query, if any. A path that already ends with `operation` is used as it is.
std::string target_below(const url& base, std::string_view operation);

}  // namespace corochain::codec
