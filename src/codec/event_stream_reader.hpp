// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/chat_stream_reader.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/request_id.hpp"
#include "codec/http/sse_parser.hpp"
#include "corochain/core/error.hpp"

// The part of a stream's reader that all protocols with server-sent events share: the events, the limits, the
// end, and the parts of errors. `chat_completions/completion_stream` is made of it.
namespace corochain::codec {

/// Reads a streamed answer whose body is a stream of server-sent events. `Reader` is the class that derives
/// from this one. Its type is an argument so that an event needs no virtual call: many streams have an event
/// for each token. `Reader` has two public functions:
/// - `void take(const sse_event&)` says what one event means. It appends chunks to `ready_`, gives their text
///   to `keep`, adds their bytes to `held_`, and sets `done_` at the event that ends the answer. It may
///   throw.
/// - `void judge_end()` is called when the body ends and `done_` is not set. It calls `cut_off` unless the
///   answer is whole.
///
/// It overrides `all_finished` if an answer may be whole before `done_`.
template <class Reader>
class event_stream_reader : public chat_stream_reader {
 public:
  /// Allows `most_event` bytes in one event, and `most_held` bytes of texts, arguments and logprobs in the
  /// answer.
  event_stream_reader(const header_fields& headers, std::uint64_t most_event, std::uint64_t most_held,
                      keeping kept)
      : headers_(headers),
        most_event_(most_event),
        most_held_(most_held),
        keeping_(kept),
        parser_(static_cast<std::size_t>(most_event)) {
    request_id_ = codec::request_id(headers);
  }

  void feed(std::string_view bytes) final {
    keep_failure([&] {
      parser_.feed(bytes);
      while (!done_) {
        const auto event = parser_.next();
        if (!event) break;
        take_event(*event);
      }
      // Behind the loop, so that the events before it are read.
      if (parser_.too_large())
        throw TooLargeError("an event of the stream is larger than its limit of " +
                                std::to_string(most_event_) + " bytes (option limits.stream_event)",
                            details());
    });
  }
  void end() final {
    keep_failure([&] {
      // Servers often omit the blank line behind the last event.
      if (const auto last = parser_.finish()) {
        try {
          take_event(*last);
        } catch (const ResponseFormatError&) {
          // The event was whole, and what it ends is no answer.
          if (done_) throw;
          // Otherwise no blank line closed this event: it was cut off, and `judge_end` says so.
        }
      }
      if (!done_) static_cast<Reader&>(*this).judge_end();
    });
  }
  bool all_finished() const noexcept override { return done_; }

 protected:
  /// Returns all that is known of the answer, for any error of it. The text is added by `tell`.
  ErrorDetails details() const {
    ErrorDetails details;
    details.answered = true;
    details.http_status = 200;
    details.request_id = request_id_;
    details.usage = usage_;
    return details;
  }
  /// Throws the `TruncatedError` of an answer that is not whole.
  [[noreturn]] void cut_off(const char* what) const { throw TruncatedError(what, details()); }
  /// Keeps a piece of the answer's text for `tell`, unless the caller keeps it.
  void keep(std::string_view text) {
    if (keeping_ == keeping::text) text_.append(text);
  }
  /// Whether the answer is longer than its limit. It is looked at behind each event.
  bool holds_too_much() const noexcept { return held_ > most_held_; }

  // A copy: the errors of later events need the head, and the response may be gone by then.
  const header_fields headers_;
  // The bytes of texts, arguments and logprobs so far. Counted by chunk and not at the end, so that an
  // endless stream is stopped early.
  std::uint64_t held_ = 0;

 private:
  /// Calls `read` unless the answer has ended or reading has failed before, and keeps its exception for
  /// `next()`.
  template <class Read>
  void keep_failure(Read read) {
    if (done_ || failure_) return;
    try {
      read();
    } catch (...) {
      // Not thrown here: the chunks before it are still to be handed out.
      failure_ = std::current_exception();
      // The event that ends the answer may have failed: an answer of an error is not whole.
      done_ = false;
    }
  }
  void take_event(const sse_event& event) {
    static_cast<Reader&>(*this).take(event);
    // After the event was taken: its chunks are handed out before the error.
    if (holds_too_much())
      throw TooLargeError(
          "the streamed answer is longer than its limit of " + std::to_string(most_held_) +
              " bytes (option limits.stream); set max_tokens to shorten the answer, or raise the limit",
          details());
  }

  std::uint64_t most_event_;
  std::uint64_t most_held_;
  keeping keeping_;
  sse_parser parser_;
};

}  // namespace corochain::codec
