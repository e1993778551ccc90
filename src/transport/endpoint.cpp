// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/endpoint.hpp"

#include <cstdint>

namespace corochain::transport {

endpoint::endpoint(const codec::url& where, const TlsOptions& options, std::optional<proxy_endpoint> through)
    : host(where.host),
      lookup_host(where.lookup_host()),
      port(where.port),
      host_is_address(where.host_is_address),
      tls(where.tls ? tls_context_for(options) : nullptr),
      proxy(std::move(through)),
      name(where.origin()),
      key(where.origin()) {
  if (where.host_is_rooted) key += '.';  // it may have another address
  // Equal options have one context for as long as it is in use, and this holds it: its address stands for them.
  if (proxy) key += '@' + proxy->key;
  if (tls) key += '#' + std::to_string(reinterpret_cast<std::uintptr_t>(tls.get()));
}

}  // namespace corochain::transport
