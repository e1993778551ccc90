// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/tool_call_chunks.hpp"

#include <algorithm>
#include <utility>

#include "codec/chat_completions/completion_parts.hpp"

// Chunks are assigned by index, else by id, else by position, else by their order in time. A wrong guess
// shows in the arguments, and is then an error and never a call with wrong arguments.
namespace corochain::codec {

void tool_call_chunks::call::read(const std::string& arguments) noexcept {
  for (const char c : arguments) {
    if (escaped) {
      escaped = false;
    } else if (in_text) {
      escaped = c == '\\';
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
      begun = true;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) ++wholes;
    }
  }
}

/// Finds the call of a chunk without an index: the call with the chunk's id. Without an id: the call at its
/// position if the array has several chunks, else the call that began last, or a new one if that is whole and
/// the chunk has a name.
std::size_t tool_call_chunks::index_for(const found_tool_call& chunk, std::size_t position, bool alone) {
  if (chunk.index) return static_cast<std::size_t>(*chunk.index);
  inferred_ = true;
  if (!chunk.id.empty()) {
    const auto same =
        std::find_if(calls_.begin(), calls_.end(), [&](const call& c) { return c.id == chunk.id; });
    return static_cast<std::size_t>(same - calls_.begin());
  }
  if (!alone || calls_.empty()) return position;
  const bool begins = !chunk.name.empty() && is_whole(calls_[last_]);
  return begins ? calls_.size() : last_;
}

/// Texts of the chunks are moved, after the halves of their characters were joined.
std::vector<ToolCallChunk> tool_call_chunks::take(found_choice& found) {
  std::vector<ToolCallChunk> chunks;
  chunks.reserve(found.tool_calls.size());
  for (std::size_t i = 0; i < found.tool_calls.size(); ++i) {
    found_tool_call& chunk = found.tool_calls[i];
    if (chunk.shape != json_shape::object) continue;
    const std::size_t index = index_for(chunk, i, found.tool_calls.size() == 1);
    // Calls are stored by their index, so a server must not choose it freely.
    if (index > static_cast<std::size_t>(highest_index)) {
      too_many_ = true;
      break;
    }
    last_ = index;
    split_characters().join(chunk.id, true);
    split_characters().join(chunk.name, true);
    if (index >= calls_.size()) calls_.resize(index + 1);
    call& known = calls_[index];
    // The id comes with the first chunk of a call.
    if (known.id.empty()) known.id = chunk.id;
    known.characters.join(chunk.arguments, false);
    known.seen = true;
    known.read(chunk.arguments);
    ToolCallChunk& made = chunks.emplace_back();
    made.index = index;
    made.id = std::move(chunk.id);
    made.name = std::move(chunk.name);
    made.arguments = std::move(chunk.arguments);
  }
  return chunks;
}

bool tool_call_chunks::is_whole(const call& one) noexcept {
  return !one.seen || (one.begun && one.depth == 0 && !one.in_text);
}

bool tool_call_chunks::complete() const noexcept {
  return std::all_of(calls_.begin(), calls_.end(), &is_whole);
}

/// Two objects under one index show that chunks of different calls were joined, and so does one that is not
/// whole.
bool tool_call_chunks::told_apart() const noexcept {
  return !inferred_ || std::all_of(calls_.begin(), calls_.end(), [](const call& one) {
    return !one.begun || (is_whole(one) && one.wholes <= 1);
  });
}

}  // namespace corochain::codec
