// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/completion_reader.hpp"

#include <utility>

namespace corochain::codec {

completion_reader::field completion_reader::field_named(place where, std::string_view key) noexcept {
  switch (where) {
    case place::root:
      if (key == "id") return field::id;
      if (key == "model") return field::model;
      if (key == "choices") return field::choices;
      if (key == "usage") return field::usage;
      if (key == "system_fingerprint") return field::system_fingerprint;
      if (key == "service_tier") return field::service_tier;
      if (key == "error") return field::error;
      break;
    case place::choice:
      if (key == "index") return field::index;
      if (key == "delta") return field::delta;
      if (key == "message") return field::message;
      if (key == "finish_reason") return field::finish_reason;
      if (key == "logprobs") return field::logprobs;
      if (key == "content_filter_results") return field::categories;
      break;
    case place::message:
      if (key == "content") return field::content;
      if (key == "refusal") return field::refusal;
      if (key == "tool_calls") return field::tools;
      break;
    case place::tool:
      if (key == "index") return field::tool_index;
      if (key == "id") return field::tool_id;
      if (key == "function") return field::function;
      break;
    case place::function:
      if (key == "name") return field::tool_name;
      if (key == "arguments") return field::arguments;
      break;
    case place::logprobs:
      if (key == "content" || key == "refusal") return field::tokens;
      break;
    case place::token:
      if (key == "top_logprobs") return field::alternatives;
      [[fallthrough]];
    case place::alternative:
      if (key == "token") return field::token;
      if (key == "logprob") return field::logprob;
      break;
    case place::category:
      if (key == "filtered") return field::filtered;
      break;
    case place::usage:
      if (key == "prompt_tokens") return field::prompt_tokens;
      if (key == "completion_tokens") return field::completion_tokens;
      if (key == "total_tokens") return field::total_tokens;
      if (key == "prompt_tokens_details") return field::prompt_details;
      if (key == "completion_tokens_details") return field::completion_details;
      break;
    case place::prompt_details:
      if (key == "cached_tokens") return field::cached_tokens;
      break;
    case place::completion_details:
      if (key == "reasoning_tokens") return field::reasoning_tokens;
      break;
    default: break;
  }
  return field::other;
}

found_text* completion_reader::text_slot() noexcept {
  switch (field_) {
    case field::id: return &id;
    case field::model: return &model;
    case field::system_fingerprint: return &system_fingerprint;
    case field::service_tier: return &service_tier;
    case field::finish_reason: return &choice().finish_reason;
    case field::content: return &choice().content;
    case field::refusal: return &choice().refusal;
    case field::tool_id: return &tool().id;
    case field::tool_name: return &tool().name;
    case field::arguments: return &tool().arguments;
    default: return nullptr;
  }
}

found_count* completion_reader::count_slot() noexcept {
  switch (field_) {
    case field::index: return &choice().index;
    case field::tool_index: return &tool().index;
    case field::prompt_tokens: return &usage.prompt_tokens;
    case field::completion_tokens: return &usage.completion_tokens;
    case field::total_tokens: return &usage.total_tokens;
    case field::cached_tokens: return &usage.cached_tokens;
    case field::reasoning_tokens: return &usage.reasoning_tokens;
    default: return nullptr;
  }
}

void completion_reader::arrived_part(json_shape& slot, json_shape shape) noexcept {
  slot = shape;
  choice().content = found_text();
  choice().refusal = found_text();
  choice().tools = json_shape::absent;
  choice().tool_calls.clear();
}

/// An element of an array of interest.
void completion_reader::arrived_in_array(json_shape shape) {
  if (place_ == place::choices) {
    if (all_choices.size() == most_elements) {
      too_many = true;
      all_choices.pop_back();
    }
    found_choice& made = all_choices.emplace_back();
    made.shape = shape;
    made.position = all_choices.size() - 1;
    if (shape != json_shape::object && !misshapen_choice) misshapen_choice = made.position;
  } else if (place_ == place::tools) {
    auto& calls = choice().tool_calls;
    if (calls.size() == most_elements) {
      too_many = true;
      calls.pop_back();
    }
    calls.emplace_back().shape = shape;
  } else if (place_ == place::tokens && shape == json_shape::object) {
    choice().logprobs.emplace_back();
  } else if (place_ == place::alternatives && shape == json_shape::object) {
    choice().logprobs.back().top.emplace_back();
  }
}

/// Notes the shape of a value, and forgets what an earlier field of the same name had left.
void completion_reader::arrived(json_shape shape) {
  if (place_ == place::choices || place_ == place::tools || place_ == place::tokens ||
      place_ == place::alternatives) {
    arrived_in_array(shape);
    return;
  }
  if (depth_ == 0) root = shape;
  switch (field_) {
    case field::choices:
      choices = shape;
      all_choices.clear();
      misshapen_choice.reset();
      break;
    case field::usage:
      usage = found_usage();
      usage.shape = shape;
      break;
    case field::error: error = shape; break;
    case field::message: arrived_part(choice().message, shape); break;
    case field::delta: arrived_part(choice().delta, shape); break;
    case field::logprobs: choice().logprobs.clear(); break;
    case field::tools:
      choice().tools = shape;
      choice().tool_calls.clear();
      break;
    case field::function:
      tool().function = shape;
      tool().name = found_text();
      tool().arguments = found_text();
      break;
    case field::categories: choice().categories.clear(); break;
    case field::category:
    case field::filtered: choice().categories.set(category_, false); break;
    case field::prompt_details:
      usage.prompt_details = shape;
      usage.cached_tokens = found_count();
      break;
    case field::completion_details:
      usage.completion_details = shape;
      usage.reasoning_tokens = found_count();
      break;
    default:
      if (found_text* slot = text_slot()) {
        slot->shape = shape;
        slot->text.clear();
      } else if (found_count* count = count_slot()) {
        *count = found_count{shape, std::nullopt};
      }
  }
}

void completion_reader::open(place next) noexcept {
  open_[depth_++] = place_;  // `visit_json` sees to the limit
  place_ = next;
  field_ = field::other;
}

completion_reader::place completion_reader::place_of_object() const noexcept {
  if (depth_ == 0) return place::root;
  switch (place_) {
    case place::choices: return place::choice;
    case place::tools: return place::tool;
    case place::tokens: return place::token;
    case place::alternatives: return place::alternative;
    default: break;
  }
  switch (field_) {
    case field::message:
    case field::delta: return place::message;
    case field::categories: return place::categories;
    case field::category: return place::category;
    case field::function: return place::function;
    case field::logprobs: return place::logprobs;
    case field::usage: return place::usage;
    case field::prompt_details: return place::prompt_details;
    case field::completion_details: return place::completion_details;
    default: return place::outside;
  }
}

void completion_reader::on_object() {
  arrived(json_shape::object);
  open(place_of_object());
}

void completion_reader::on_array() {
  arrived(json_shape::array);
  place next = place::outside;
  switch (field_) {
    case field::choices: next = place::choices; break;
    case field::tools: next = place::tools; break;
    case field::tokens: next = place::tokens; break;
    case field::alternatives: next = place::alternatives; break;
    default: break;
  }
  open(next);
}

void completion_reader::on_end() {
  place_ = open_[--depth_];
  field_ = field::other;  // in an object a key comes next; in an array there are none
}

bool completion_reader::on_key(std::string_view key) {
  if (place_ == place::categories) {
    category_ = key;
    field_ = field::category;
    return true;
  }
  field_ = field_named(place_, key);
  const field ignored = part_ == completion_part::message ? field::delta : field::message;
  if (field_ == ignored) field_ = field::other;
  return field_ != field::other;
}

void completion_reader::on_null() { arrived(json_shape::null); }

void completion_reader::on_bool(bool value) {
  arrived(json_shape::boolean);
  if (field_ == field::filtered) choice().categories.set(category_, value);
}

void completion_reader::on_number(const json_number& number) {
  arrived(json_shape::number);
  if (found_count* slot = count_slot()) slot->whole = number.whole;
  if (field_ != field::logprob) return;
  TokenLogprob& token = choice().logprobs.back();
  (place_ == place::token ? token.logprob : token.top.back().second) = number.value;
}

void completion_reader::on_text(std::string_view text) {
  arrived(json_shape::text);
  if (found_text* slot = text_slot()) slot->text = text;
  if (field_ != field::token) return;
  TokenLogprob& token = choice().logprobs.back();
  (place_ == place::token ? token.token : token.top.back().first) = text;
}

}  // namespace corochain::codec
