// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "codec/text_blocks.hpp"
#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/error.hpp"

// The part of a stream's reader that all protocols share: the queue of chunks between `feed` and `next`, and
// the facts for the record of the call. `chat_source` of models feeds it from the transport and takes the
// chunks out, on the run's strand; nothing here waits.
namespace corochain::codec {

/// Reads one streamed answer of a chat model from the bytes of its body, however they are split, and judges
/// its end.
///
/// A protocol implements `feed`, `end` and `all_finished`, and writes the protected members;
/// `event_stream_reader` does most of it for server-sent events. The functions that are called for each chunk
/// are not virtual. After an error nothing more is read.
class chat_stream_reader {
 public:
  /// Whether the reader keeps the text of the answer for `tell`. If not, the caller keeps it: it receives all
  /// chunks.
  enum class keeping { text, nothing };

  chat_stream_reader() = default;
  chat_stream_reader(const chat_stream_reader&) = delete;
  chat_stream_reader& operator=(const chat_stream_reader&) = delete;
  virtual ~chat_stream_reader() = default;

  /// Takes the next bytes. Throws nothing: an error is kept in `failure_`, and `next()` throws it after it
  /// has returned all chunks before the error.
  virtual void feed(std::string_view bytes) = 0;
  /// Notes the end of the body. Otherwise like `feed`.
  virtual void end() = 0;
  /// Whether the answer is whole, whatever follows in the stream. If the connection is lost then, nothing of
  /// the answer is.
  virtual bool all_finished() const noexcept = 0;
  /// Adds what came of the answer to an error of it: the text, and the usage and the request id if the error
  /// lacks them. The text is moved: it may have many megabytes, and after an error nothing more is read.
  void tell(ErrorDetails& details);

  /// Returns the next chunk, if there is one. Returns nothing if more bytes have to be fed first. Throws the
  /// failure of `feed` or `end` once all chunks before it were returned, and again at each further call.
  std::optional<AIMessageChunk> next();
  /// Whether `next()` has a chunk.
  bool has_next() const noexcept { return !ready_.empty(); }
  /// Whether reading has failed: `next()` throws once it has no more chunks.
  bool failed() const noexcept { return failure_ != nullptr; }
  /// Whether the end of the answer was read and the answer is whole: nothing more comes. Not after an error.
  bool done() const noexcept { return done_; }
  /// The usage, the model and the request id, as far as they are known.
  const std::optional<Usage>& usage() const noexcept { return usage_; }
  const std::string& model() const noexcept { return model_; }
  const std::string& request_id() const noexcept { return request_id_; }

 protected:
  /// The chunks that were read and not yet returned, oldest first. One read of a socket may hold hundreds.
  std::deque<AIMessageChunk> ready_;
  /// The error that ended the reading. It waits until the chunks before it were taken: the consumer shall see
  /// all of the text that came.
  std::exception_ptr failure_;
  bool done_ = false;
  /// The text of the main choice for `tell`, unless the caller keeps it.
  text_blocks text_;
  std::optional<Usage> usage_;
  std::string model_;
  std::string request_id_;
};

}  // namespace corochain::codec
