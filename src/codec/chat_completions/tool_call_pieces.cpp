// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/tool_call_pieces.hpp"

#include <algorithm>
#include <utility>

#include "codec/chat_completions/completion_parts.hpp"

namespace corochain::codec {

void tool_call_pieces::call::read(const std::string& arguments) noexcept {
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

/// Without an index: the call with the piece's id; without an id the place in its array, where there are several, else
/// the call begun last, or a new one where that is whole and the piece has a name.
std::size_t tool_call_pieces::index_for(const found_tool_call& piece, std::size_t position, bool alone) {
  if (piece.index.whole) return static_cast<std::size_t>(*piece.index.whole);
  inferred_ = true;
  if (!piece.id.text.empty()) {
    const auto same =
        std::find_if(calls_.begin(), calls_.end(), [&](const call& c) { return c.id == piece.id.text; });
    return static_cast<std::size_t>(same - calls_.begin());
  }
  if (!alone || calls_.empty()) return position;
  const bool begins = !piece.name.text.empty() && is_whole(calls_[last_]);
  return begins ? calls_.size() : last_;
}

std::vector<ToolCallChunk> tool_call_pieces::take(found_choice& found) {
  std::vector<ToolCallChunk> pieces;
  pieces.reserve(found.tool_calls.size());
  for (std::size_t i = 0; i < found.tool_calls.size(); ++i) {
    found_tool_call& piece = found.tool_calls[i];
    if (piece.shape != json_shape::object) continue;
    const std::size_t index = index_for(piece, i, found.tool_calls.size() == 1);
    if (index > static_cast<std::size_t>(highest_index)) {
      too_many_ = true;
      break;
    }
    last_ = index;
    split_characters().join(piece.id.text, true);
    split_characters().join(piece.name.text, true);
    if (index >= calls_.size()) calls_.resize(index + 1);
    call& known = calls_[index];
    if (known.id.empty()) known.id = piece.id.text;
    known.characters.join(piece.arguments.text, false);
    known.seen = true;
    known.read(piece.arguments.text);
    ToolCallChunk& made = pieces.emplace_back();
    made.index = index;
    made.id = std::move(piece.id.text);
    made.name = std::move(piece.name.text);
    made.arguments = std::move(piece.arguments.text);
  }
  return pieces;
}

bool tool_call_pieces::is_whole(const call& one) noexcept {
  return !one.seen || (one.begun && one.depth == 0 && !one.in_text);
}

bool tool_call_pieces::complete() const noexcept {
  return std::all_of(calls_.begin(), calls_.end(), &is_whole);
}

bool tool_call_pieces::told_apart() const noexcept {
  return !inferred_ || std::all_of(calls_.begin(), calls_.end(), [](const call& one) {
    return !one.begun || (is_whole(one) && one.wholes <= 1);
  });
}

}  // namespace corochain::codec
