// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {

/// Reads one streamed answer of a chat model from the bytes of its body, however they are cut, and judges its
/// end.
///
/// A protocol implements `feed`, `end` and `all_finished`, and adds to what is protected here; the functions
/// that are called for each chunk are not virtual. After an error nothing more is read.
class chat_stream_reader {
 public:
  /// Whether the text of the answer is kept for `tell`, or by the caller, who is handed all of its chunks.
  enum class keeping { text, nothing };

  chat_stream_reader() = default;
  chat_stream_reader(const chat_stream_reader&) = delete;
  chat_stream_reader& operator=(const chat_stream_reader&) = delete;
  virtual ~chat_stream_reader();

  /// Takes the next bytes. What is wrong with them is thrown by `next()`, once all chunks before it were
  /// handed out.
  virtual void feed(std::string_view bytes) = 0;
  /// The body has ended. Otherwise as `feed`.
  virtual void end() = 0;
  /// Whether the answer is whole, whatever becomes of the rest of the stream.
  virtual bool all_finished() const noexcept = 0;
  /// Adds what is known of the answer to an error that lacks it: usage and request id so far; a protocol adds
  /// the text.
  virtual void tell(ErrorDetails& details);

  /// The next chunk, if there is one.
  std::optional<AIMessageChunk> next();
  /// Whether `next()` has a chunk.
  bool has_next() const noexcept { return !ready_.empty(); }
  /// Whether no more bytes are read: `next()` throws when it has no chunk any more.
  bool failed() const noexcept { return failure_ != nullptr; }
  /// The end of the answer was read: nothing more comes.
  bool done() const noexcept { return done_; }
  /// What is known of the call's cost and of who answered.
  const std::optional<Usage>& usage() const noexcept { return usage_; }
  const std::string& model() const noexcept { return model_; }
  const std::string& request_id() const noexcept { return request_id_; }

 protected:
  std::deque<AIMessageChunk> ready_;
  std::exception_ptr failure_;
  bool done_ = false;
  std::optional<Usage> usage_;
  std::string model_;
  std::string request_id_;
};

}  // namespace corochain::codec
