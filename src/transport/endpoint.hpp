// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "codec/url.hpp"
#include "transport/tls_context.hpp"

namespace corochain::transport {

/// Where requests go. Connections are shared by all whose key is equal: scheme, host, port and TLS settings.
struct endpoint {
  endpoint(const codec::url& where, const TlsOptions& options);

  std::string host;
  std::uint16_t port;
  bool host_is_address;
  std::shared_ptr<tls_context> tls;  // null for plain HTTP
  std::string key;
};

}  // namespace corochain::transport
