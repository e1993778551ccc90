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
/// http.
struct proxy_endpoint {
  std::string host;  ///< as it is looked up
  std::uint16_t port = 0;
  bool host_is_address = false;
  /// The CONNECT request for an https target. It may hold credentials.
  std::optional<codec::request_head> connect;
  /// The value of `Proxy-Authorization` in the requests for an http target. Empty without credentials.
  Secret authorization;
  std::string key;  ///< tells proxies and their credentials apart, without containing the credentials
};

/// The destination of requests. Endpoints with equal keys share connections: the key holds scheme, host,
/// port, proxy and TLS settings.
struct endpoint {
  endpoint(const codec::url& where, const TlsOptions& options,
           std::optional<proxy_endpoint> through = std::nullopt);

  std::string host;         ///< as certificates name it
  std::string lookup_host;  ///< the same, or with a dot at its end
  std::uint16_t port;
  bool host_is_address;
  std::shared_ptr<tls_context> tls;     // null for plain HTTP
  std::optional<proxy_endpoint> proxy;  // empty for a direct connection
  std::string name;                     ///< "https://host:port", for logs and snapshots
  std::string key;

  /// The host that the TCP connection is opened to: the proxy if there is one.
  const std::string& connect_host() const noexcept { return proxy ? proxy->host : lookup_host; }
  std::uint16_t connect_port() const noexcept { return proxy ? proxy->port : port; }
  bool connect_host_is_address() const noexcept { return proxy ? proxy->host_is_address : host_is_address; }
};

}  // namespace corochain::transport
