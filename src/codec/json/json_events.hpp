// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The reader of all JSON that comes from outside: answers, chunks, errors, tokens, and the JSON texts of
// options. Its visitors are in the other rooms of codec, beside the protocol that they know.
namespace corochain::codec {

/// The kind of a JSON value, or `absent`.
enum class json_shape { absent, null, boolean, number, text, object, array };

/// A number of a JSON text.
struct json_number {
  /// Empty if it is not a whole number or does not fit.
  std::optional<std::int64_t> whole;
  /// The nearest double.
  double value = 0;
  /// As it was written.
  std::string_view text{};
};

/// Receives the events of a JSON text in order. Views are valid until the function returns.
///
/// It replaces Boost.JSON, whose symbols could collide with a consumer's, and the event reader of nlohmann,
/// which refuses text that is not UTF-8. Neither skips members that are not of interest.
class json_visitor {
 public:
  virtual ~json_visitor() = default;
  virtual void on_object() {}
  virtual void on_array() {}
  /// Ends the innermost object or array.
  virtual void on_end() {}
  /// Returns whether the member's value is of interest. If not, the value has no events.
  virtual bool on_key(std::string_view) { return false; }
  virtual void on_null() {}
  virtual void on_bool(bool) {}
  virtual void on_number(const json_number&) {}
  /// Receives unescaped UTF-8.
  virtual void on_text(std::string_view) {}
};

/// `syntax` includes text after the value, and bytes that are not UTF-8 if these are refused.
enum class json_problem { none, syntax, too_deep, number_too_large };

/// The result of a reading. The visitor has received all events before the problem.
struct json_outcome {
  json_problem problem = json_problem::none;
  /// How many bytes were read when the problem was found.
  std::size_t at = 0;
};

/// Answers of models have about ten levels. A deeper text is hostile or broken.
inline constexpr std::size_t json_depth_limit = 128;

/// How bytes in a string that are not UTF-8 are handled, and an escape that is one half of a surrogate pair.
enum class json_text_errors {
  refused,
  /// By U+FFFD, one for each byte that is no part of a character.
  replaced,
  /// Replaced, but a half is passed in three bytes, as UTF-8 would write it: its other half may come later.
  halves_kept
};

/// Reads a whole JSON text (RFC 8259) in one pass and in constant memory, except for its longest string. It
/// does not recurse. It throws only the visitor's exceptions and those of memory shortage.
json_outcome visit_json(std::string_view text, json_visitor& visitor,
                        json_text_errors errors = json_text_errors::refused);

/// Returns how many bytes of `text` the JSON value at its start takes, with the blanks around it, or 0 if
/// there is none. Errors of text are ignored.
std::size_t first_json_value(std::string_view text);

}  // namespace corochain::codec
