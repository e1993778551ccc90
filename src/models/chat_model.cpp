// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/chat_model.hpp"

#include <memory>
#include <string>

#include "corochain/core/error.hpp"
#include "corochain/models/detail/chat_model_step.hpp"

namespace corochain {
namespace {

using chat_runnable = Runnable<Messages, AIMessage>;

/// The step with other options in each chat model in it: the model may be inside retries, fallbacks,
/// listeners or a configuration, which are made anew around it. Throws if there is none.
std::shared_ptr<const detail::step_base> bound(const detail::step_base& step,
                                               const ChatCallOptions& options) {
  if (const auto* model = dynamic_cast<const detail::chat_model_step*>(&step))
    return model->with_call_options(options);
  auto made = step.with_parts([&](const detail::step_base& part) { return bound(part, options); });
  if (!made)
    throw ConfigError(std::string("bind is for chat models, and this is a ") + step.name() +
                      "; bind the model before it becomes part of another step");
  return made;
}

}  // namespace

ChatModel ChatModel::bind(const ChatCallOptions& options) const {
  return ChatModel(
      std::static_pointer_cast<const corochain::step<Messages, AIMessage>>(bound(*step(), options)));
}

// The verbs of a runnable, whose results are chat models again: they can be bound.

ChatModel ChatModel::with_config(RunConfig config) const {
  return chat_runnable::with_config(std::move(config));
}

ChatModel ChatModel::with_retry(RetryOptions options) const { return chat_runnable::with_retry(options); }
ChatModel ChatModel::with_retry(RetryOptions options, detail::failure_rule retry_if) const {
  return chat_runnable::with_retry(options, std::move(retry_if));
}

ChatModel ChatModel::with_fallbacks(ListArg<detail::alternative<Messages, AIMessage>> fallbacks,
                                    FallbackOptions options) const {
  return chat_runnable::with_fallbacks(std::move(fallbacks), options);
}

ChatModel ChatModel::with_listeners(const Listeners& listeners) const {
  return chat_runnable::with_listeners(listeners);
}

}  // namespace corochain
