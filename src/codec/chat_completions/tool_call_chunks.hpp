// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <vector>

#include "codec/chat_completions/completion_reader.hpp"
#include "codec/chat_completions/split_characters.hpp"

namespace corochain::codec {

/// Tells to which tool call of a choice each chunk belongs, and whether all calls are complete.
class tool_call_chunks {
 public:
  /// Moves the chunks out of a choice. One without an index belongs to the call with its id, else to that in its place,
  /// or, where it comes alone, to the one begun last.
  std::vector<ToolCallChunk> take(found_choice& found);
  /// Whether the arguments of each call are a whole JSON object.
  bool complete() const noexcept;
  /// False where chunks without an index were put together and the arguments show that it was wrong.
  bool told_apart() const noexcept;
  /// An index is beyond the highest.
  bool too_many() const noexcept { return too_many_; }

 private:
  struct call {
    std::string id;
    split_characters characters;
    int depth = 0;  // of open objects and arrays
    bool in_text = false;
    bool escaped = false;
    bool begun = false;
    bool seen = false;
    int wholes = 0;  // objects or arrays that have ended

    void read(const std::string& arguments) noexcept;
  };
  static bool is_whole(const call& one) noexcept;
  std::size_t index_for(const found_tool_call& chunk, std::size_t position, bool alone);

  std::vector<call> calls_;
  std::size_t last_ = 0;  // the call of the newest chunk
  bool inferred_ = false;
  bool too_many_ = false;
};

}  // namespace corochain::codec
