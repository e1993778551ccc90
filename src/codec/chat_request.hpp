// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/message.hpp"

namespace corochain::codec {

/// What a chat completion is asked for besides its messages. What is unset or empty is not sent.
struct chat_parameters {
  chat_parameters();

  std::string model;  ///< empty where the URL names the deployment
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> max_completion_tokens;
  bool legacy_max_tokens = false;  ///< the limit is written as `max_tokens`
  std::optional<std::int64_t> seed;
  std::vector<std::string> stop;
  std::string user;
  std::optional<std::int64_t> n;
  std::optional<bool> logprobs;
  std::optional<std::int64_t> top_logprobs;
  std::vector<std::pair<std::string, double>> logit_bias;  ///< token id and bias
  std::string reasoning_effort;
  std::string verbosity;
  std::string response_format;  ///< a JSON object
  std::string service_tier;
  std::optional<bool> store;
  std::optional<bool> parallel_tool_calls;
  bool stream_usage = true;  ///< streams are asked to tell their usage
  std::string extra_body;    ///< a JSON object whose members are added to the body's
};

/// Writes the bodies of one model's calls. Const use from several threads is safe.
class chat_request_writer {
 public:
  /// A `ConfigError` that names the option for a number that JSON has not (NaN, infinity) and for text that
  /// is not UTF-8, for JSON texts that are no JSON object, and for a member of `extra_body` that the library itself
  /// writes. Ranges are the server's business: they differ by model.
  explicit chat_request_writer(const chat_parameters& parameters);

  /// The body as compact JSON; of a request for a stream if `stream`. A `PromptError` when there are no messages, when
  /// one is not valid UTF-8 (with its `message_index` and the byte as `column`), and for a tool message without the id
  /// of the call it answers.
  std::string write(const Messages& messages, bool stream = false) const;
  /// What it was made of.
  const chat_parameters& parameters() const noexcept { return *parameters_; }

 private:
  std::shared_ptr<const chat_parameters> parameters_;
  std::string tail_;         // from the end of the messages to the end of the body
  std::string stream_tail_;  // the same, for a stream
};

}  // namespace corochain::codec
