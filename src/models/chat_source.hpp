// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>

#include "codec/chat_stream_reader.hpp"
#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/message.hpp"
#include "corochain/runnables/chunk_source.hpp"
#include "models/chat_step.hpp"
#include "models/model_call.hpp"

namespace corochain::models {

/// A streamed answer of a chat model, whatever its protocol. The socket is read only while a `next()` waits.
class chat_source final : public chunk_source<AIMessageChunk> {
 public:
  using keeping = codec::chat_stream_reader::keeping;

  chat_source(const chat_settings& settings, Messages input, call_context context,
              keeping kept = keeping::text)
      : settings_(settings), input_(std::move(input)), context_(std::move(context)), keeping_(kept) {}
  ~chat_source() override;

  awaitable<std::optional<AIMessageChunk>> next() override;
  bool take_ready(std::optional<AIMessageChunk>& slot) override;
  void stop() noexcept override;
  /// The attempts up to the first content wait for more than the exchange, which is all that `stop` aborts.
  bool next_ends_by_stop() const noexcept override { return opened_; }

 private:
  awaitable<std::optional<AIMessageChunk>> advance();
  awaitable<void> begin();
  awaitable<void> open(std::shared_ptr<transport::exchange> exchange);
  awaitable<void> read_to_content();
  void forget_attempt() noexcept;
  [[noreturn]] void fail_attempt(const Error& error);
  bool feed();
  awaitable<void> read_more();
  awaitable<void> take_whole_answer();
  awaitable<void> settle();
  void check_deadline() const;
  void close_record();
  void overhear(std::string_view chunk);
  [[noreturn]] void fail(const Error& error);

  // The settings of the step, which outlives this.
  const chat_settings& settings_;
  Messages input_;
  call_context context_;
  keeping keeping_;
  std::unique_ptr<model_call> call_;
  std::shared_ptr<transport::exchange> exchange_;
  std::unique_ptr<codec::chat_stream_reader> reader_;
  // Set if the server sent no stream.
  std::optional<AIMessageChunk> whole_;
  // The bytes of the answer so far, if the log wants contents.
  std::string overheard_;
  bool begun_ = false;
  // Whether the first content has come.
  bool opened_ = false;
  // Whether the body has ended.
  bool ended_ = false;
  bool over_ = false;
};

}  // namespace corochain::models
