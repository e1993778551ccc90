// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "codec/http/header_fields.hpp"
#include "codec/http/http_request.hpp"
#include "codec/http/url.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/token_provider.hpp"
#include "transport/endpoint.hpp"

namespace corochain::models {

// Requests for tokens over HTTP, for the credentials of Entra ID: one request and its repetitions, without
// the records, gates and budgets of a `model_call`. A fetch is a part of the call that needs the token, and
// is short.

/// The body of a request, and the secret in it, which is masked in what the endpoint says.
struct token_form {
  token_form(std::string written, Secret hidden) : text(std::move(written)), secret(std::move(hidden)) {}
  std::string text;
  Secret secret;
};

/// One way to ask an endpoint for a token. Immutable once it is complete; shared by the attempts of a fetch.
struct token_request {
  std::shared_ptr<const transport::endpoint> to;
  /// The method, the target, and the fields without a secret.
  codec::request_head head;
  /// The time limit of a fetch, its repetitions included.
  std::chrono::steady_clock::duration timeout;
  /// A field whose value is a secret, if the endpoint asks for one.
  std::string secret_name{};
  Secret secret{};
  /// Writes the body; null for GET. Its text is overwritten after use.
  std::function<token_form()> body{};
  /// Makes the secret that answers a 401 from the fields of its head. The secret is sent as
  /// `Authorization: Basic` instead of `secret`. Null if a 401 is final.
  std::function<Secret(const codec::header_fields&)> answer_challenge{};
};

/// The head of a request for a token. Throws a `ConfigError` for a target that is none.
codec::request_head token_request_head(const char* method, const codec::url& where,
                                       const std::string& target);

/// Asks for a token up to three times, within the request's timeout, which bounds the waits between as well.
/// Throws the errors that `EntraOptions` lists. The endpoint's text is kept without the secrets of the
/// request. A cancel closes the connection.
awaitable<AccessToken> ask_for_token(std::shared_ptr<const token_request> request);

}  // namespace corochain::models
