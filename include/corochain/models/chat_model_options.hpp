// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/models/service_options.hpp"

namespace corochain {

/// What a chat model is asked for and what bounds its calls, whoever provides it. Filled by assignment.
class COROCHAIN_EXPORT ChatModelOptions : public ServiceOptions {
 public:
  ChatModelOptions();

  // What: unset is not sent, and the service's default holds
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> max_tokens;             ///< the most tokens that an answer may have
  std::optional<std::int64_t> max_completion_tokens;  ///< the same by its newer name; set one of the two
  /// By which name the limit is sent. False: `max_completion_tokens`, which OpenAI's reasoning models insist on. True:
  /// `max_tokens`, for servers that know only this older name.
  bool legacy_max_tokens = false;
  std::optional<std::int64_t> seed;
  std::vector<std::string> stop;
  std::optional<std::int64_t>
      n;  ///< how many answers: the first is the message, see `AIMessage::other_choices`
  std::optional<bool> logprobs;                            ///< the likelihood of each token of the answer
  std::optional<std::int64_t> top_logprobs;                ///< and of this many others at its place, 0 to 20
  std::vector<std::pair<std::string, double>> logit_bias;  ///< token ids and how much likelier, -100 to 100
  std::string reasoning_effort;  ///< of a reasoning model: minimal, low, medium, high
  std::string verbosity;         ///< low, medium, high
  std::string response_format;   ///< a JSON object as text: `{"type":"json_object"}`, or with a schema
  std::string service_tier;      ///< auto, default, flex, priority
  std::optional<bool> store;     ///< whether the provider may keep the answer
  std::optional<bool> parallel_tool_calls;
  /// Whether streams are asked for their usage (`stream_options.include_usage`). False leaves `stream_options` out, for
  /// servers that refuse it.
  bool stream_usage = true;
  /// A JSON object as text whose members are added to the request's: for what has no option yet. What has one is a
  /// `ConfigError`.
  std::string extra_body;
  std::string user;  ///< an id of the end user, for the provider's abuse detection
  /// Whether `invoke` reads the answer as a stream. False suits fan-out: whole answers cost the client one read and
  /// one parse instead of one for each token, and thousands of calls share one thread. `astream` streams
  /// either way.
  bool streaming = false;

  /// Between two bytes of a stream, those of comments included. It runs only while a `next()` waits, and not before the
  /// answer's head: see `first_byte_timeout`.
  duration stream_idle_timeout = std::chrono::seconds(300);
};

}  // namespace corochain
