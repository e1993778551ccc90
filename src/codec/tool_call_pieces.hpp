// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <vector>

#include "codec/completion_reader.hpp"
#include "codec/split_characters.hpp"

namespace corochain::codec {

/// Tells to which tool call of a choice each piece belongs, and whether all calls are complete.
class tool_call_pieces {
 public:
  /// Moves the pieces out of a choice. One without an index belongs to the call with its id, else to that in its place.
  std::vector<ToolCallChunk> take(found_choice& found);
  /// Whether the arguments of each call are a whole JSON object.
  bool complete() const noexcept;

 private:
  struct call {
    std::string id;
    split_characters characters;
    int depth = 0;  // of open objects and arrays
    bool in_text = false;
    bool escaped = false;
    bool begun = false;
    bool seen = false;

    void read(const std::string& arguments) noexcept;
  };
  std::size_t index_for(const found_tool_call& piece, std::size_t position) const noexcept;

  std::vector<call> calls_;
};

}  // namespace corochain::codec
