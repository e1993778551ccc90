// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "codec/json/json_events.hpp"

namespace corochain::codec {

/// Writes the events of an object or array as JSON without blanks, for servers that send JSON in place of its
/// text.
class json_copy {
 public:
  void object(std::string& out) { open(out, true); }
  void array(std::string& out) { open(out, false); }
  /// Ends the innermost object or array. Returns whether the copy is complete.
  bool end(std::string& out);
  void key(std::string& out, std::string_view key);
  void text(std::string& out, std::string_view text);
  /// Writes a number, `true`, `false` or `null`.
  void word(std::string& out, std::string_view word);

 private:
  void open(std::string& out, bool object);
  void before_value(std::string& out);

  std::bitset<json_depth_limit> objects_;
  std::size_t depth_ = 0;
  bool first_ = true;  // the innermost open object or array is empty so far
};

}  // namespace corochain::codec
