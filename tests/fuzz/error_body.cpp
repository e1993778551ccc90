// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Error bodies of any kind: always a typed error with its status, in our own words, with bounded excerpts.
#include "codec/chat_completions/error_body.hpp"

#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

void check_excerpt(std::string_view text, std::size_t most) {
  require(text.size() <= most, "an excerpt is bounded");
  require(!detail::invalid_utf8_at(text), "an excerpt is text");
}

}  // namespace

/// The status, the value of Location, of x-should-retry, and the body.
void one_input(std::string_view input) {
  const auto part = fields(input, 4, 4);
  int status = 400;
  if (!part[0].empty())
    status = 300 + static_cast<unsigned char>(part[0][0]) % 32 * 10 +
             static_cast<unsigned char>(part[0].back()) % 10;
  codec::header_fields headers;
  headers.add("Location", part[1]);
  headers.add("x-should-retry", part[2]);
  headers.add("x-request-id", "req-1");
  try {
    codec::http_error read = codec::read_http_error(status, headers, part[3], std::nullopt);
    throw_error(read.kind, std::move(read.message), std::move(read.details));
  } catch (const Error& error) {
    require(error.http_status() == status, "the error has the status");
    require(error.kind() != ErrorKind::other, "the error has a kind");
    require(is_plain(error.what()) && !may_quote(error.what()), "our own words are plain");
    check_excerpt(error.server_message(), codec::server_message_limit);
    check_excerpt(error.details().server_code, 256);
    check_excerpt(error.details().param, 256);
    check_excerpt(error.request_id(), 128);
    require(!part[3].empty() || error.server_message().empty(), "no words come from nowhere");
    require(error.details().categories.size() <= 64, "categories are bounded");
    for (const std::string& name : error.details().categories) check_excerpt(name, 256);
    if (error.kind() == ErrorKind::quota_exceeded)
      require(!error.retryable(), "a used up quota does not come back");
    return;
  }
}

}  // namespace corochain::fuzz
