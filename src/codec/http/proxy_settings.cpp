// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/proxy_settings.hpp"

#include <algorithm>
#include <charconv>

#include "codec/http/base64.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/ip_address.hpp"
#include "core/secret_buffer.hpp"
#include "corochain/core/error.hpp"

// NO_PROXY has no standard. This reads the forms that curl, Go and Python agree on, and those of Windows.
namespace corochain::codec {
namespace {

/// Whether an address is in a network, such as 10.0.0.0/8. A text that is no network contains nothing.
bool in_network(const ip_address& address, std::string_view network) {
  const std::size_t slash = network.find('/');
  const ip_address base = read_ip_address(network.substr(0, slash));
  const std::string_view length = network.substr(slash + 1);
  std::size_t bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits > base.bits) return false;
  if (base.bits == 0 || base.bits != address.bits) return false;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    if ((address.bytes[bit / 8] & mask) != (base.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

/// Whether one part of NO_PROXY names the endpoint.
bool excepts(std::string_view part, const url& endpoint) {
  if (part == "*") return true;
  const ip_address address = read_ip_address(endpoint.host);
  if (part.find('/') != std::string_view::npos) return address.bits != 0 && in_network(address, part);
  // An IPv6 address has colons of its own, so a port follows it only behind brackets.
  const bool brackets = part.starts_with('[');
  const std::size_t colon = part.rfind(':');
  const bool one_colon = colon != std::string_view::npos && part.find(':') == colon;
  if (one_colon || (brackets && colon != std::string_view::npos && part[colon - 1] == ']')) {
    if (part.substr(colon + 1) != std::to_string(endpoint.port)) return false;
    part = part.substr(0, colon);
  }
  if (brackets && part.ends_with(']')) part = part.substr(1, part.size() - 2);
  // "10.*" stands for the network, as "10.*.*.*" does.
  while (part.ends_with(".*.*")) part.remove_suffix(2);
  if (part.ends_with(".*") && address.bits == 32)
    return std::string_view(endpoint.host).starts_with(part.substr(0, part.size() - 1));
  // Addresses are compared as numbers: "::1" and "0:0:0:0:0:0:0:1" are the same.
  const ip_address named = read_ip_address(part);
  if (named.bits != 0 || address.bits != 0) return named.bits == address.bits && named.bytes == address.bytes;
  if (part.starts_with("*.")) part.remove_prefix(1);
  if (part.starts_with('.')) part.remove_prefix(1);
  // The endpoint's name has lost its dot, too.
  if (part.ends_with('.')) part.remove_suffix(1);
  return !part.empty() && is_in_domain(endpoint.host, part);
}

}  // namespace

proxy_address parse_proxy(std::string_view text, std::string_view option_name) {
  // The text holds a password. These buffers are wiped, and the memory is reserved, so that no copy stays
  // behind.
  detail::secret_buffer whole{std::string()}, credentials{std::string()};
  std::string& plain = whole.text;
  plain.reserve(std::string_view("http://").size() + text.size());
  if (text.find("://") == std::string_view::npos) plain += "http://";
  plain += text;
  const std::size_t start = plain.find("://") + 3;
  const std::size_t end = std::min(plain.find_first_of("/?#", start), plain.size());
  // A password may hold "@": the last one ends the credentials.
  const std::size_t at = plain.rfind('@', end);
  if (at != std::string::npos && at >= start && at < end) {
    credentials.text = percent_decode(std::string_view(plain).substr(start, at - start));
    check_no_control_bytes(std::string(option_name) + ": user name or password", credentials.view());
    plain.erase(start, at + 1 - start);
  }
  proxy_address proxy;
  proxy.where = parse_url(plain, option_name);
  if (proxy.where.tls)
    throw ConfigError(std::string(option_name) +
                      ": a proxy that is itself reached over https is not supported; give it as http://...");
  if (!credentials.text.empty()) {
    const detail::secret_buffer encoded(encode_base64(credentials.view()));
    const detail::secret_buffer value("Basic " + encoded.text);
    proxy.authorization = Secret(value.view());
  }
  return proxy;
}

bool excepted_from_proxy(std::string_view no_proxy, const url& endpoint) {
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(",; \t"), no_proxy.size());
    const std::string_view part = no_proxy.substr(0, end);
    if (!part.empty() && excepts(part, endpoint)) return true;
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
  }
  return false;
}

bool is_loopback(const url& endpoint) { return excepted_from_proxy("localhost,127.0.0.0/8,::1", endpoint); }

request_head connect_head(const url& endpoint, const proxy_address& proxy, std::string_view user_agent) {
  // The proxy looks the name up.
  std::string host = endpoint.lookup_host();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  host += ":" + std::to_string(endpoint.port);
  request_head made("CONNECT", host, host);
  made.fields.emplace_back("User-Agent", user_agent);
  if (!proxy.authorization.empty()) made.fields.emplace_back("Proxy-Authorization", proxy.authorization);
  return made;
}

}  // namespace corochain::codec
