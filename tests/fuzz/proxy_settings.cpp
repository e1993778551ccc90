// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Proxies: what is accepted asks for the endpoint in one sound head, and refusals show no credential.
#include "codec/http/proxy_settings.hpp"

#include <algorithm>

#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"
#include "transport/http1_request_writer.hpp"

namespace corochain::fuzz {
namespace {

void check_request(const codec::proxy_address& proxy, const codec::url& endpoint) {
  const codec::request_head head = codec::connect_head(endpoint, proxy, "corochain");
  const codec::http_request sent(head);
  const transport::http1_request_writer writer(sent);
  const std::string request(writer.unwritten());
  require(request.starts_with("CONNECT ") && request.ends_with("\r\n\r\n"), "a request is a head");
  const auto lines = std::count(request.begin(), request.end(), '\n');
  require(lines == (proxy.authorization.empty() ? 4 : 5), "one line for each header");
  require(std::all_of(request.begin(), request.end(),
                      [](char c) { return c == '\r' || c == '\n' || (c >= 0x20 && c < 0x7F); }),
          "a head is printable");
}

void check_exceptions(std::string_view no_proxy, const codec::url& endpoint) {
  const bool excepted = codec::excepted_from_proxy(no_proxy, endpoint);
  const std::string list(no_proxy);
  require(!excepted || codec::excepted_from_proxy(list + ",example.invalid", endpoint),
          "more exceptions take none away");
  require(!excepted || codec::excepted_from_proxy("example.invalid " + list, endpoint),
          "more exceptions take none away");
  require(codec::excepted_from_proxy(list + ",*", endpoint), "a star excepts all");
  require(codec::excepted_from_proxy(list + "," + endpoint.host, endpoint), "a host excepts itself");
}

}  // namespace

/// A proxy, exceptions, an endpoint.
void one_input(std::string_view input) {
  const auto part = fields(input, 3, 3);
  codec::url endpoint = codec::parse_url("https://api.example.com:8443", "endpoint");
  try {
    endpoint = codec::parse_url(part[2], "endpoint");
  } catch (const ConfigError&) {
  }
  check_exceptions(part[1], endpoint);
  try {
    const codec::proxy_address proxy = codec::parse_proxy(part[0], "proxy");
    require(!proxy.where.tls && !proxy.where.host.empty(), "a proxy is a host");
    check_request(proxy, endpoint);
  } catch (const ConfigError& error) {
    require(is_plain(error.what()) && !may_quote(error.what()), "a refusal is plain and quotes nothing");
  }
}

}  // namespace corochain::fuzz
