// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

namespace corochain::codec {

/// Puts together characters beyond U+FFFF whose two halves came in two pieces of a text, where the server cut it by
/// units of UTF-16. Halves are in three bytes each (`json_text_errors::halves_kept`).
class split_characters {
 public:
  /// Makes `piece` valid UTF-8: a first half at its end is kept for the next one, unless this is the `last`, and other
  /// halves become U+FFFD.
  void join(std::string& piece, bool last);

 private:
  std::string half_;  // the first one, of a character whose second has not come
};

}  // namespace corochain::codec
