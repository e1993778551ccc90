// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "codec/http/header_fields.hpp"
#include "codec/http/url.hpp"
#include "corochain/core/header_value.hpp"
#include "corochain/core/secret.hpp"

// A request as values. `models` makes a head once for each model and a request for each attempt;
// `transport/http1_request_writer` writes them.
namespace corochain::codec {

/// The part of a request's head that is the same for all requests of a kind. The values of its fields may be
/// secrets: their memory is wiped.
struct request_head {
  /// Throws a `ConfigError` if the target is empty or holds a blank or a control byte.
  request_head(std::string_view method, std::string_view host, std::string_view target);

  std::string method;
  /// The value of `Host`.
  std::string host;
  /// Path and query; the absolute form for a proxy; `host:port` for `CONNECT`.
  std::string target;
  /// The other fields, in the order in which they are sent.
  Headers fields;
};

/// Makes the head of a model's POST requests: User-Agent, Content-Type, Accept and the user's own fields.
///
/// `extra`, the provider's fields, and `own`, the user's, may replace User-Agent, Content-Type and Accept.
/// Throws a `ConfigError` for fields that `check_user_header` refuses. `proxy_authorization` is the value of
/// that field, for a proxy that passes the request on; if empty, the field is not sent.
request_head model_request_head(const url& server, std::string_view target, std::string_view user_agent,
                                const header_fields& extra, const Headers& own = Headers(),
                                std::string_view accept = "application/json",
                                const Secret& proxy_authorization = Secret());

/// The header that holds the client's name for a request to Azure's services: a UUID.
inline constexpr std::string_view client_request_id_name = "x-ms-client-request-id";

/// One attempt's request. It refers to its parts, which must live until it was sent, and copies and allocates
/// nothing. Its values are checked here, so that the transport only writes them.
class http_request {
 public:
  explicit http_request(const request_head& head, std::string_view body = {}) noexcept
      : head_(head), body_(body) {}

  /// Sets the field `name: prefix credential`, or none if the credential is empty. Throws a `ConfigError`
  /// that names the field, and quotes nothing of it, for control bytes.
  void set_credential(std::string_view name, std::string_view prefix, const Secret& credential);
  /// Sets the fields of this request alone, which replace those of the same name in the head. Throws a
  /// `ConfigError` for fields that `check_user_header` refuses, and for that of the credential, which has to
  /// be set before.
  void set_own_fields(const Headers& own);
  /// Adds one more field, or none if the value is empty. `name` is known to be a token. Throws a
  /// `ConfigError` for a value with control bytes. Call it at most `most_fields` times.
  void add_field(std::string_view name, std::string_view value);

  /// Room for the fields that a call adds by itself, such as `Idempotency-Key`, the count of retries and the
  /// client's request id.
  static constexpr std::size_t most_fields = 4;

  const request_head& head() const noexcept { return head_; }
  std::span<const Headers::value_type> own_fields() const noexcept { return own_; }
  /// Whether a field of the head is sent: no field of this request alone replaces it.
  bool sends(const Headers::value_type& head_field) const noexcept;
  std::span<const header_field> fields() const noexcept { return {fields_.data(), field_count_}; }
  std::string_view credential_name() const noexcept { return credential_name_; }
  std::string_view credential_prefix() const noexcept { return credential_prefix_; }
  /// Null if there is none.
  const Secret* credential() const noexcept { return credential_; }
  std::string_view body() const noexcept { return body_; }

 private:
  const request_head& head_;
  std::span<const Headers::value_type> own_;
  std::array<header_field, most_fields> fields_{};
  std::size_t field_count_ = 0;
  std::string_view credential_name_, credential_prefix_;
  const Secret* credential_ = nullptr;
  std::string_view body_;
};

}  // namespace corochain::codec
