// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "codec/chat_stream_reader.hpp"
#include "codec/http/body_form.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/service_protocol.hpp"
#include "corochain/core/chat_parameters.hpp"
#include "corochain/core/message.hpp"

// The seam between a chat model and the language of its service. `chat_step` and `chat_source` of models call
// these functions, once for each attempt, from the run's strand. `chat_completions/` implements them.
namespace corochain::codec {

/// The parts of requests that are the same for all requests with the same parameters. They are written once.
/// `prepare` makes them when a model is made or a call has options of its own. They are the larger part of
/// the work of writing a short request.
struct prepared_parameters {
  prepared_parameters() = default;

  /// For requests that ask for a whole answer.
  std::string whole;
  /// For requests that ask for a stream.
  std::string streamed;
};

/// The protocol of a chat model's service: how its requests and answers are written. A provider implements
/// it; one step and one stream of chunks serve all protocols. Time limits, retries and credentials are no
/// part of it: a protocol turns values into bytes and bytes into values.
class chat_protocol : public service_protocol {
 public:
  /// Writes the parameters. Throws a `ConfigError` that names an option which the protocol cannot express.
  virtual prepared_parameters prepare(const ChatParameters& parameters) const = 0;
  /// Appends the body of a request to `body`, of one for a stream if `streamed`. `parameters` comes from
  /// `prepare` of this protocol. Throws a `PromptError` that says which of the messages cannot be sent.
  virtual void write(std::string& body, const Messages& messages, const prepared_parameters& parameters,
                     bool streamed) const = 0;

  /// Reads a 2xx response that is complete into `answer`. `answer` stays empty when this throws: a
  /// `ResponseFormatError` when the body is no answer, a `ContentFilterError`, or the error that the body
  /// reports.
  virtual void read(const http_response& response, std::optional<AIMessage>& answer) const = 0;
  /// Tells by the first bytes whether the body of a 2xx answer to a request for a stream is a stream: servers
  /// without streaming send a whole answer. The default recognizes a stream of events. Returns `unknown` if
  /// more bytes are needed.
  virtual body_form form_of(const http_response& response) const noexcept;
  /// Makes a reader for one streamed answer. It allows `most_event` bytes in one event, and `most_held` bytes
  /// of texts, arguments and logprobs in the answer.
  virtual std::unique_ptr<chat_stream_reader> make_stream_reader(const header_fields& headers,
                                                                 std::uint64_t most_event,
                                                                 std::uint64_t most_held,
                                                                 chat_stream_reader::keeping kept) const = 0;
};

}  // namespace corochain::codec
