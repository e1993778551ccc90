// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "codec/json/json_events.hpp"

namespace corochain::codec {

/// Writes what a reader is told of an object or array as JSON without blanks: where a server sends JSON in place of the
/// text that holds it.
class json_copy {
 public:
  void object(std::string& out) { open(out, true); }
  void array(std::string& out) { open(out, false); }
  /// Whether the copy is complete.
  bool end(std::string& out);
  void key(std::string& out, std::string_view key);
  void text(std::string& out, std::string_view text);
  /// A number, `true`, `false` or `null`.
  void word(std::string& out, std::string_view word);

 private:
  void open(std::string& out, bool object);
  void before_value(std::string& out);

  std::bitset<json_depth_limit> objects_;
  std::size_t depth_ = 0;
  bool first_ = true;  // nothing stands yet in what is open
};

}  // namespace corochain::codec
