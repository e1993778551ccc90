// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/completion_parts.hpp"

#include <charconv>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/http/request_id.hpp"
#include "core/utf8.hpp"

// Values that do not matter to the answer are lenient: a wrong count or an odd header never fails a call that
// has an answer.
namespace corochain::codec {
namespace {

/// A missing index is fine: the position counts instead.
bool believed(const found_count& index) noexcept {
  return !index || (*index >= 0 && *index <= highest_index);
}

/// A negative count would lower the sums of a run.
std::int64_t tokens_of(const found_count& count) noexcept { return count && *count > 0 ? *count : 0; }

/// Reads a header with a whole number that is not negative. A fraction is cut off.
std::optional<std::int64_t> number_in(const header_fields& headers, std::string_view name) {
  const auto text = headers.find(name);
  // `from_chars` alone would take a sign.
  if (!text || text->empty() || !is_ascii_digit(text->front())) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || (end != text->data() + text->size() && *end != '.')) return std::nullopt;
  return value;
}

}  // namespace

std::string misshapen(const found_choice& choice) {
  const std::string here = "'choices[" + std::to_string(choice.position) + "]";
  if (!believed(choice.index)) return here + ".index' is no number from 0 to 1023";
  for (std::size_t i = 0; i < choice.tool_calls.size(); ++i)
    if (!believed(choice.tool_calls[i].index))
      return here + " has a tool call " + std::to_string(i) + "' whose index is no number from 0 to 1023";
  return {};
}

std::optional<Usage> usage_of(const found_usage& found) {
  if (found.shape != json_shape::object) return std::nullopt;
  Usage usage;
  usage.input_tokens = tokens_of(found.prompt_tokens);
  usage.output_tokens = tokens_of(found.completion_tokens);
  usage.total_tokens = tokens_of(found.total_tokens);
  // The place of OpenAI first, then those of DeepSeek and others.
  usage.cached_tokens = tokens_of(found.cached_tokens ? found.cached_tokens : found.own_cached_tokens);
  usage.reasoning_tokens = tokens_of(found.reasoning_tokens);
  return usage;
}

std::vector<ToolCall> tool_calls_of(found_choice& found) {
  std::vector<ToolCall> calls;
  calls.reserve(found.tool_calls.size());
  for (found_tool_call& call : found.tool_calls)
    // Elements that are no objects keep their positions in the reader, and are left out here.
    if (call.shape == json_shape::object)
      calls.emplace_back(std::move(call.id), std::move(call.name), std::move(call.arguments));
  return calls;
}

std::size_t index_of(const found_choice& found) {
  return found.index ? static_cast<std::size_t>(*found.index) : found.position;
}

head_facts::head_facts(const header_fields& headers)
    : request_id(codec::request_id(headers)),
      region(detail::utf8_excerpt(headers.find("x-ms-region").value_or(std::string_view()), 128)),
      remaining_requests(number_in(headers, "x-ratelimit-remaining-requests")),
      remaining_tokens(number_in(headers, "x-ratelimit-remaining-tokens")) {
  // A time of more than a year is no time of a call, and might not fit the unit.
  constexpr std::int64_t year = std::chrono::milliseconds(std::chrono::hours(24 * 366)).count();
  const auto taken = number_in(headers, "openai-processing-ms");
  if (taken && *taken <= year) processing = std::chrono::milliseconds(*taken);
}

}  // namespace corochain::codec
