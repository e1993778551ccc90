// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain {

/// The parameters of a request to a chat model, besides its messages. They are part of the options of every
/// chat model and of every call. Filled by assignment. A parameter that is unset or empty is not sent, and
/// the service's default holds.
///
/// A new field has one other place, the table in `src/codec/chat_parameter_table.hpp`.
class COROCHAIN_EXPORT ChatParameters {
 public:
  ChatParameters() = default;

  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  /// The most tokens that an answer may have.
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> seed;
  /// Texts at which the answer ends.
  std::vector<std::string> stop;
  /// The number of answers. The first is the message; see `AIMessage::other_choices`.
  std::optional<std::int64_t> n;
  /// Whether the answer comes with the likelihood of each of its tokens.
  std::optional<bool> logprobs;
  /// The number of other tokens at the same position whose likelihood comes as well, 0 to 20.
  std::optional<std::int64_t> top_logprobs;
  /// Token ids, and how much likelier each is made, -100 to 100.
  std::vector<std::pair<std::string, double>> logit_bias;
  /// For reasoning models: minimal, low, medium, high.
  std::string reasoning_effort;
  /// low, medium, high.
  std::string verbosity;
  /// A JSON object as text: `{"type":"json_object"}`, or with a schema.
  std::string response_format;
  /// auto, default, flex, priority.
  std::string service_tier;
  /// Whether the provider may keep the answer.
  std::optional<bool> store;
  std::optional<bool> parallel_tool_calls;
  /// An id of the end user, for the provider's abuse detection.
  std::string user;
  /// A JSON object as text whose members are added to the request's: for parameters without an option. A
  /// member that has an option is a `ConfigError`.
  std::string extra_body;
};

}  // namespace corochain
