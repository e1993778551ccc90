// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/models/chat_call_options.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/sequence.hpp"

namespace corochain {

/// A chat model: conversations in, the model's message out. It is a handle to immutable shared state, as each
/// `Runnable` is, and adds `bind`.
class COROCHAIN_EXPORT ChatModel : public Runnable<Messages, AIMessage> {
 public:
  using Runnable<Messages, AIMessage>::Runnable;
  /// A chain of the same types can be used as a model; only `bind` needs a model in it.
  ChatModel(const Runnable<Messages, AIMessage>& chain) : Runnable<Messages, AIMessage>(chain) {}

  /// The same model with options that replace its own in each call: see `ChatCallOptions`. They reach a model
  /// with retries, fallbacks (each of them), listeners or a configuration. Throws a `ConfigError` if there is
  /// no model, and if an option is wrong.
  ChatModel bind(const ChatCallOptions& options) const;

  /// As those of `Runnable`; their results can be bound.
  ChatModel with_config(RunConfig config) const;
  template <detail::call_limits L = CallLimits>
  ChatModel with_config(L limits) const {
    return Runnable<Messages, AIMessage>::with_config(limits);
  }
  ChatModel with_retry(RetryOptions options = RetryOptions()) const;
  ChatModel with_retry(RetryOptions options, detail::failure_rule retry_if) const;
  ChatModel with_fallbacks(ListArg<detail::alternative<Messages, AIMessage>> fallbacks,
                           FallbackOptions options = FallbackOptions()) const;
  template <std::predicate<const Failure&> Rule>
  ChatModel with_fallbacks(ListArg<detail::alternative<Messages, AIMessage>> fallbacks, Rule handle) const {
    return Runnable<Messages, AIMessage>::with_fallbacks(std::move(fallbacks), std::move(handle));
  }
  template <detail::lone_alternative<Messages, AIMessage> Given, class Options = FallbackOptions>
  ChatModel with_fallbacks(Given fallback, Options options = Options()) const {
    return Runnable<Messages, AIMessage>::with_fallbacks(std::move(fallback), std::move(options));
  }
  ChatModel with_listeners(const Listeners& listeners) const;
};

}  // namespace corochain
