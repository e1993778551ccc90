// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/chat_completion.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

// The answers of a chat model in the shape that Azure OpenAI sends, with the fields that the library does not
// read: a client must cope with those, too. nlohmann/json writes them, so that the library's own JSON code is
// not tested against itself.
namespace corochain::testing::detail {

namespace {

using json = nlohmann::json;

// The verdict of Azure's content filter on harmless text.
json safe_content() {
  const json safe = {{"filtered", false}, {"severity", "safe"}};
  return {{"hate", safe}, {"self_harm", safe}, {"sexual", safe}, {"violence", safe}};
}

// The same for the prompt, which has one more category.
json prompt_filter_results() {
  json results = safe_content();
  results["jailbreak"] = {{"filtered", false}, {"detected", false}};
  return json::array({{{"prompt_index", 0}, {"content_filter_results", std::move(results)}}});
}

// All counts that the service sends, those that are always 0 here included.
json usage(std::size_t prompt_tokens, std::size_t completion_tokens) {
  return {{"prompt_tokens", prompt_tokens},
          {"completion_tokens", completion_tokens},
          {"total_tokens", prompt_tokens + completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
          {"completion_tokens_details",
           {{"reasoning_tokens", 0},
            {"audio_tokens", 0},
            {"accepted_prediction_tokens", 0},
            {"rejected_prediction_tokens", 0}}}};
}

// Text that is not UTF-8 becomes U+FFFD. By default dump() throws for it.
std::string json_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string chat_completion(std::string_view content, std::string_view model, std::string_view id,
                            std::size_t prompt_tokens) {
  const json choice = {{"index", 0},
                       {"finish_reason", "stop"},
                       {"logprobs", nullptr},
                       {"message", {{"role", "assistant"}, {"content", content}, {"refusal", nullptr}}},
                       {"content_filter_results", safe_content()}};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return json_text({{"id", id},
                    {"object", "chat.completion"},
                    {"created", std::chrono::duration_cast<std::chrono::seconds>(now).count()},
                    {"model", model},
                    {"system_fingerprint", "fp_mock"},
                    {"prompt_filter_results", prompt_filter_results()},
                    {"choices", json::array({choice})},
                    {"usage", usage(prompt_tokens, token_count(content))}});
}

std::vector<std::string> chat_events(const std::vector<std::string>& texts, std::string_view model,
                                     std::string_view id, std::size_t prompt_tokens, bool with_usage) {
  std::vector<std::string> events;
  // One event of server-sent events: a line of data and an empty line.
  const auto add = [&](const json& chunk) { events.push_back("data: " + json_text(chunk) + "\n\n"); };
  // Azure sends the filter results of the prompt in a chunk of its own, before it knows id and model.
  add({{"id", ""},
       {"model", ""},
       {"choices", json::array()},
       {"prompt_filter_results", prompt_filter_results()}});
  json chunk = {
      {"id", id}, {"model", model}, {"object", "chat.completion.chunk"}, {"system_fingerprint", "fp_mock"}};
  // `chunk` keeps the fields that all events have; only its choices change.
  const auto add_delta = [&](json delta, json finish_reason) {
    chunk["choices"] = json::array(
        {{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish_reason)}}});
    add(chunk);
  };
  // The first delta names the role and has empty text, as the service sends it.
  add_delta({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}, nullptr);
  std::size_t tokens = 0;
  for (const std::string& text : texts) {
    add_delta({{"content", text}}, nullptr);
    tokens += token_count(text);
  }
  add_delta(json::object(), "stop");
  // With include_usage the service sends one more event, which has the usage and no choice.
  if (with_usage) {
    chunk["choices"] = json::array();
    chunk["usage"] = usage(prompt_tokens, tokens);
    add(chunk);
  }
  events.emplace_back("data: [DONE]\n\n");
  return events;
}

// About what a tokenizer counts for English. It only has to be the same each time.
std::size_t token_count(std::string_view text) { return (text.size() + 3) / 4; }

}  // namespace corochain::testing::detail
