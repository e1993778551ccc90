// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/filtered_categories.hpp"
#include "codec/json_events.hpp"

namespace corochain::codec {

/// What stood at a place of a JSON text.
enum class json_shape { absent, null, boolean, number, text, object, array };

struct found_text {
  json_shape shape = json_shape::absent;
  std::string text;

  bool is_text_or_nothing() const noexcept {
    return shape == json_shape::text || shape == json_shape::null || shape == json_shape::absent;
  }
};

struct found_count {
  json_shape shape = json_shape::absent;
  std::optional<std::int64_t> whole;

  bool is_count_or_nothing() const noexcept {
    return shape == json_shape::absent || shape == json_shape::null || (whole && *whole >= 0);
  }
};

struct found_choice {
  json_shape shape = json_shape::absent;
  std::size_t position = 0;  ///< in the array
  found_count index;
  found_text finish_reason;
  json_shape message = json_shape::absent;
  found_text content;
  found_text refusal;
  filtered_categories categories;
};

struct found_usage {
  json_shape shape = json_shape::absent;
  found_count prompt_tokens, completion_tokens, total_tokens;
  json_shape prompt_details = json_shape::absent;
  json_shape completion_details = json_shape::absent;
  found_count cached_tokens, reasoning_tokens;
};

/// Collects from the events of a chat completion what is needed of it, with the shapes it had, and judges
/// nothing. Of a field that comes twice the last one counts.
class completion_reader final : public json_visitor {
 public:
  json_shape root = json_shape::absent;
  json_shape error = json_shape::absent;
  found_text id, model, system_fingerprint;
  json_shape choices = json_shape::absent;
  std::size_t choice_count = 0;
  /// The choice with index 0, else the first; nothing when there are none.
  std::optional<found_choice> choice;
  /// The position of the first element of `choices` that is no object.
  std::optional<std::size_t> misshapen_choice;
  found_usage usage;

  void on_object() override;
  void on_array() override;
  void on_end() override;
  void on_key(std::string_view key) override;
  void on_null() override;
  void on_bool(bool value) override;
  void on_number(const json_number& number) override;
  void on_text(std::string_view text) override;

 private:
  /// Where the reader is: the innermost open object or array.
  enum class place : unsigned char {
    outside,  // of the root, and of all that is of interest
    root,
    choices,
    choice,
    message,
    categories,
    category,
    usage,
    prompt_details,
    completion_details,
  };
  /// The last key that was read, in the objects of interest.
  enum class field : unsigned char {
    other,
    id,
    model,
    system_fingerprint,
    choices,
    usage,
    error,
    index,
    finish_reason,
    message,
    categories,
    content,
    refusal,
    category,
    filtered,
    prompt_tokens,
    completion_tokens,
    total_tokens,
    prompt_details,
    completion_details,
    cached_tokens,
    reasoning_tokens,
  };
  struct entry;

  void arrived(json_shape shape);
  void close_choice();
  json_shape* shape_slot() noexcept;
  found_text* text_slot() noexcept;
  found_count* count_slot() noexcept;

  void open(place next) noexcept;

  std::array<place, json_depth_limit> open_{};  // where each open object or array stands
  std::size_t depth_ = 0;
  place place_ = place::outside;
  field field_ = field::other;
  std::string category_;
  found_choice current_;
};

}  // namespace corochain::codec
