// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Server-sent events for `event_stream_reader`, without the fields that only reconnecting
// clients need.
namespace corochain::codec {

/// One server-sent event. The views are valid until the parser is fed or asked again.
struct sse_event {
  /// The type is "message" if the server names none.
  std::string_view type;
  /// The data lines, joined by line feeds.
  std::string_view data;
};

/// Parses an event stream of the WHATWG's HTML standard (section 9.2.6) as it comes: lines that end with LF,
/// CR or CRLF, however they are split, data over several lines, comments, a byte order mark at the start, the
/// optional space behind a colon. Linear in the input. An event without data is none.
///
/// One thing differs from the standard, which is for browsers: if the stream ends without the empty line of
/// an event, `finish` returns that event, because servers end streams so behind `[DONE]`. The caller decides
/// whether the stream was complete.
class sse_parser {
 public:
  /// An event whose data is longer than `most` bytes ends the parsing: see `too_large`.
  explicit sse_parser(std::size_t most) : most_(most) {}

  /// Takes the next piece of the stream, which must stay valid until `next` has returned nothing.
  void feed(std::string_view bytes) noexcept { input_ = bytes; }
  /// Returns the next complete event, or nothing if more input is needed or the limit was passed.
  std::optional<sse_event> next();
  /// Notes the end of the stream. Returns the event that lacks only its empty line, if there is one.
  std::optional<sse_event> finish();
  /// Whether an event or a line passed the limit. Nothing more comes then.
  bool too_large() const noexcept { return too_large_; }

 private:
  /// Returns the next complete line without its end, or nothing if the input is used up.
  std::optional<std::string_view> next_line();
  void take_field(std::string_view line);
  std::optional<sse_event> dispatch();

  std::size_t most_;
  std::string_view input_;
  // The beginning of a line whose end has not come yet.
  std::string line_;
  // The data of the current event, if it consists of several parts.
  std::string data_;
  // The only data line so far, a view into the input.
  std::string_view direct_;
  // The last `event` field of the current event.
  std::string type_;
  // The parts of the event that was returned last. They are kept until the next call because the event views
  // them.
  std::string dispatched_data_, dispatched_type_;
  bool has_data_ = false;
  // Whether the line that was returned last is in `line_`, since it came in several pieces.
  bool line_was_put_together_ = false;
  // A line feed that comes next belongs to the end of the line before, even in another piece.
  bool after_carriage_return_ = false;
  // A byte order mark is skipped before the first line only.
  bool started_ = false;
  bool too_large_ = false;
};

}  // namespace corochain::codec
