// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

#include "codec/chat_completions/completion_reader.hpp"
#include "codec/chat_completions/filtered_categories.hpp"
#include "codec/chat_completions/split_characters.hpp"
#include "codec/chat_completions/tool_call_chunks.hpp"
#include "codec/event_stream_reader.hpp"

// Streams of chat completions: events from `event_stream_reader`, chunks by `completion_reader`, and the
// judgement of the whole. `models/chat_source` feeds it, and `chat_response` for servers that stream unasked.
namespace corochain::codec {

/// Reads a streamed chat completion from the bytes of its body, however they are split, and judges its end.
///
/// A chunk that says nothing to the user is not handed out: the chunk that only names the role, or the
/// results of a filter that runs beside the model. Its facts about the answer as a whole are kept for the
/// next chunk. Throws
/// - `ResponseFormatError` for an event that is no chunk of a chat completion;
/// - the error that an error object in the stream stands for;
/// - `ContentFilterError` when the provider's filter stopped the answer, once all of it has come;
/// - `TruncatedError` when the body ends before the answer did;
/// - `TooLargeError` beyond the limits.
/// All carry the usage if it was sent; `tell` adds the text. Nothing follows an exception.
class completion_stream_reader final : public event_stream_reader<completion_stream_reader> {
 public:
  completion_stream_reader(const header_fields& headers, std::uint64_t most_event, std::uint64_t most_held,
                           keeping kept = keeping::text);

  /// Whether every choice has its `finish_reason`.
  bool all_finished() const noexcept override;
  /// Takes a whole event. Its type is "message" for chunks; other types than "error" are read alike.
  void take(const sse_event& event);
  /// The end of the body is the end of the answer only if every choice has said so.
  void judge_end();

 private:
  void take_values(std::string_view data);
  void take_value(std::string_view data);
  void take_chunk(std::string_view data);
  /// Adds a choice of an event to the chunk that is made of the event.
  void take_choice(found_choice& found, AIMessageChunk& chunk);
  /// Judges the end of an answer that was announced by `[DONE]` or by the end of the body.
  void complete();
  void flush_halves();
  /// Throws a `ResponseFormatError` with an excerpt of the event.
  [[noreturn]] void no_chunk(std::string_view what, std::string_view data) const;
  /// Throws the error that an event reports.
  [[noreturn]] void reported_error(std::string_view data) const;

  // Facts that are sent once, for the next chunk that is handed out.
  AIMessageChunk kept_;
  // Whether `kept_` waits for a chunk: at the start, with the facts of the head. After that it holds what the
  // first chunk said, to tell a change.
  bool something_kept_ = true;
  /// The state of one choice, by its index. It exists once the choice has come.
  struct choice_texts {
    // The halves of characters that wait for the next chunk.
    split_characters content, refusal;
    tool_call_chunks tool_calls;
    // Its finish_reason has come.
    bool finished = false;
    // Any text or tool call of it has come.
    bool came = false;
    // A whole `message` that follows the chunks would repeat them.
    bool came_by_delta = false;
  };
  std::map<std::size_t, choice_texts> texts_;
  // The main choice has ended by the provider's filter. The error waits for the end of the stream, where the
  // usage comes.
  bool filtered_ = false;
  filtered_categories categories_;
};

}  // namespace corochain::codec
