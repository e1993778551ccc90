// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <vector>

#include "codec/chat_completions/completion_reader.hpp"
#include "codec/chat_completions/split_characters.hpp"

namespace corochain::codec {

/// Assigns each chunk to a tool call of its choice, and notes whether all calls are complete.
class tool_call_chunks {
 public:
  /// Moves the chunks out of a choice. A chunk without an index belongs to the call with its id, else to the
  /// call at its position, or, if it comes alone, to the call that began last.
  std::vector<ToolCallChunk> take(found_choice& found);
  /// Whether the arguments of each call are a whole JSON object.
  bool complete() const noexcept;
  /// Returns false if chunks without an index were joined and the arguments show that this was wrong.
  bool told_apart() const noexcept;
  /// Whether an index is beyond the highest.
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
