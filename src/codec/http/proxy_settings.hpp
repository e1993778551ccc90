// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

#include "codec/http/http_request.hpp"
#include "codec/http/url.hpp"
#include "corochain/core/secret.hpp"

// Proxies as the options and the environment name them. `models/service_settings` decides with it how an
// endpoint is reached; the transport sends `connect_head` when it opens a tunnel.
namespace corochain::codec {

/// The parts of a proxy's URL.
struct proxy_address {
  url where;
  /// The value of `Proxy-Authorization`; empty without credentials.
  Secret authorization;
};

/// Parses `http://[user:password@]host:port` and decodes percent-encoding in the credentials. Throws a
/// `ConfigError` that names `option_name` and quotes nothing, for https proxies as well.
proxy_address parse_proxy(std::string_view text, std::string_view option_name);

/// Whether `no_proxy`, in the form of the variable NO_PROXY, excepts an endpoint. It lists names with all
/// names below them (a leading dot or `*.` changes nothing), `name:port`, addresses, networks (`10.0.0.0/8`,
/// `10.*`) and `*`, separated by commas, semicolons or blanks. Other parts except nothing.
bool excepted_from_proxy(std::string_view no_proxy, const url& endpoint);

/// Whether an endpoint is this machine by its name: `localhost` and names below it, 127.0.0.0/8, ::1.
bool is_loopback(const url& endpoint);

/// Makes the head of the request that asks a proxy to connect to `endpoint`, with the proxy's credentials.
request_head connect_head(const url& endpoint, const proxy_address& proxy, std::string_view user_agent);

}  // namespace corochain::codec
