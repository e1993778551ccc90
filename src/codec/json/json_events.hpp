// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corochain::codec {

/// A number of a JSON text.
struct json_number {
  std::optional<std::int64_t> whole;  ///< empty for what is not a whole number or does not fit
  double value = 0;                   ///< the nearest double
  std::string_view text{};            ///< as it was written
};

/// Told of each piece of a JSON text in its order. What is viewed is valid until the function returns.
class json_visitor {
 public:
  virtual ~json_visitor();
  virtual void on_object() = 0;
  virtual void on_array() = 0;
  virtual void on_end() = 0;  ///< of the innermost object or array
  /// Whether the member's value is of interest: nothing is told of one that is not.
  virtual bool on_key(std::string_view key) = 0;
  virtual void on_null() = 0;
  virtual void on_bool(bool value) = 0;
  virtual void on_number(const json_number& number) = 0;
  virtual void on_text(std::string_view text) = 0;  ///< unescaped UTF-8
};

enum class json_problem { none, syntax, too_deep, number_too_large };

struct json_outcome {
  json_problem problem = json_problem::none;
  std::size_t at = 0;  ///< how many bytes were read when the problem was seen
};

inline constexpr std::size_t json_depth_limit = 128;

/// What becomes of bytes in a string that are no UTF-8, and of an escape that is one half of a surrogate pair.
enum class json_text_errors {
  refused,
  replaced,  ///< by U+FFFD
  halves_kept  ///< replaced, but a half is told in three bytes, as UTF-8 would write it: its other half may come later
};

/// Reads a whole JSON text (RFC 8259) in one pass and in constant memory, but for its longest string. It does
/// not recurse, and its only exceptions are the visitor's own and those of memory shortage.
json_outcome visit_json(std::string_view text, json_visitor& visitor,
                        json_text_errors errors = json_text_errors::refused);

/// How many bytes of `text` the JSON value at its start takes, with the blanks around it; 0 if none is there. Errors of
/// text are passed over.
std::size_t first_json_value(std::string_view text);

}  // namespace corochain::codec
