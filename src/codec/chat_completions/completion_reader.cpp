// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/completion_reader.hpp"

#include <algorithm>
#include <cstring>

#include "codec/ascii.hpp"

// A key names a member, the member names a slot, and the value goes there. Everything unknown is skipped at
// its key, so an answer with new fields costs nothing and breaks nothing. The names are those of OpenAI's API
// reference; others have their provider beside them.
namespace corochain::codec {
namespace {

/// Like `==`, which is a call. Most keys differ in length.
template <std::size_t N>
bool is(std::string_view key, const char (&name)[N]) noexcept {
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the size is equal
  return key.size() == N - 1 && std::memcmp(key.data(), name, N - 1) == 0;
}

/// Whether it looks like an error's `type`: "BadRequestError", "rate_limit_exceeded",
/// "invalid_request_error".
bool names_error(std::string_view type) noexcept {
  static constexpr std::string_view words[] = {"error", "limit",       "exceeded",  "invalid",
                                               "quota", "unavailable", "overloaded"};
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return contains_ignoring_case(type, word); });
}

}  // namespace

void completion_reader::leave_field() noexcept {
  field_ = field::other;
  text_ = nullptr;
  count_ = nullptr;
}

completion_reader::field completion_reader::text_in(std::string& slot, field which) noexcept {
  text_ = &slot;
  return which;
}

completion_reader::field completion_reader::count_in(found_count& slot) noexcept {
  count_ = &slot;
  return field::count;
}

/// The cases are in the order of a usual answer. Comparisons of length alone exclude most names.
completion_reader::field completion_reader::field_named(std::string_view key) noexcept {
  switch (place_) {
    case place::root:
      if (is(key, "id")) return text_in(id);
      if (is(key, "model")) return text_in(model);
      if (is(key, "choices")) return field::choices;
      if (is(key, "usage")) return field::usage;
      if (is(key, "system_fingerprint")) return text_in(system_fingerprint);
      if (is(key, "service_tier")) return text_in(service_tier);
      if (is(key, "error")) return field::error;
      if (is(key, "object")) return text_in(object);
      // Errors without an object `error`, as API Management, Mistral and vLLM send them.
      if (is(key, "message")) return field::plain_message;
      if (is(key, "code")) return field::code;
      if (is(key, "type")) return text_in(type);
      if (is(key, "error_type")) return field::error_type;
      if (is(key, "error_message")) return field::error_message;
      break;
    case place::choice:
      // OpenRouter reports a failure of the model behind it so.
      if (is(key, "error")) return field::choice_error;
      if (is(key, "index")) return count_in(choice().index);
      if (is(key, "delta")) return field::delta;
      if (is(key, "message")) return field::message;
      if (is(key, "finish_reason")) return text_in(choice().finish_reason);
      if (is(key, "logprobs")) return field::logprobs;
      if (is(key, "content_filter_results")) return field::categories;
      if (is(key, "usage")) return field::usage;
      break;
    case place::part:
      if (is(key, "type")) return text_in(part_type_);
      if (is(key, "text")) return text_in(part_text_);
      break;
    case place::message:
      if (is(key, "content")) return text_in(choice().content, field::content);
      if (is(key, "refusal")) return text_in(choice().refusal);
      if (is(key, "tool_calls")) return field::tools;
      break;
    case place::tool:
      if (is(key, "index")) return count_in(tool().index);
      if (is(key, "id")) return text_in(tool().id);
      if (is(key, "function")) return field::function;
      break;
    case place::function:
      if (is(key, "name")) return text_in(tool().name);
      if (is(key, "arguments")) return text_in(tool().arguments, field::arguments);
      break;
    case place::logprobs:
      if (is(key, "content") || is(key, "refusal")) return field::tokens;
      break;
    case place::token:
      if (is(key, "top_logprobs")) return field::alternatives;
      [[fallthrough]];
    case place::alternative:
      if (is(key, "token")) return field::token;
      if (is(key, "logprob")) return field::logprob;
      break;
    case place::category:
      if (is(key, "filtered")) return field::filtered;
      break;
    case place::usage:
      if (is(key, "prompt_tokens")) return count_in(counting_->prompt_tokens);
      if (is(key, "completion_tokens")) return count_in(counting_->completion_tokens);
      if (is(key, "total_tokens")) return count_in(counting_->total_tokens);
      if (is(key, "prompt_tokens_details")) return field::prompt_details;
      if (is(key, "completion_tokens_details")) return field::completion_details;
      // Moonshot and DeepSeek.
      if (is(key, "cached_tokens") || is(key, "prompt_cache_hit_tokens"))
        return count_in(counting_->own_cached_tokens);
      break;
    case place::prompt_details:
      if (is(key, "cached_tokens")) return count_in(counting_->cached_tokens);
      break;
    case place::completion_details:
      if (is(key, "reasoning_tokens")) return count_in(counting_->reasoning_tokens);
      break;
    default: break;
  }
  return field::other;
}

void completion_reader::arrived_part(json_shape& slot, json_shape shape) noexcept {
  // Servers that send both parts, one of them as null, must not lose the text of the first.
  const bool other_has_come = &slot == &choice().message ? choice().delta == json_shape::object
                                                         : choice().message == json_shape::object;
  slot = shape;
  if (shape != json_shape::object && other_has_come) return;
  choice().content.clear();
  choice().refusal.clear();
  choice().tool_calls.clear();
}

/// Notes an element of an array of interest.
void completion_reader::arrived_in_array(json_shape shape) {
  if (place_ == place::choices) {
    // The last one is replaced, so that `choice()` is always the one that is being read.
    if (all_choices.size() == most_elements) {
      too_many = true;
      all_choices.pop_back();
    }
    found_choice& made = all_choices.emplace_back();
    made.shape = shape;
    made.position = all_choices.size() - 1;
  } else if (place_ == place::tools) {
    auto& calls = choice().tool_calls;
    if (calls.size() == most_elements) {
      too_many = true;
      calls.pop_back();
    }
    calls.emplace_back().shape = shape;
    // Elements that are no objects have no token, and are skipped.
  } else if (place_ == place::tokens && shape == json_shape::object) {
    choice().logprobs.emplace_back();
  } else if (place_ == place::alternatives && shape == json_shape::object) {
    choice().logprobs.back().top.emplace_back();
  }
}

/// Notes the shape of a value, and clears the values of an earlier field of the same name.
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
      too_many = false;
      usage_in_choice = found_usage();
      break;
    case field::usage:
      counting_ = place_ == place::choice ? &usage_in_choice : &usage;
      *counting_ = found_usage();
      counting_->shape = shape;
      break;
    // Null, false, 0, an empty text and an empty object are no error: content sets the flag again.
    case field::error:
    case field::choice_error:
      error_at_root_ = field_ == field::error;
      arrived_error(error_at_root_, false);
      break;
    case field::plain_message: message = shape == json_shape::object || shape == json_shape::array; break;
    case field::code: code = false; break;
    case field::error_type: error_type = false; break;
    case field::error_message: error_message = false; break;
    case field::message: arrived_part(choice().message, shape); break;
    case field::delta: arrived_part(choice().delta, shape); break;
    case field::logprobs: choice().logprobs.clear(); break;
    case field::tools: choice().tool_calls.clear(); break;
    // The last object counts as a whole: what only an earlier one had is dropped.
    case field::function:
      tool().name.clear();
      tool().arguments.clear();
      break;
    case field::categories: choice().categories.clear(); break;
    case field::category:
    case field::filtered: choice().categories.set(category_, false); break;
    case field::prompt_details: counting_->cached_tokens = std::nullopt; break;
    case field::completion_details: counting_->reasoning_tokens = std::nullopt; break;
    default:
      if (text_) text_->clear();
      if (count_) count_->reset();
  }
}

void completion_reader::open(place next) noexcept {
  // `visit_json` checks the limit of the depth.
  open_[depth_++] = place_;
  place_ = next;
  leave_field();
}

/// An object that is not of interest gets `outside`. Its members are then skipped at their keys.
completion_reader::place completion_reader::place_of_object() const noexcept {
  // The array around the object decides, and otherwise the member whose value it is.
  if (depth_ == 0) return place::root;
  switch (place_) {
    case place::copied: return place::copied;
    case place::parts: return place::part;
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
    case field::arguments: return place::copied;
    case field::content: return place::part;
    case field::error:
    case field::choice_error: return place::error;
    case field::logprobs: return place::logprobs;
    case field::usage: return place::usage;
    case field::prompt_details: return place::prompt_details;
    case field::completion_details: return place::completion_details;
    default: return place::outside;
  }
}

/// The signs are checked from the strongest to the weakest. An answer with a choice is an answer, whatever
/// else the text has beside it.
bool completion_reader::reports_error() const noexcept {
  if (error) return true;
  for (const found_choice& each : all_choices)
    if (each.error || each.finish_reason == "error") return true;
  // From here on the text has no choice that could be an answer. The remaining signs are weak, and count only
  // then.
  if (!all_choices.empty()) return false;
  if (object == "error") return true;
  // An empty list of choices belongs to an answer: Azure sends it with the results for the prompt.
  if (choices == json_shape::array) return false;
  return error_type || error_message || (message && (code || names_error(type)));
}

void completion_reader::begin_container(bool is_object, place next) {
  if (place_ == place::error)
    // An element of an array.
    arrived_error(error_at_root_, true);
  else if (place_ != place::copied)
    arrived(is_object ? json_shape::object : json_shape::array);
  if (next == place::copied) is_object ? copy_.object(tool().arguments) : copy_.array(tool().arguments);
  // A part begins with neither type nor text.
  if (next == place::part) {
    part_type_.clear();
    part_text_.clear();
  }
  open(next);
}

/// An element that is no object, such as null, is no choice. It is no reason to fail an answer that has
/// others.
void completion_reader::drop_misshapen_choices() {
  std::erase_if(all_choices, [](const found_choice& each) { return each.shape != json_shape::object; });
}

/// A part that is not text, such as a thought, is no part of the answer.
void completion_reader::end_part() {
  if (part_type_.empty() || part_type_ == "text" || part_type_ == "output_text")
    choice().content += part_text_;
}

void completion_reader::on_object() { begin_container(true, place_of_object()); }

/// All arrays of interest are named here. Values inside any other array are not of interest.
void completion_reader::on_array() {
  place next = place::outside;
  if (place_ == place::copied) next = place::copied;
  switch (field_) {
    case field::arguments: next = place::copied; break;
    case field::content: next = place::parts; break;
    case field::error:
    case field::choice_error: next = place::error; break;
    case field::choices: next = place::choices; break;
    case field::tools: next = place::tools; break;
    case field::tokens: next = place::tokens; break;
    case field::alternatives: next = place::alternatives; break;
    default: break;
  }
  begin_container(false, next);
}

void completion_reader::on_end() {
  if (place_ == place::copied) copy_.end(tool().arguments);
  if (place_ == place::part) end_part();
  place_ = open_[--depth_];
  // In an object a key comes next; an array has none.
  leave_field();
}

bool completion_reader::part_has_come() const noexcept {
  const found_choice& last = all_choices.back();
  return (part_ == completion_part::message ? last.message : last.delta) == json_shape::object;
}

/// Decides by the place what a member means. Only the members of interest have events for their values.
bool completion_reader::on_key(std::string_view key) {
  if (place_ == place::copied) {
    copy_.key(tool().arguments, key);
    return true;
  }
  leave_field();
  if (place_ == place::categories) {
    // Each member is a category, whose name is not known here.
    category_ = key;
    field_ = field::category;
    return true;
  }
  if (place_ == place::error) {
    arrived_error(error_at_root_, true);
    return false;
  }
  field_ = field_named(key);
  // If the other part comes first, it is read, and dropped when the wanted part arrives.
  const bool other_part = field_ == (part_ == completion_part::message ? field::delta : field::message);
  if (other_part && part_has_come()) field_ = field::other;
  return field_ != field::other;
}

void completion_reader::on_null() {
  if (place_ == place::copied) return copy_.word(tool().arguments, "null");
  arrived(json_shape::null);
}

void completion_reader::on_bool(bool value) {
  if (place_ == place::copied) return copy_.word(tool().arguments, value ? "true" : "false");
  arrived(json_shape::boolean);
  // `"error": false` and `"error": 0` report none.
  if (value && is_error_value()) arrived_error(error_at_root_, true);
  if (field_ == field::filtered) choice().categories.set(category_, value);
}

/// A number where a text is expected clears the text, as any other type does.
void completion_reader::on_number(const json_number& number) {
  if (place_ == place::copied) return copy_.word(tool().arguments, number.text);
  arrived(json_shape::number);
  if (number.value != 0 && is_error_value()) arrived_error(error_at_root_, true);
  // Some gateways wrap good answers as `{"code":200,...}`.
  if (field_ == field::code) code = number.value != 0 && number.value != 200;
  if (count_) *count_ = number.whole;
  if (field_ != field::logprob) return;
  TokenLogprob& token = choice().logprobs.back();
  (place_ == place::token ? token.logprob : token.top.back().second) = number.value;
}

void completion_reader::take_flat_error(std::string_view text) {
  if (is_error_value()) arrived_error(error_at_root_, true);
  switch (field_) {
    case field::plain_message: message = true; break;
    // Codes of success, as gateways write them.
    case field::code: code = text != "0" && text != "200" && !equal_ignoring_case(text, "success"); break;
    case field::error_type: error_type = true; break;
    case field::error_message: error_message = true; break;
    default: break;
  }
}

void completion_reader::on_text(std::string_view text) {
  if (place_ == place::copied) return copy_.text(tool().arguments, text);
  // A part may also be a bare text.
  if (place_ == place::parts) {
    choice().content += text;
    return;
  }
  arrived(json_shape::text);
  if (!text.empty()) take_flat_error(text);
  if (text_) *text_ = text;
  if (field_ != field::token) return;
  TokenLogprob& token = choice().logprobs.back();
  (place_ == place::token ? token.token : token.top.back().first) = text;
}

}  // namespace corochain::codec
