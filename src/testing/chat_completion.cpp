// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/chat_completion.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace corochain::testing::detail {

namespace {

using json = nlohmann::json;

json safe_content() {
  json category;
  category["filtered"] = false;
  category["severity"] = "safe";
  json categories;
  for (const char* name : {"hate", "self_harm", "sexual", "violence"}) categories[name] = category;
  return categories;
}

json prompt_filter_results() {
  json first;
  first["prompt_index"] = 0;
  first["content_filter_results"] = safe_content();
  first["content_filter_results"]["jailbreak"]["filtered"] = false;
  first["content_filter_results"]["jailbreak"]["detected"] = false;
  json results = json::array();
  results.push_back(std::move(first));
  return results;
}

json usage(std::size_t prompt_tokens, std::size_t completion_tokens) {
  json counts;
  counts["prompt_tokens"] = prompt_tokens;
  counts["completion_tokens"] = completion_tokens;
  counts["total_tokens"] = prompt_tokens + completion_tokens;
  counts["prompt_tokens_details"]["cached_tokens"] = 0;
  counts["prompt_tokens_details"]["audio_tokens"] = 0;
  json& details = counts["completion_tokens_details"];
  for (const char* name :
       {"reasoning_tokens", "audio_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens"}) {
    details[name] = 0;
  }
  return counts;
}

}  // namespace

std::string chat_completion(std::string_view content, std::string_view model, std::string_view id,
                            std::size_t prompt_tokens) {
  json choice;
  choice["index"] = 0;
  choice["finish_reason"] = "stop";
  choice["logprobs"] = nullptr;
  choice["message"]["role"] = "assistant";
  choice["message"]["content"] = content;
  choice["message"]["refusal"] = nullptr;
  choice["content_filter_results"] = safe_content();

  const auto now = std::chrono::system_clock::now().time_since_epoch();
  json completion;
  completion["id"] = id;
  completion["object"] = "chat.completion";
  completion["created"] = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  completion["model"] = model;
  completion["system_fingerprint"] = "fp_mock";
  completion["prompt_filter_results"] = prompt_filter_results();
  completion["choices"] = json::array();
  completion["choices"].push_back(std::move(choice));
  completion["usage"] = usage(prompt_tokens, token_count(content));
  return completion.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::string> chat_events(const std::vector<std::string>& texts, std::string_view model,
                                     std::string_view id, std::size_t prompt_tokens, bool with_usage) {
  std::vector<std::string> events;
  json chunk;
  const auto add = [&] {
    events.push_back("data: " + chunk.dump(-1, ' ', false, json::error_handler_t::replace) + "\n\n");
  };
  const auto add_delta = [&](json delta, json finish_reason) {
    json choice;
    choice["index"] = 0;
    choice["delta"] = std::move(delta);
    choice["finish_reason"] = std::move(finish_reason);
    chunk["choices"] = json::array();
    chunk["choices"].push_back(std::move(choice));
    add();
  };
  chunk["id"] = "";
  chunk["model"] = "";
  chunk["choices"] = json::array();
  chunk["prompt_filter_results"] = prompt_filter_results();
  add();
  chunk.erase("prompt_filter_results");
  chunk["id"] = id;
  chunk["model"] = model;
  chunk["object"] = "chat.completion.chunk";
  chunk["system_fingerprint"] = "fp_mock";
  json role;
  role["role"] = "assistant";
  role["content"] = "";
  role["refusal"] = nullptr;
  add_delta(std::move(role), nullptr);
  std::size_t tokens = 0;
  for (const std::string& text : texts) {
    json delta;
    delta["content"] = text;
    add_delta(std::move(delta), nullptr);
    tokens += token_count(text);
  }
  add_delta(json::object(), "stop");
  if (with_usage) {
    chunk["choices"] = json::array();
    chunk["usage"] = usage(prompt_tokens, tokens);
    add();
  }
  events.emplace_back("data: [DONE]\n\n");
  return events;
}

std::size_t token_count(std::string_view text) { return (text.size() + 3) / 4; }

}  // namespace corochain::testing::detail
