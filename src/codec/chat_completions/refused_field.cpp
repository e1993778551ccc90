// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/refused_field.hpp"

#include <algorithm>
#include <string_view>

#include "codec/ascii.hpp"

// A refusal is recognized by two signs at once: the name of a field that the library chose to send, and words
// that refuse a field and not its value.
namespace corochain::codec {
namespace {

/// A field, and the option that leaves it out.
struct optional_field {
  std::string_view name, way_out;
};
constexpr optional_field optional_fields[] = {
    {"stream_options", "set stream_usage to false, which leaves it out"},
    {"max_completion_tokens",
     "set legacy_max_tokens to true, which sends max_tokens in its place, or leave max_tokens unset, which "
     "sends neither"},
    {"max_tokens", "leave legacy_max_tokens false, which sends max_completion_tokens in its place"},
    {"encoding_format", "set encoding_format to an empty text, which leaves it out"},
    {"base64 encoding", "set encoding_format to an empty text, which asks for no encoding"},
};

/// The words with which OpenAI, Azure OpenAI, Mistral, Google, vLLM, Groq, and the JSON readers of Go, Rust
/// and pydantic refuse a field that they do not know. Words about values, such as "too large", are not among
/// them.
constexpr std::string_view refusals[] = {
    "unrecognized",      "not recognized",  "unknown",
    "unsupported",       "not supported",   "not currently supported",
    "does not support",  "not permitted",   "not allowed",
    "unexpected",        "extra_forbidden", "value_error.extra",
    "unknown_parameter", "not a valid",     "cannot find field",
    "forbidden",
};

/// Whether a text has words of refusal.
bool refuses(std::string_view text) noexcept {
  return std::any_of(std::begin(refusals), std::end(refusals),
                     [&](std::string_view each) { return contains_ignoring_case(text, each); });
}

/// The characters that make a name a longer one: "max_tokens_to_sample" does not name the field "max_tokens".
bool is_name_character(char c) noexcept { return is_ascii_alpha(c) || is_ascii_digit(c) || c == '_'; }

/// Returns where a text has a field's name that is no part of a longer name.
std::size_t place_of(std::string_view text, std::string_view name) noexcept {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_name_character(text[at - 1])) &&
        (end == text.size() || !is_name_character(text[end])))
      return at;
  }
  return std::string_view::npos;
}

/// Returns the field that a text names first. "'max_tokens' is not supported, use 'max_completion_tokens'" is
/// about the former.
const optional_field* first_named(std::string_view text) noexcept {
  const optional_field* found = nullptr;
  std::size_t first = std::string_view::npos;
  for (const optional_field& each : optional_fields) {
    const std::size_t at = place_of(text, each.name);
    if (at >= first) continue;
    first = at;
    found = &each;
  }
  return found;
}

/// Lists of complaints name their fields and are exact, so they are asked first; the text of an error is
/// searched only if there are none.
const optional_field* refused_field(const error_report& report) noexcept {
  for (const field_complaint& each : report.complaints)
    if (refuses(each.text))
      if (const optional_field* found = first_named(each.field)) return found;
  if (!report.complaints.empty()) return nullptr;
  // OpenAI's own word for a value, whatever the message says.
  if (report.code == "unsupported_value") return nullptr;
  if (!refuses(report.code) && !refuses(report.message)) return nullptr;
  return first_named(report.param.empty() ? report.message : report.param);
}

}  // namespace

std::string refused_field_advice(const error_report& report) {
  const optional_field* const found = refused_field(report);
  if (!found) return {};
  return "the server does not take '" + std::string(found->name) + "'; " + std::string(found->way_out);
}

}  // namespace corochain::codec
