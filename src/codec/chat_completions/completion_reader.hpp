// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/chat_completions/filtered_categories.hpp"
#include "codec/json/json_copy.hpp"
#include "codec/json/json_events.hpp"
#include "corochain/core/choice.hpp"

namespace corochain::codec {

/// Empty if the value is missing or is no whole number.
using found_count = std::optional<std::int64_t>;

struct found_tool_call {
  json_shape shape = json_shape::absent;
  found_count index;
  std::string id, name, arguments;
};

struct found_choice {
  json_shape shape = json_shape::absent;
  std::size_t position = 0;  ///< in the array
  found_count index;
  std::string finish_reason;
  bool error = false;                       ///< holds an error that is not empty
  json_shape message = json_shape::absent;  ///< of a whole answer
  json_shape delta = json_shape::absent;    ///< of a chunk of a stream
  std::string content;
  std::string refusal;
  std::vector<found_tool_call> tool_calls;
  std::vector<TokenLogprob> logprobs;
  filtered_categories categories;
};

struct found_usage {
  json_shape shape = json_shape::absent;
  found_count prompt_tokens, completion_tokens, total_tokens;
  found_count cached_tokens, reasoning_tokens;
  found_count own_cached_tokens;  ///< from a provider that sends it beside the other counts
};

/// The member that holds a choice's text: `message` in a whole answer, `delta` in a chunk of a streamed one.
enum class completion_part { message, delta };

/// Collects the parts of a chat completion, or of one chunk of a streamed one, from its JSON events, with
/// their shapes. It judges nothing. If a field comes twice, the last one counts.
class completion_reader final : public json_visitor {
 public:
  /// Choices and tool calls beyond this number are not kept, and `too_many` is set.
  static constexpr std::size_t most_elements = 1024;

  /// Reads only the named part of a choice. A server that sends both parts must not mix them.
  explicit completion_reader(completion_part part) : part_(part) {}
  completion_reader(const completion_reader&) = delete;
  completion_reader& operator=(const completion_reader&) = delete;

  /// The usage at the top level, else that in a choice.
  const found_usage& any_usage() const noexcept {
    return usage.shape == json_shape::object ? usage : usage_in_choice;
  }

  json_shape root = json_shape::absent;
  bool error = false;  ///< holds an error that is not empty
  std::string id, object, model, system_fingerprint, service_tier;
  /// Whether these members of an error without an object `error` around it are there and report an error.
  bool message = false;
  bool code = false;  ///< it is not a code of success
  bool error_type = false;
  bool error_message = false;
  std::string type;
  json_shape choices = json_shape::absent;
  std::vector<found_choice> all_choices;
  /// Removes the elements of `choices` that are no objects. The others keep their positions.
  void drop_misshapen_choices();
  bool too_many = false;
  found_usage usage;
  found_usage usage_in_choice;  ///< some servers put it there

  /// Whether the text reports an error, for itself or for its main choice, in any of the known forms.
  bool reports_error() const noexcept;

  void on_object() override;
  void on_array() override;
  void on_end() override;
  bool on_key(std::string_view key) override;
  void on_null() override;
  void on_bool(bool value) override;
  void on_number(const json_number& number) override;
  void on_text(std::string_view text) override;

 private:
  /// The innermost open object or array.
  enum class place : unsigned char {
    outside,  // outside of the root and of everything of interest
    root,
    choices,
    choice,
    message,
    categories,
    category,
    parts,
    part,
    error,  // at the root or in a choice
    tools,
    tool,
    function,
    copied,  // inside a JSON value that takes the place of its text
    logprobs,
    tokens,
    token,
    alternatives,
    alternative,
    usage,
    prompt_details,
    completion_details,
  };
  /// The last key that was read in an object of interest.
  enum class field : unsigned char {
    other,
    text,   // a member that `text_` points to
    count,  // a member that `count_` points to
    choices,
    usage,
    error,
    error_type,
    error_message,
    plain_message,
    code,
    choice_error,
    message,
    delta,
    categories,
    logprobs,
    content,
    tools,
    function,
    arguments,
    tokens,
    token,
    logprob,
    alternatives,
    category,
    filtered,
    prompt_details,
    completion_details,
  };

  field field_named(std::string_view key) noexcept;
  field text_in(std::string& slot, field which = field::text) noexcept;
  field count_in(found_count& slot) noexcept;
  void leave_field() noexcept;
  void arrived(json_shape shape);
  void arrived_in_array(json_shape shape);
  void arrived_error(bool at_root, bool holds) noexcept { (at_root ? error : choice().error) = holds; }
  void arrived_part(json_shape& slot, json_shape shape) noexcept;
  found_choice& choice() noexcept { return all_choices.back(); }
  found_tool_call& tool() noexcept { return choice().tool_calls.back(); }
  void open(place next) noexcept;
  place place_of_object() const noexcept;
  void begin_container(bool is_object, place next);
  void end_part();
  void take_flat_error(std::string_view text);
  bool part_has_come() const noexcept;
  /// Whether the next value is an error, or is in an array of errors.
  bool is_error_value() const noexcept {
    return place_ == place::error || field_ == field::error || field_ == field::choice_error;
  }

  completion_part part_;
  std::array<place, json_depth_limit> open_{};  // of each open object or array
  std::size_t depth_ = 0;
  place place_ = place::outside;
  field field_ = field::other;
  std::string* text_ = nullptr;   // where the next value goes if it is a text
  found_count* count_ = nullptr;  // where it goes if it is a number
  std::string category_;
  found_usage* counting_ = &usage;
  json_copy copy_;
  std::string part_type_, part_text_;
  bool error_at_root_ = false;
};

}  // namespace corochain::codec
