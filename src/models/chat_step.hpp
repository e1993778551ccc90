// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/message.hpp"
#include "corochain/models/detail/chat_model_step.hpp"
#include "models/chat_settings.hpp"

namespace corochain::models {

/// The step of a chat model, whatever its protocol: each call is a `model_call` with its attempts under one
/// deadline, or a `chat_source` if the answer is streamed. Immutable. `ChatModel` and the chains that it is
/// part of hold it; calls on any number of threads share it.
class chat_step final : public detail::chat_model_step {
 public:
  explicit chat_step(chat_settings settings) : settings_(std::move(settings)) {}
  const char* name() const noexcept override { return settings_.name; }
  /// A chat model makes chunks; steps behind it may pass them on.
  streaming_mode streaming() const override { return streaming_mode::makes; }
  std::shared_ptr<const detail::chat_model_step> with_call_options(
      const ChatCallOptions& options) const override;
  awaitable<void> call(Messages input, const call_context& context,
                       std::optional<AIMessage>& answer) const override;
  chunk_source_ptr<AIMessageChunk> stream(Messages input, call_context context) const override;

 private:
  // Two functions, because one frame for both would hold the locals of both for as long as a call waits.
  awaitable<void> call_streamed(Messages input, call_context context, std::optional<AIMessage>& answer) const;
  awaitable<void> call_whole(Messages input, const call_context& context,
                             std::optional<AIMessage>& answer) const;

  chat_settings settings_;
};

}  // namespace corochain::models
