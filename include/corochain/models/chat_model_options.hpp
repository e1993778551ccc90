// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <optional>

#include "corochain/core/chat_parameters.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/models/service_options.hpp"

namespace corochain {

/// The parameters and limits of the calls of a chat model, of any provider. Filled by assignment.
class COROCHAIN_EXPORT ChatModelOptions : public ServiceOptions, public ChatParameters {
 public:
  // Not defaulted, as that of `ChatCallOptions`.
  ChatModelOptions() {}

  /// `max_tokens` by its newer name; set one of the two.
  std::optional<std::int64_t> max_completion_tokens;
  /// The name under which the limit is sent. False means `max_completion_tokens`, which OpenAI's reasoning
  /// models require. True means `max_tokens`, for servers that know only this older name.
  bool legacy_max_tokens = false;
  /// Whether streams ask for their usage (`stream_options.include_usage`). False leaves `stream_options` out,
  /// for servers that refuse it.
  bool stream_usage = true;
  /// Whether `invoke` reads the answer as a stream. False suits fan-out: whole answers cost the client one
  /// read and one parse instead of one for each token, and thousands of calls share one thread. `astream`
  /// streams either way.
  bool streaming = false;

  /// The limit of the time between two bytes of a stream, those of comments included. It runs only while a
  /// `next()` waits, and not before the answer's head: see `first_byte_timeout`.
  duration stream_idle_timeout = std::chrono::seconds(300);
};

}  // namespace corochain
