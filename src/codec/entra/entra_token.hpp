// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/secret.hpp"

// The texts of token requests and their answers. `models/token_endpoint` sends the requests, for all kinds of
// credentials; `models/entra_credentials` and `models/managed_identity` know the fields.
namespace corochain::codec {

/// Writes `application/x-www-form-urlencoded`, with names and values percent-encoded. The result may hold a
/// credential: the caller wipes it.
std::string form_body(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

/// The answer of a token endpoint, of Entra ID or of a managed identity.
struct granted_token {
  granted_token() = default;
  // The value of `Authorization`, behind "Bearer ".
  Secret token;
  // At most a year from the request: a later time is not believed.
  std::chrono::system_clock::time_point expires_on{};
};

/// Reads a token endpoint's answer: `access_token`, and `expires_in` (seconds) or else `expires_on` (seconds
/// since 1970), each as a number or as text. `now` is the time of the request.
///
/// Throws `AuthenticationError` if the endpoint refuses, with its AADSTS code in the text and its words in
/// `server_message()`; `ResponseFormatError` if the answer is no token; else the error of its status.
granted_token read_token_answer(int status, std::string_view body, std::chrono::system_clock::time_point now);

}  // namespace corochain::codec
