// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <vector>

#include "codec/chat_completions/completion_reader.hpp"
#include "codec/chat_completions/split_characters.hpp"

// The tool calls of one choice of a stream, for `completion_stream`. OpenAI numbers its chunks; servers that
// imitate it may omit the number.
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
    // The number of open objects and arrays in the arguments so far.
    int depth = 0;
    // The arguments end inside a JSON string so far, or behind its backslash.
    bool in_text = false;
    bool escaped = false;
    // An object or array has begun.
    bool begun = false;
    // A chunk has come. An index may be skipped, and its call is then no call.
    bool seen = false;
    // The number of objects or arrays that have ended. More than one means that two calls were joined.
    int wholes = 0;

    /// Follows the nesting of the arguments by their brackets alone. It does not check them: they may be
    /// invalid JSON.
    void read(const std::string& arguments) noexcept;
  };
  /// Whether the arguments of a call are complete.
  static bool is_whole(const call& one) noexcept;
  std::size_t index_for(const found_tool_call& chunk, std::size_t position, bool alone);

  std::vector<call> calls_;
  // The call of the newest chunk.
  std::size_t last_ = 0;
  // Whether a chunk without an index was assigned to a call.
  bool inferred_ = false;
  bool too_many_ = false;
};

}  // namespace corochain::codec
