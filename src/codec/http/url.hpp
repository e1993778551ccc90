// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace corochain::codec {

/// An http or https URL, taken apart.
struct url {
  bool tls = true;
  std::string host;  ///< lower case; an IPv6 address without its brackets; a name without the dot at its end
  std::uint16_t port = 443;
  std::string path;              ///< as given, percent-encoding and trailing slashes included; may be empty
  std::string query;             ///< as given, without the question mark
  bool host_is_address = false;  ///< an IPv4 or IPv6 literal: no name look-up, no SNI
  /// The name was given with a dot at its end: it is looked up as it stands, and not below the domains that the
  /// system's settings add. Certificates, SNI and virtual hosts know no such dot.
  bool host_is_rooted = false;

  /// The host as it is looked up.
  std::string lookup_host() const { return host_is_rooted ? host + '.' : host; }

  /// For the Host header: the port only where it is not the scheme's own.
  std::string host_header() const;
  /// "https://host" or "https://host:8443".
  std::string origin() const;

  friend bool operator==(const url&, const url&) = default;
};

/// Takes an absolute http or https URL apart. Everything that is no such URL, and credentials or a fragment
/// in it, is a `ConfigError` that names `option_name`, says what is wrong, and quotes nothing of the text.
url parse_url(std::string_view text, std::string_view option_name);

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3, so that the text is one path
/// segment.
std::string percent_encode_segment(std::string_view text);
/// The same for one name or value of a query; a space becomes %20.
std::string percent_encode_query(std::string_view text);
/// The text with each percent sign and two hexadecimal digits as the byte that they stand for; all else stays.
std::string percent_decode(std::string_view text);

}  // namespace corochain::codec
