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
  // A name with a final dot may have another address than the one without: no search list is applied.
  if (where.host_is_rooted) key += '.';
  // Equal options share one context while it is in use, and the endpoint holds it: its address identifies
  // them.
  if (proxy) key += '@' + proxy->key;
  if (tls) key += '#' + std::to_string(reinterpret_cast<std::uintptr_t>(tls.get()));
}

}  // namespace corochain::transport
