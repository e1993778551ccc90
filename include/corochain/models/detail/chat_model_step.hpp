// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/models/chat_call_options.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// The step of a chat model: `ChatModel::bind` looks for it.
class COROCHAIN_EXPORT chat_model_step : public step<Messages, AIMessage> {
 public:
  ~chat_model_step() override;
  RunType run_type() const noexcept override { return RunType::chat_model; }
  /// The same model with these options in each of its calls. Throws a `ConfigError` if one of them is wrong.
  virtual std::shared_ptr<const chat_model_step> with_call_options(const ChatCallOptions& options) const = 0;
};

}  // namespace corochain::detail
