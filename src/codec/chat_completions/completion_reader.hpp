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

// The first of two steps from JSON to an answer: this one collects, and `chat_response` or
// `completion_stream` judges. `embeddings/embedding_reader` has the same form for its texts, and shares the
// types of found values.
namespace corochain::codec {

/// Empty if the value is missing or is no whole number.
using found_count = std::optional<std::int64_t>;

/// An element of `tool_calls`: a whole call, or the chunk of one in a stream.
struct found_tool_call {
  json_shape shape = json_shape::absent;
  found_count index;
  std::string id, name, arguments;
};

/// An element of `choices`. Texts are empty if they are missing or of another type.
struct found_choice {
  json_shape shape = json_shape::absent;
  /// Its position in the array, which stands in for a missing index.
  std::size_t position = 0;
  found_count index;
  std::string finish_reason;
  /// Whether it holds an error that is not empty. OpenRouter reports failures so.
  bool error = false;
  /// The shape of the part of a whole answer.
  json_shape message = json_shape::absent;
  /// The shape of the part of a chunk.
  json_shape delta = json_shape::absent;
  std::string content;
  std::string refusal;
  std::vector<found_tool_call> tool_calls;
  std::vector<TokenLogprob> logprobs;
  filtered_categories categories;
};

/// Counts of tokens as they were sent.
struct found_usage {
  json_shape shape = json_shape::absent;
  found_count prompt_tokens, completion_tokens, total_tokens;
  found_count cached_tokens, reasoning_tokens;
  /// From a provider that sends it beside the other counts.
  found_count own_cached_tokens;
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
  /// It is there, and is not a code of success.
  bool code = false;
  bool error_type = false;
  bool error_message = false;
  std::string type;
  json_shape choices = json_shape::absent;
  std::vector<found_choice> all_choices;
  /// Removes the elements of `choices` that are no objects. The others keep their positions.
  void drop_misshapen_choices();
  bool too_many = false;
  found_usage usage;
  /// The usage of a choice, where some servers put it.
  found_usage usage_in_choice;

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
    // Outside of the root and of everything of interest.
    outside,
    root,
    // `choices`, and an element of it.
    choices,
    choice,
    // `message` or `delta` of a choice.
    message,
    // `content_filter_results` of a choice, and one of its members.
    categories,
    category,
    // `content` as an array of parts, and one of them.
    parts,
    part,
    // `error`, at the root or in a choice.
    error,
    // `tool_calls`, an element of it, and the element's `function`.
    tools,
    tool,
    function,
    // Inside a JSON value that takes the place of its text.
    copied,
    // `logprobs` of a choice, its array `content` or `refusal`, and an element of that.
    logprobs,
    tokens,
    token,
    // `top_logprobs` of a token, and an element of it.
    alternatives,
    alternative,
    // `usage`, at the root or in a choice, and its two objects of details.
    usage,
    prompt_details,
    completion_details,
  };
  /// The last key that was read in an object of interest.
  enum class field : unsigned char {
    other,
    // A member that `text_` points to.
    text,
    // A member that `count_` points to.
    count,
    choices,
    usage,
    error,
    // Members of an error that has no object `error` around it.
    error_type,
    error_message,
    plain_message,
    code,
    choice_error,
    message,
    delta,
    categories,
    logprobs,
    // Like `text`, but the value may also be an array of parts.
    content,
    tools,
    function,
    // Like `text`, but the value may also be JSON, which is copied as text.
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

  /// Returns the member of that name in `place_`, and notes where its value goes. `other` is skipped by the
  /// JSON reader, with everything inside it.
  field field_named(std::string_view key) noexcept;
  /// Sets `text_`. The pointer stays valid until the value: only a further element of `choices` or of
  /// `tool_calls` moves one.
  field text_in(std::string& slot, field which = field::text) noexcept;
  field count_in(found_count& slot) noexcept;
  /// The next value has no member of interest.
  void leave_field() noexcept;
  void arrived(json_shape shape);
  void arrived_in_array(json_shape shape);
  void arrived_error(bool at_root, bool holds) noexcept { (at_root ? error : choice().error) = holds; }
  /// Notes the shape of `message` or `delta`, and drops the texts of an earlier one.
  void arrived_part(json_shape& slot, json_shape shape) noexcept;
  found_choice& choice() noexcept { return all_choices.back(); }
  found_tool_call& tool() noexcept { return choice().tool_calls.back(); }
  /// Steps into an object or array. `on_end` steps back.
  void open(place next) noexcept;
  /// Returns the place inside an object that begins now.
  place place_of_object() const noexcept;
  /// Begins an object or array at a place that the caller has found.
  void begin_container(bool is_object, place next);
  void end_part();
  /// Notes that a text reports an error, if its member does.
  void take_flat_error(std::string_view text);
  /// Whether the wanted part of the last choice was an object. The other part is then skipped.
  bool part_has_come() const noexcept;
  /// Whether the next value is an error, or is in an array of errors.
  bool is_error_value() const noexcept {
    return place_ == place::error || field_ == field::error || field_ == field::choice_error;
  }

  completion_part part_;
  // The places around each open object or array, to return to.
  std::array<place, json_depth_limit> open_{};
  std::size_t depth_ = 0;
  place place_ = place::outside;
  field field_ = field::other;
  // Where the next value goes if it is a text.
  std::string* text_ = nullptr;
  // Where it goes if it is a number.
  found_count* count_ = nullptr;
  // The name of the category whose object is open.
  std::string category_;
  // The usage whose object is open: that of the root or that of a choice.
  found_usage* counting_ = &usage;
  json_copy copy_;
  // The part of a content whose object is open. Its type may come behind its text.
  std::string part_type_, part_text_;
  // Whether the error whose value comes is that of the root, and not of a choice.
  bool error_at_root_ = false;
};

}  // namespace corochain::codec
