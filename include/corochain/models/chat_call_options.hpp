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

/// What `model.bind(options)` asks for in place of what the model was made with. Filled by assignment; what is unset or
/// empty stays as it is. Names and meanings are those of `ChatModelOptions`.
class COROCHAIN_EXPORT ChatCallOptions {
 public:
  ChatCallOptions();

  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> seed;
  std::vector<std::string> stop;
  std::optional<std::int64_t> n;
  std::optional<bool> logprobs;
  std::optional<std::int64_t> top_logprobs;
  std::vector<std::pair<std::string, double>> logit_bias;
  std::string reasoning_effort;
  std::string verbosity;
  std::string response_format;
  std::string service_tier;
  std::optional<bool> store;
  std::optional<bool> parallel_tool_calls;
  std::string user;
  std::string extra_body;  ///< in place of the model's as a whole: members are not united
};

}  // namespace corochain
