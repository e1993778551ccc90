// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/completion_reader.hpp"

#include <utility>

namespace corochain::codec {

struct completion_reader::entry {
  place where;
  std::string_view name;
  field what;
};

json_shape* completion_reader::shape_slot() noexcept {
  if (depth_ == 0) return &root;
  switch (field_) {
    case field::choices: return &choices;
    case field::usage: return &usage.shape;
    case field::error: return &error;
    case field::message: return &current_.message;
    case field::prompt_details: return &usage.prompt_details;
    case field::completion_details: return &usage.completion_details;
    default: return nullptr;
  }
}

found_text* completion_reader::text_slot() noexcept {
  switch (field_) {
    case field::id: return &id;
    case field::model: return &model;
    case field::system_fingerprint: return &system_fingerprint;
    case field::finish_reason: return &current_.finish_reason;
    case field::content: return &current_.content;
    case field::refusal: return &current_.refusal;
    default: return nullptr;
  }
}

found_count* completion_reader::count_slot() noexcept {
  switch (field_) {
    case field::index: return &current_.index;
    case field::prompt_tokens: return &usage.prompt_tokens;
    case field::completion_tokens: return &usage.completion_tokens;
    case field::total_tokens: return &usage.total_tokens;
    case field::cached_tokens: return &usage.cached_tokens;
    case field::reasoning_tokens: return &usage.reasoning_tokens;
    default: return nullptr;
  }
}

/// Notes the shape of a value, and forgets what an earlier field of the same name had left.
void completion_reader::arrived(json_shape shape) {
  if (place_ == place::choices) {
    if (shape != json_shape::object && !misshapen_choice) misshapen_choice = choice_count;
    current_ = found_choice();
    current_.shape = shape;
    current_.position = choice_count++;
    if (shape != json_shape::object) close_choice();
    return;
  }
  switch (field_) {
    case field::choices:
      choice.reset();
      choice_count = 0;
      misshapen_choice.reset();
      break;
    case field::usage: usage = found_usage(); break;
    case field::message:
      current_.content = found_text();
      current_.refusal = found_text();
      break;
    case field::categories: current_.categories.clear(); break;
    case field::prompt_details: usage.cached_tokens = found_count(); break;
    case field::completion_details: usage.reasoning_tokens = found_count(); break;
    case field::category: current_.categories.set(category_, false); break;
    case field::filtered: current_.categories.set(category_, false); break;
    default: break;
  }
  if (json_shape* slot = shape_slot()) *slot = shape;
  if (found_text* slot = text_slot()) *slot = found_text{shape, {}};
  if (found_count* slot = count_slot()) *slot = found_count{shape, std::nullopt};
}

void completion_reader::close_choice() {
  const auto has_index_0 = [](const found_choice& c) { return c.index.whole == 0; };
  if (!choice || (has_index_0(current_) && !has_index_0(*choice))) choice = std::move(current_);
}

void completion_reader::open(place next) noexcept {
  open_[depth_++] = place_;  // `visit_json` sees to the limit
  place_ = next;
  field_ = field::other;
}

void completion_reader::on_object() {
  arrived(json_shape::object);
  place next = place::outside;
  if (depth_ == 0) {
    next = place::root;
  } else if (place_ == place::choices) {
    next = place::choice;
  } else {
    switch (field_) {
      case field::message: next = place::message; break;
      case field::categories: next = place::categories; break;
      case field::category: next = place::category; break;
      case field::usage: next = place::usage; break;
      case field::prompt_details: next = place::prompt_details; break;
      case field::completion_details: next = place::completion_details; break;
      default: break;
    }
  }
  open(next);
}

void completion_reader::on_array() {
  arrived(json_shape::array);
  open(field_ == field::choices ? place::choices : place::outside);
}

void completion_reader::on_end() {
  if (place_ == place::choice) close_choice();
  place_ = open_[--depth_];
  field_ = field::other;  // in an object a key comes next; in an array there are none
}

void completion_reader::on_key(std::string_view key) {
  static constexpr entry entries[] = {
      {place::root, "id", field::id},
      {place::root, "model", field::model},
      {place::root, "system_fingerprint", field::system_fingerprint},
      {place::root, "choices", field::choices},
      {place::root, "usage", field::usage},
      {place::root, "error", field::error},
      {place::choice, "index", field::index},
      {place::choice, "finish_reason", field::finish_reason},
      {place::choice, "message", field::message},
      {place::choice, "content_filter_results", field::categories},
      {place::message, "content", field::content},
      {place::message, "refusal", field::refusal},
      {place::category, "filtered", field::filtered},
      {place::usage, "prompt_tokens", field::prompt_tokens},
      {place::usage, "completion_tokens", field::completion_tokens},
      {place::usage, "total_tokens", field::total_tokens},
      {place::usage, "prompt_tokens_details", field::prompt_details},
      {place::usage, "completion_tokens_details", field::completion_details},
      {place::prompt_details, "cached_tokens", field::cached_tokens},
      {place::completion_details, "reasoning_tokens", field::reasoning_tokens},
  };
  field_ = field::other;
  if (place_ == place::outside) return;
  if (place_ == place::categories) {
    category_ = key;
    field_ = field::category;
    return;
  }
  for (const entry& e : entries)
    if (e.where == place_ && e.name == key) field_ = e.what;
}

void completion_reader::on_null() { arrived(json_shape::null); }

void completion_reader::on_bool(bool value) {
  arrived(json_shape::boolean);
  if (field_ == field::filtered) current_.categories.set(category_, value);
}

void completion_reader::on_number(const json_number& number) {
  arrived(json_shape::number);
  if (found_count* slot = count_slot()) slot->whole = number.whole;
}

void completion_reader::on_text(std::string_view text) {
  arrived(json_shape::text);
  if (found_text* slot = text_slot()) slot->text = text;
}

}  // namespace corochain::codec
