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
/// User-Agent, Content-Type, Accept and the user's own headers. It holds no secret.
class request_head {
 public:
  /// `target` is the request target: path and query, or the absolute form for a proxy. User-Agent,
  /// Content-Type and Accept may be replaced by `extra`. A `ConfigError` for headers that `check_header`
  /// refuses and for those that are the library's own: framing, connection, credentials, encoding,
  /// idempotency.
  request_head(const url& server, std::string_view target, std::string_view user_agent,
               const header_fields& extra);

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// Head and body of one attempt in one piece, so that one write sends both.
///
/// The header `credential_header_name: credential_prefix credential` is left out when the credential is
/// empty, and `Idempotency-Key` when the key is. `x-corochain-retry-count` is sent on retries only. A
/// credential with control bytes is a `ConfigError` that names its header.
///
/// The result holds the credential: whoever keeps it wipes it (`corochain::wipe`) when it is sent. It is
/// allocated once, so that no copy stays behind in released memory.
std::string build_request(const request_head& head, std::string_view credential_header_name,
                          std::string_view credential_prefix, const Secret& credential,
                          std::string_view idempotency_key, int retry_count, std::string_view body);

}  // namespace corochain::codec
