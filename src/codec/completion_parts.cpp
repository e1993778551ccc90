// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/completion_parts.hpp"

#include <charconv>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/request_id.hpp"
#include "core/utf8.hpp"

namespace corochain::codec {
namespace {

bool nothing(json_shape shape) noexcept { return shape == json_shape::absent || shape == json_shape::null; }

std::string misshapen_call(const found_tool_call& call, bool index_needed) {
  if (call.shape != json_shape::object) return "' is no object";
  if (!call.index.is_count_or_nothing() || call.index.whole.value_or(0) > highest_index)
    return ".index' is no number from 0 to 1023";
  if (index_needed && !call.index.whole) return ".index' is missing";
  if (!nothing(call.function) && call.function != json_shape::object) return ".function' is no object";
  if (!call.id.is_text_or_nothing()) return ".id' is no text";
  if (!call.name.is_text_or_nothing()) return ".function.name' is no text";
  if (!call.arguments.is_text_or_nothing()) return ".function.arguments' is no text";
  return {};
}

/// A header with a whole number that is not negative; a fraction is cut off.
std::optional<std::int64_t> number_in(const header_fields& headers, std::string_view name) {
  const auto text = headers.find(name);
  if (!text || text->empty() || !is_ascii_digit(text->front())) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || (end != text->data() + text->size() && *end != '.')) return std::nullopt;
  return value;
}

}  // namespace

std::string misshapen(const found_choice& choice, std::string_view part, bool present) {
  const auto here = [&](std::string_view wrong) {
    return "'choices[" + std::to_string(choice.position) + "]" + std::string(wrong);
  };
  const auto inside = [&](std::string_view wrong) { return here('.' + std::string(part).append(wrong)); };
  if (choice.shape != json_shape::object) return here("' is no object");
  const json_shape shape = part == "message" ? choice.message : choice.delta;
  if (present && shape == json_shape::absent) return inside("' is missing");
  if (shape != json_shape::object && (present || !nothing(shape))) return inside("' is no object");
  if (!choice.content.is_text_or_nothing()) return inside(".content' is neither text nor null");
  if (!choice.refusal.is_text_or_nothing()) return inside(".refusal' is neither text nor null");
  if (!choice.finish_reason.is_text_or_nothing()) return here(".finish_reason' is neither text nor null");
  if (!choice.index.is_count_or_nothing() || choice.index.whole.value_or(0) > highest_index)
    return here(".index' is no number from 0 to 1023");
  if (!nothing(choice.tools) && choice.tools != json_shape::array) return inside(".tool_calls' is no array");
  for (std::size_t i = 0; i < choice.tool_calls.size(); ++i) {
    const std::string wrong = misshapen_call(choice.tool_calls[i], part == "delta");
    if (!wrong.empty()) return inside(".tool_calls[" + std::to_string(i) + "]" + wrong);
  }
  return {};
}

std::string_view misshapen(const found_usage& usage) {
  const auto object_or_nothing = [](json_shape shape) {
    return shape == json_shape::object || nothing(shape);
  };
  if (!object_or_nothing(usage.shape)) return "'usage' is no object";
  if (!object_or_nothing(usage.prompt_details)) return "'usage.prompt_tokens_details' is no object";
  if (!object_or_nothing(usage.completion_details)) return "'usage.completion_tokens_details' is no object";
  if (!usage.prompt_tokens.is_count_or_nothing()) return "'usage.prompt_tokens' is no number of tokens";
  if (!usage.completion_tokens.is_count_or_nothing())
    return "'usage.completion_tokens' is no number of tokens";
  if (!usage.total_tokens.is_count_or_nothing()) return "'usage.total_tokens' is no number of tokens";
  if (!usage.cached_tokens.is_count_or_nothing())
    return "'usage.prompt_tokens_details.cached_tokens' is no number of tokens";
  if (!usage.reasoning_tokens.is_count_or_nothing())
    return "'usage.completion_tokens_details.reasoning_tokens' is no number of tokens";
  return {};
}

std::optional<Usage> usage_of(const found_usage& found) {
  if (found.shape != json_shape::object || !misshapen(found).empty()) return std::nullopt;
  Usage usage;
  usage.input_tokens = found.prompt_tokens.whole.value_or(0);
  usage.output_tokens = found.completion_tokens.whole.value_or(0);
  usage.total_tokens = found.total_tokens.whole.value_or(0);
  usage.cached_tokens = found.cached_tokens.whole.value_or(0);
  usage.reasoning_tokens = found.reasoning_tokens.whole.value_or(0);
  return usage;
}

std::vector<ToolCall> tool_calls_of(found_choice& found) {
  std::vector<ToolCall> calls;
  calls.reserve(found.tool_calls.size());
  for (found_tool_call& call : found.tool_calls)
    calls.emplace_back(std::move(call.id.text), std::move(call.name.text), std::move(call.arguments.text));
  return calls;
}

std::vector<ToolCallChunk> tool_call_chunks_of(found_choice& found) {
  std::vector<ToolCallChunk> chunks;
  chunks.reserve(found.tool_calls.size());
  for (found_tool_call& call : found.tool_calls) {
    ToolCallChunk& chunk = chunks.emplace_back();
    chunk.index = static_cast<std::size_t>(call.index.whole.value_or(0));
    chunk.id = std::move(call.id.text);
    chunk.name = std::move(call.name.text);
    chunk.arguments = std::move(call.arguments.text);
  }
  return chunks;
}

std::size_t index_of(const found_choice& found) {
  return static_cast<std::size_t>(found.index.whole.value_or(0));
}

head_facts::head_facts(const header_fields& headers)
    : request_id(codec::request_id(headers)),
      region(detail::utf8_excerpt(headers.find("x-ms-region").value_or(std::string_view()), 128)),
      remaining_requests(number_in(headers, "x-ratelimit-remaining-requests")),
      remaining_tokens(number_in(headers, "x-ratelimit-remaining-tokens")) {
  // What is longer than a year is no time of a call, and might not fit the unit.
  constexpr std::int64_t year = std::chrono::milliseconds(std::chrono::hours(24 * 366)).count();
  const auto taken = number_in(headers, "openai-processing-ms");
  if (taken && *taken <= year) processing = std::chrono::milliseconds(*taken);
}

}  // namespace corochain::codec
