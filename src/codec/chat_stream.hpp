// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/completion_parts.hpp"
#include "codec/filtered_categories.hpp"
#include "codec/header_fields.hpp"
#include "codec/split_characters.hpp"
#include "codec/sse_parser.hpp"
#include "codec/text_blocks.hpp"
#include "codec/tool_call_pieces.hpp"
#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {

/// Whether an answer's head announces an event stream.
bool is_event_stream(const header_fields& headers) noexcept;

enum class body_form { whole, events, unknown };

/// Tells the form of a 2xx body by its first bytes, whatever the head announces: JSON is a whole answer; a field of an
/// event or a comment is a stream. `unknown`: too few bytes have come. For all other bodies the head decides.
body_form form_of(std::string_view start, bool complete, const header_fields& headers) noexcept;

/// Whether a body's start holds nothing but blanks and line ends.
bool is_blank(std::string_view start) noexcept;

/// Reads a streamed chat completion from the bytes of its body, however they are cut, and judges its end.
///
/// What tells the user nothing (the piece that only names the role, the verdicts of a filter that runs beside) is not
/// handed out; what it says of the answer as a whole is kept for the next piece. Throws
/// - `ResponseFormatError` for an event that is no piece of a chat completion;
/// - the error that an error object in the stream stands for;
/// - `ContentFilterError` when the provider's filter stopped the answer, once all of it has come;
/// - `TruncatedError` when the body ends before the answer did;
/// - `TooLargeError` beyond the limits.
/// All carry the usage if it was told; `tell` adds the text. Nothing follows an exception.
class chat_stream_reader {
 public:
  /// Whether the text of the answer is kept for `tell`, or by the caller, who is handed all of its pieces.
  enum class keeping { text, nothing };

  /// At most `most_event` bytes in one event, and `most_held` bytes of texts, arguments and logprobs in the answer.
  chat_stream_reader(const header_fields& headers, std::uint64_t most_event, std::uint64_t most_held,
                     keeping kept = keeping::text);

  /// Takes the next bytes.
  void feed(std::string_view bytes);
  /// The body has ended.
  void end();
  /// The next piece, if there is one; throws what went wrong once all pieces before it were handed out.
  std::optional<AIMessageChunk> next();
  /// Whether `next()` has a piece.
  bool has_next() const noexcept { return !ready_.empty(); }
  /// Whether no more bytes are read: `next()` throws when it has no piece any more.
  bool failed() const noexcept { return failure_ != nullptr; }
  /// `[DONE]` was read: nothing more comes.
  bool done() const noexcept { return done_; }
  /// Every choice has its `finish_reason`: the answer is whole, whatever becomes of the rest of the stream.
  bool all_finished() const noexcept;
  /// Text, a refusal or a part of a tool call was read.
  bool content_came() const noexcept { return content_came_; }
  /// Events so far; comments are none.
  std::uint64_t events() const noexcept { return events_; }
  /// What is known of the call's cost and of who answered.
  const std::optional<Usage>& usage() const noexcept { return usage_; }
  const std::string& model() const noexcept { return model_; }
  const std::string& request_id() const noexcept { return request_id_; }
  /// Adds what is known of the answer to an error that lacks it: text, usage and request id so far. The text is moved.
  void tell(ErrorDetails& details);

 private:
  void read_events(std::string_view bytes);
  void read_end();
  void take(const sse_event& event);
  void take_values(std::string_view data);
  void take_value(std::string_view data);
  void take_piece(std::string_view data);
  void take_choice(found_choice& found, AIMessageChunk& chunk);
  void complete();
  void flush_halves();
  void count_held(const AIMessageChunk& chunk);
  ErrorDetails details() const;
  [[noreturn]] void no_piece(std::string_view what, std::string_view data) const;
  [[noreturn]] void reported_error(std::string_view data) const;

  header_fields headers_;
  std::uint64_t most_event_;
  std::uint64_t most_held_;
  std::uint64_t held_ = 0;
  keeping keeping_;
  std::uint64_t events_ = 0;
  sse_parser parser_;
  std::deque<AIMessageChunk> ready_;
  AIMessageChunk kept_;  // what was said once, for the next piece that is handed out
  bool something_kept_ = true;
  std::map<std::size_t, bool> finished_;  // the choices that came, and whether each has its finish_reason
  /// The beginnings in the pieces of a choice that wait for the next piece.
  struct choice_texts {
    split_characters content, refusal;
    tool_call_pieces tool_calls;
    bool came = false;  // any of them
    bool came_by_delta = false;
  };
  std::map<std::size_t, choice_texts> texts_;
  bool content_came_ = false;
  bool filtered_ = false;
  bool done_ = false;
  bool ended_ = false;
  std::exception_ptr failure_;
  filtered_categories categories_;
  text_blocks text_;
  std::optional<Usage> usage_;
  std::string model_;
  std::string request_id_;
};

}  // namespace corochain::codec
