// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  std::optional<std::int64_t> seed;
  std::vector<std::string> stop;
  std::string user;
};

/// Writes the bodies of one model's calls. Const use from several threads is safe.
class chat_request_writer {
 public:
  /// A `ConfigError` that names the option for a number that JSON has not (NaN, infinity) and for text that
  /// is not UTF-8. Ranges are the server's business: they differ by model.
  explicit chat_request_writer(const chat_parameters& parameters);

  /// The body as compact JSON. A `PromptError` when there are no messages, when one is not valid UTF-8 (with
  /// its `message_index` and the byte as `column`), and for a tool message without the id of the call it
  /// answers.
  std::string write(const Messages& messages) const;

 private:
  std::string tail_;  // from the end of the messages to the end of the body
};

}  // namespace corochain::codec
