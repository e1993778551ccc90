// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/call_options.hpp"

namespace corochain {

ChatCallOptions::ChatCallOptions() = default;

namespace models {
namespace {

template <class T>
void replace(std::optional<T>& own, const std::optional<T>& given) {
  if (given) own = given;
}
template <class T>
void replace(T& own, const T& given) {
  if (!given.empty()) own = given;
}

}  // namespace

codec::chat_parameters with_options(codec::chat_parameters parameters, const ChatCallOptions& options) {
  replace(parameters.temperature, options.temperature);
  replace(parameters.top_p, options.top_p);
  replace(parameters.presence_penalty, options.presence_penalty);
  replace(parameters.frequency_penalty, options.frequency_penalty);
  replace(parameters.max_completion_tokens, options.max_tokens);
  replace(parameters.seed, options.seed);
  replace(parameters.stop, options.stop);
  replace(parameters.n, options.n);
  replace(parameters.logprobs, options.logprobs);
  replace(parameters.top_logprobs, options.top_logprobs);
  replace(parameters.logit_bias, options.logit_bias);
  replace(parameters.reasoning_effort, options.reasoning_effort);
  replace(parameters.verbosity, options.verbosity);
  replace(parameters.response_format, options.response_format);
  replace(parameters.service_tier, options.service_tier);
  replace(parameters.store, options.store);
  replace(parameters.parallel_tool_calls, options.parallel_tool_calls);
  replace(parameters.user, options.user);
  replace(parameters.extra_body, options.extra_body);
  return parameters;
}

}  // namespace models
}  // namespace corochain
