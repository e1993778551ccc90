// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "codec/http/http_request.hpp"
#include "codec/http/url.hpp"
#include "corochain/core/secret.hpp"
#include "transport/tls_context.hpp"

namespace corochain::transport {

/// A proxy that is addressed in plain HTTP: by CONNECT for https targets, with absolute request targets for
/// http (RFC 9112 section 3.2).
struct proxy_endpoint {
  /// The name as it is looked up, or an address.
  std::string host;
  std::uint16_t port = 0;
  bool host_is_address = false;
  /// The CONNECT request for an https target. It may hold credentials.
  std::optional<codec::request_head> connect;
  /// The value of `Proxy-Authorization` in the requests for an http target. Empty without credentials.
  Secret authorization;
  /// Tells proxies and their credentials apart, without containing the credentials: it is part of keys that
  /// outlive them.
  std::string key;
};

/// The destination of requests. Endpoints with equal keys share connections: the key holds scheme, host,
/// port, proxy and TLS settings.
///
/// Immutable. A model makes one and shares it with its exchanges and their connections. It holds no
/// credential of the service, because idle connections keep it for longer than any model lives.
struct endpoint {
  /// Reads the certificates of `options`. Throws a `ConfigError` that names the option that cannot be used.
  endpoint(const codec::url& where, const TlsOptions& options,
           std::optional<proxy_endpoint> through = std::nullopt);

  /// The name as certificates have it, or an address.
  std::string host;
  /// The same name, or with a dot at its end if the URL had one.
  std::string lookup_host;
  std::uint16_t port;
  bool host_is_address;
  /// Null for plain HTTP.
  std::shared_ptr<tls_context> tls;
  /// Empty for a direct connection.
  std::optional<proxy_endpoint> proxy;
  /// The origin, as "https://host:port", for logs and snapshots.
  std::string name;
  /// The key of its connections and of the TLS sessions that they can resume. For this process only: it holds
  /// an address of memory.
  std::string key;

  /// The host that the TCP connection is opened to: the proxy if there is one.
  const std::string& connect_host() const noexcept { return proxy ? proxy->host : lookup_host; }
  std::uint16_t connect_port() const noexcept { return proxy ? proxy->port : port; }
  bool connect_host_is_address() const noexcept { return proxy ? proxy->host_is_address : host_is_address; }
};

}  // namespace corochain::transport
