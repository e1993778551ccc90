// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/secret.hpp"

namespace corochain::codec {

/// `application/x-www-form-urlencoded`, names and values percent-encoded. It may hold a credential: whoever keeps it
/// wipes it.
std::string form_body(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

/// What a token endpoint of Entra ID, or a managed identity's, gave.
struct granted_token {
  granted_token() = default;
  Secret token;
  std::chrono::system_clock::time_point expires_on{};
};

/// Reads a token endpoint's answer: `access_token`, and `expires_in` (seconds) or else `expires_on` (seconds since
/// 1970), each as a number or as text. `now` is when it was asked.
///
/// Throws `AuthenticationError` when the endpoint refuses, with its AADSTS code in the text and its words in
/// `server_message()`; `ResponseFormatError` when the answer is no token; the error of its status else.
granted_token read_token_answer(int status, std::string_view body, std::chrono::system_clock::time_point now);

}  // namespace corochain::codec
