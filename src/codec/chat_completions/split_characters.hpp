// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

// Text in pieces, for `completion_stream` and `tool_call_chunks`. Servers written in languages with UTF-16
// texts cut emoji in two.
namespace corochain::codec {

/// Joins characters beyond U+FFFF whose two halves came in two pieces of a text, because the server cut it
/// between UTF-16 units. Each half is in three bytes (`json_text_errors::halves_kept`).
class split_characters {
 public:
  /// Makes `piece` valid UTF-8. A first half at its end is kept for the next piece, unless this is the
  /// `last`. Other halves become U+FFFD.
  void join(std::string& piece, bool last);

 private:
  std::string half_;  // the first half of a character whose second half has not come
};

}  // namespace corochain::codec
