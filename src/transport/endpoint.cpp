// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/endpoint.hpp"

namespace corochain::transport {

endpoint::endpoint(const codec::url& where, const TlsOptions& options)
    : host(where.host),
      port(where.port),
      host_is_address(where.host_is_address),
      tls(where.tls ? tls_context_for(options) : nullptr),
      key(where.origin()) {
  // Equal options have one context for as long as it is in use, and this holds it: its address stands for them.
  if (tls) key += '#' + std::to_string(reinterpret_cast<std::uintptr_t>(tls.get()));
}

}  // namespace corochain::transport
