// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/entra/entra_token.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "codec/ascii.hpp"
#include "codec/chat_completions/error_report.hpp"
#include "codec/http/url.hpp"
#include "codec/json/json_events.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

// Entra ID and the managed identity endpoints of virtual machines, App Service and Azure Arc answer with the
// same members, but in different types: numbers, or texts that hold a number.
namespace corochain::codec {
namespace {

/// Returns nothing for any text that is not a whole number from its first to its last byte.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Reads the members of the answer that are used.
class token_reader final : public json_visitor {
 public:
  Secret token;
  std::optional<std::int64_t> expires_in, expires_on;
  std::string error, description;

  void on_object() override { ++depth_; }
  void on_array() override { ++depth_; }
  void on_end() override { --depth_; }
  bool on_key(std::string_view key) override {
    if (depth_ == 1) key_ = key;
    return depth_ == 1;
  }
  void on_number(const json_number& number) override {
    if (depth_ != 1) return;
    if (key_ == "expires_in") expires_in = number.whole;
    if (key_ == "expires_on") expires_on = number.whole;
  }
  void on_text(std::string_view text) override {
    if (depth_ != 1) return;
    // The token goes into memory that is wiped. The other texts are bounded: they end up in errors.
    if (key_ == "access_token") token = Secret(text);
    if (key_ == "expires_in") expires_in = whole_number(text);
    if (key_ == "expires_on") expires_on = whole_number(text);
    if (key_ == "error") error = detail::utf8_excerpt(text, 128);
    if (key_ == "error_description") description = detail::utf8_excerpt(text, server_message_limit);
  }

 private:
  std::size_t depth_ = 0;
  std::string key_;
};

/// Finds "AADSTS700016" and the like in a description. Empty if there is none. The code says more than the
/// status, and may be quoted: unlike the description around it, it holds no name of a tenant or a user.
std::string aadsts_code(std::string_view description) {
  const std::size_t at = description.find("AADSTS");
  if (at == std::string_view::npos) return {};
  std::size_t end = at + 6;
  // Codes have five to seven digits. The bound keeps anything else out of our text.
  while (end < description.size() && is_ascii_digit(description[end]) && end - at < 16) ++end;
  return std::string(description.substr(at, end - at));
}

}  // namespace

std::string form_body(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string out;
  std::size_t size = 0;
  for (const auto& [name, value] : fields) size += 3 * (name.size() + value.size()) + 2;
  // No copy of a credential stays in released memory.
  out.reserve(size);
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    std::string encoded = percent_encode_query(value);
    out.append(percent_encode_query(name)).append("=").append(encoded);
    wipe(encoded);
  }
  return out;
}

/// The body of a refusal need not be JSON: proxies answer, too.
granted_token read_token_answer(int status, std::string_view body,
                                std::chrono::system_clock::time_point now) {
  token_reader read;
  const bool is_json = visit_json(body, read).problem == json_problem::none;
  ErrorDetails details;
  details.answered = true;
  details.http_status = status;
  if (status < 200 || status > 299) {
    details.server_message =
        read.description.empty() ? detail::utf8_excerpt(body, server_message_limit) : read.description;
    // The name of the refusal, such as `invalid_client` (RFC 6749 section 5.2).
    details.server_code = read.error;
    const std::string code = aadsts_code(read.description);
    // Everything else would fail again: the request names the wrong tenant, client or credential.
    if (status == 429 || status >= 500)
      throw_error(status == 429 ? ErrorKind::rate_limit : ErrorKind::server,
                  "the token endpoint answered with HTTP " + std::to_string(status) + "; try again later",
                  std::move(details));
    throw AuthenticationError("the token endpoint gave no token (HTTP " + std::to_string(status) +
                                  (code.empty() ? "" : ", " + code) +
                                  "); check tenant, client and credential, and that the identity exists; "
                                  "server_message() has its reason",
                              std::move(details));
  }
  if (!is_json || read.token.empty())
    throw ResponseFormatError("the token endpoint's answer holds no access_token; check its address",
                              std::move(details));
  granted_token granted;
  granted.token = std::move(read.token);
  // A number from outside must not overflow the clock.
  constexpr std::int64_t longest = std::int64_t{366} * 24 * 3600;
  // A duration is better than a time: the clocks of the machines may differ.
  if (read.expires_in && *read.expires_in > 0)
    granted.expires_on = now + std::chrono::seconds(std::min(*read.expires_in, longest));
  else if (read.expires_on && *read.expires_on > 0)
    granted.expires_on = std::min(now + std::chrono::seconds(longest),
                                  std::chrono::system_clock::time_point(std::chrono::seconds(
                                      std::min<std::int64_t>(*read.expires_on, std::int64_t{1} << 33))));
  else
    throw ResponseFormatError(
        "the token endpoint's answer does not say when the token ends; check its address",
        std::move(details));
  return granted;
}

}  // namespace corochain::codec
