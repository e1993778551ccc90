// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "codec/header_fields.hpp"
#include "codec/url.hpp"
#include "corochain/core/secret.hpp"

namespace corochain::codec {

/// The part of a POST request's head that is the same for all calls of a model: request line, Host,
/// User-Agent, Content-Type, Accept and the user's own headers, whose values may be secrets. Its memory is wiped.
class request_head {
 public:
  /// `target` is the request target: path and query, or the absolute form for a proxy. User-Agent,
  /// Content-Type and Accept may be replaced by `extra`, the provider's headers, and by `own`, the user's. A
  /// `ConfigError` for headers that `check_user_header` refuses. `proxy_authorization` is the value of that header,
  /// for a proxy that passes the request on; empty: none.
  request_head(const url& server, std::string_view target, std::string_view user_agent,
               const header_fields& extra, const Headers& own = Headers(),
               std::string_view accept = "application/json", const Secret& proxy_authorization = Secret());

  std::string_view text() const noexcept { return text_.reveal(); }

 private:
  Secret text_;
};

/// The header by which Azure's services are told how the client names a request: a UUID.
inline constexpr std::string_view client_request_id_name = "x-ms-client-request-id";

/// Head and body of one attempt in one piece, so that one write sends both.
///
/// The header `credential_header_name: credential_prefix credential` is left out when the credential is
/// empty, and so are `Idempotency-Key` and `x-ms-client-request-id`. `x-corochain-retry-count` is sent on retries
/// only. A credential with control bytes is a `ConfigError` that names its header. `own` are headers of this call,
/// which replace those of the same name in `head`; null for none.
///
/// The result holds the credentials, also the proxy's: whoever keeps it wipes it (`corochain::wipe`) when it is sent.
/// It is allocated once, so that no copy stays behind in released memory.
std::string build_request(const request_head& head, std::string_view credential_header_name,
                          std::string_view credential_prefix, const Secret& credential,
                          std::string_view idempotency_key, int retry_count, std::string_view body,
                          std::string_view client_request_id = {}, const Headers* own = nullptr);

}  // namespace corochain::codec
