// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain::testing {

namespace detail {
struct mock_reply_state;
}  // namespace detail

/// The answer of a `MockServer` to one request, faults included.
///
/// A value that is cheap to copy: copies share their contents until one of them is changed. Setters change
/// this object and return it, so that they can be chained:
///
///     server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "1"));
///     server.reply(MockReply::chat("late").latency(50ms).close());
///
/// The oddities of real servers and gateways are written byte by byte:
///
///     server.reply(MockReply::chat("Hi").status_line("HTTP/1.1 200"));  // neither blank nor reason
///     server.reply(MockReply::stream({"one", " two"}).content_type("application/json"));  // another name
///     server.reply(MockReply::events({first}).wait(2s).then(": ping\n\n").wait(2s).then(second));
///     server.reply(MockReply::bytes("HTTP/1.1 200 OK\r\nContent-Len").wait(50ms)
///                      .then("gth: 2\r\n\r\n{}").close());
///
/// Thread safety: distinct objects, copies of each other included, may be used from distinct threads; one
/// object may not be changed while another thread uses it.
class COROCHAIN_EXPORT MockReply {
 public:
  /// Status 200 with a chat completion of a fixed text.
  MockReply();

  MockReply(const MockReply& other);
  MockReply& operator=(const MockReply& other);
  ~MockReply();

  /// Makes a status 200 with a chat completion in the shape that Azure OpenAI sends: `id`, `model`,
  /// `prompt_filter_results`, one choice that ended with "stop", and `usage`.
  ///
  /// `content` is the assistant's text, unescaped UTF-8; bytes that are not UTF-8 become U+FFFD. One token in
  /// `usage` stands for four bytes of text.
  static MockReply chat(std::string content);

  /// Makes a status 200 with these embeddings, in base64, whatever the request asked for.
  static MockReply embeddings(const std::vector<std::vector<float>>& vectors);

  /// Makes an error answer: `{"error": {"code", "message", "type", "param"}}` with that HTTP status.
  ///
  /// `type` follows from the status ("invalid_request_error", "rate_limit_error", "server_error"); `param` is
  /// null. Throws `std::invalid_argument` as `status()` does.
  static MockReply error(int status, std::string code, std::string message);

  /// Makes an answer with exactly this body, as a proxy in between would send it: none of the headers that
  /// the service adds to its own answers (`x-request-id` and so on).
  ///
  /// If `content_type` is empty, no such header is sent. Throws `std::invalid_argument` as `status()` and
  /// `header()` do.
  static MockReply raw(int status, std::string content_type, std::string body);

  /// Makes a streamed chat completion in the shape that Azure OpenAI sends: an event with the prompt's filter
  /// results, one with the role, one for each of `chunks`, one with the finish_reason, one with the usage and
  /// `[DONE]`; each event is an HTTP chunk of its own. The stream is also sent to a request that did not ask
  /// for one.
  static MockReply stream(const std::vector<std::string>& chunks);

  /// Makes a stream of exactly these events' bytes, each an HTTP chunk of its own. The caller writes the line
  /// ends, too. `then` adds more events.
  static MockReply events(const std::vector<std::string>& events);

  /// Makes an answer of exactly these bytes, and those that `then` adds. The caller writes status line, head,
  /// framing and body; they need not be HTTP. The server adds nothing to them.
  ///
  /// The connection stays open for the next request, unless `close()` was called or the client asks to close
  /// it. `cut_body_after` and `stall_body_after` count all bytes. Setters of the status, a header, the
  /// content type, the body or chunks throw `std::logic_error`.
  static MockReply bytes(std::string bytes);

  /// Closes the connection instead of answering. No byte is sent. The client sees an orderly end of the TCP
  /// stream and, under TLS, no close_notify.
  static MockReply drop();

  /// Aborts the connection instead of answering: the client sees "connection reset by peer".
  static MockReply reset();

  /// Sets the time between the arrival of the request's last byte and the sending of the answer's first one.
  ///
  /// Also delays `drop()` and `reset()`. Negative is zero; more than a year is a year. When the client leaves
  /// meanwhile, the wait ends and nothing is sent.
  MockReply& latency(std::chrono::milliseconds time);

  /// Sets the HTTP status. Throws `std::invalid_argument` if it is not in 200..999.
  MockReply& status(int code);

  /// Sends this line, without its line break, instead of the one that the status makes: `HTTP/1.1 200`,
  /// `HTTP/1.0 200 Connection established`. `status` still decides whether there is a body.
  ///
  /// Throws `std::invalid_argument` if it holds a line break.
  MockReply& status_line(std::string line);

  /// Sets the content type; with "" no such header is sent.
  ///
  /// Throws `std::invalid_argument` if it holds a line break.
  MockReply& content_type(std::string type);

  /// Adds a header. Headers are sent unchanged, in the order in which they are added. A header replaces the
  /// server's own header of the same name (in any letter case), `content-type`, `content-length` and
  /// `connection` included. A second header of the same name is sent beside the first.
  ///
  /// Throws `std::invalid_argument` if the name is empty or either holds a line break.
  MockReply& header(std::string name, std::string value);

  /// Sets the body. The content type does not change. Removes what `then` and `wait` added.
  MockReply& body(std::string text);

  /// Appends bytes to the reply. They are sent in a write (and TLS record) of their own. They are a part of
  /// `bytes`, one more event of `events` or `stream`, and more of the body of any other answer.
  MockReply& then(std::string bytes);

  /// Waits between the bytes that the reply holds and those that `then` adds next. If none are added, it
  /// waits before the answer counts as ended, which is when `close()` closes and the next request is served.
  /// Two waits add up.
  ///
  /// Negative is zero; more than a year is a year. When the client leaves meanwhile, the wait ends.
  MockReply& wait(std::chrono::milliseconds time);

  /// Sends `connection: close`, and closes the connection after the answer.
  MockReply& close();

  /// Sends the whole head, which announces the whole body, but only that many bytes of the body. Then closes
  /// the connection (without close_notify under TLS), as when a proxy dies.
  MockReply& cut_body_after(std::size_t bytes);

  /// Sends the whole head and that many bytes of the body, then nothing more. The connection stays open until
  /// the client or the server closes it.
  MockReply& stall_body_after(std::size_t bytes);

  /// Sets the time between two events of a stream that have no `wait` between them.
  MockReply& chunk_interval(std::chrono::milliseconds time);
  /// The former name.
  MockReply& piece_interval(std::chrono::milliseconds time) { return chunk_interval(time); }

  /// Sends the body with `transfer-encoding: chunked` in chunks of `bytes_per_chunk` bytes (0 counts as 1),
  /// the last one shorter. `cut_body_after` and `stall_body_after` count the body without the framing.
  MockReply& chunked(std::size_t bytes_per_chunk = 1024);

 private:
  friend struct detail::mock_reply_state;

  explicit MockReply(std::shared_ptr<const detail::mock_reply_state> state);

  // Never null, and never changed once it is shared.
  std::shared_ptr<const detail::mock_reply_state> state_;
};

}  // namespace corochain::testing
