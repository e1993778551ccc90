// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/header_fields.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "codec/ascii.hpp"
#include "corochain/core/error.hpp"

// `find` runs several times for each answer, and the checks for each field of each request. Both look at
// whole words or at one distinguishing byte first.
namespace corochain::codec {
namespace {

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// Returns false only if there is no control byte. Looks at eight bytes at a time.
bool may_hold_control(std::string_view text) noexcept {
  // A byte below 0x20 borrows from its highest bit when 0x20 is subtracted. A byte 0x7F becomes zero, which
  // borrows from 1. Marks may be false for bytes above a true one, which the caller's closer look finds.
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  std::uint64_t found = 0;
  for (std::uint64_t word; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    const std::uint64_t deleted = word ^ (ones * 0x7F);
    found |= ((word - ones * 0x20) & ~word & highs) | ((deleted - ones) & ~deleted & highs);
  }
  return found != 0 || std::any_of(text.begin(), text.end(), is_control);
}

/// RFC 9110 section 5.6.2.
constexpr character_set token_characters("!#$%&'*+-.^_`|~");
bool is_token_character(char c) noexcept { return token_characters.contains(c); }

/// Whether the library writes the header itself, or the header would change how a message is framed, where
/// its connection goes, or what credentials it carries (RFC 9110 section 7.6.1, RFC 9112 section 6).
bool is_our_own(std::string_view name) noexcept {
  for (std::string_view reserved :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "api-key", "Authorization",
        "Accept-Encoding", "Content-Encoding", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
        "Proxy-Authorization", "Proxy-Connection", "Idempotency-Key", "x-corochain-retry-count"})
    if (equal_ignoring_case(name, reserved)) return true;
  return false;
}

}  // namespace

void header_fields::add(std::string_view name, std::string_view value) {
  // Enough for the head of most answers.
  if (places_.empty()) {
    text_.reserve(1024);
    places_.reserve(24);
  }
  places_.push_back({text_.size(), name.size()});
  text_.append(name).append(value);
}

void header_fields::clear() noexcept {
  text_.clear();
  places_.clear();
}

header_field header_fields::operator[](std::size_t index) const noexcept {
  const place& at = places_[index];
  const std::size_t end = index + 1 < places_.size() ? places_[index + 1].start : text_.size();
  const std::string_view all(text_);
  const std::size_t value = at.start + at.name_size;
  return {all.substr(at.start, at.name_size), all.substr(value, end - value)};
}

std::optional<std::string_view> header_fields::find(std::string_view name) const noexcept {
  if (name.empty()) return std::nullopt;
  const char* const text = text_.data();
  // Differs for most names of the same length.
  const char last = ascii_lower(name.back());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const place& at = places_[i];
    if (at.name_size != name.size() || ascii_lower(text[at.start + at.name_size - 1]) != last) continue;
    const std::string_view other(text + at.start, at.name_size);
    if (other == name || equal_ignoring_case(other, name)) return trim((*this)[i].value);
  }
  return std::nullopt;
}

void check_header(std::string_view name, std::string_view value) {
  if (name.empty()) throw ConfigError("a header has an empty name");
  for (char c : name) {
    if (is_token_character(c)) continue;
    // Only the characters of a token are quoted: others could do harm in a log.
    std::string shown;
    for (char n : name.substr(0, 64)) shown += is_token_character(n) ? n : '?';
    throw ConfigError(
        "the name of the header '" + shown +
        "' (with ? for characters that are not allowed) is no HTTP token: use letters, digits and hyphens");
  }
  check_header_value(name, value);
}

void check_header_value(std::string_view name, std::string_view value) {
  if (may_hold_control(value) &&
      std::any_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; }))
    throw ConfigError("the value of the header '" + std::string(name) +
                      "' holds a control byte, such as a line break; remove it");
}

void check_user_header(std::string_view name, std::string_view value, std::string_view credential) {
  check_header(name, value);
  if (is_our_own(name) || equal_ignoring_case(name, credential))
    throw ConfigError("the header '" + std::string(name) +
                      "' is set by the library and cannot be replaced; use the option for it");
}

bool has_header(std::span<const Headers::value_type> headers, std::string_view name) noexcept {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& each) { return equal_ignoring_case(each.first, name); });
}

void set_header(Headers& headers, const std::string& name, const HeaderValue& value) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& each) { return equal_ignoring_case(each.first, name); });
  if (found == headers.end())
    headers.emplace_back(name, value);
  else
    *found = {name, value};
}

void check_no_control_bytes(std::string_view what, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control))
    throw ConfigError(std::string(what) + " holds a control byte, such as a line break; remove it");
}

}  // namespace corochain::codec
