// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "codec/json/json_events.hpp"

// Some servers send a tool call's arguments as JSON in place of JSON text.
// `chat_completions/completion_reader` writes them back as the text that the answer promises.
namespace corochain::codec {

/// Writes the events of an object or array as JSON without blanks, for servers that send JSON in place of its
/// text. The events have to be those of valid JSON, as `visit_json` gives them. `out` is the same text in
/// each call.
class json_copy {
 public:
  void object(std::string& out) { open(out, true); }
  void array(std::string& out) { open(out, false); }
  /// Ends the innermost object or array. Returns whether the copy is complete.
  bool end(std::string& out);
  /// Begins a member of the innermost object.
  void key(std::string& out, std::string_view key);
  void text(std::string& out, std::string_view text);
  /// Writes a number, `true`, `false` or `null`.
  void word(std::string& out, std::string_view word);

 private:
  void open(std::string& out, bool object);
  void before_value(std::string& out);

  // One bit for each open object or array, set for objects.
  std::bitset<json_depth_limit> objects_;
  std::size_t depth_ = 0;
  // The innermost open object or array is empty so far.
  bool first_ = true;
};

}  // namespace corochain::codec
