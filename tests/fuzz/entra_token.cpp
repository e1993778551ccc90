// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Answers of token endpoints: a token that ends some day, or a typed error that shows none of it.
#include "codec/entra/entra_token.hpp"

#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {

/// The status and the body.
void one_input(std::string_view input) {
  const auto part = fields(input, 2, 2);
  int status = 200;
  if (!part[0].empty())
    status = 200 + static_cast<unsigned char>(part[0][0]) % 40 * 10 +
             static_cast<unsigned char>(part[0].back()) % 10;
  const std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};
  try {
    const codec::granted_token granted = codec::read_token_answer(status, part[1], now);
    require(status >= 200 && status <= 299, "a refusal gives no token");
    require(!granted.token.empty(), "a token is not empty");
    require(granted.expires_on <= now + std::chrono::hours(24 * 366),
            "no token is believed for longer than a year");
    require(granted.expires_on > std::chrono::system_clock::time_point(), "a token ends after 1970");
  } catch (const Error& error) {
    require(error.http_status() == status, "the error has the status");
    require(is_plain(error.what()) && !may_quote(error.what()), "our own words are plain");
    require(error.server_message().size() <= codec::server_message_limit, "the excerpt is bounded");
    require(!detail::invalid_utf8_at(error.server_message()), "the excerpt is text");
    require(status > 299 || error.server_message().empty(), "what may hold a token is not quoted");
  }
}

}  // namespace corochain::fuzz
