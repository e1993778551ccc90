// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <utility>

#include "codec/chat_completions/chat_request.hpp"
#include "codec/chat_protocol.hpp"

// Joins the parts of this room to the seam `chat_protocol`: `chat_request` writes, `chat_response` and
// `completion_stream` read, `error_body` reads errors. `models/chat_settings` makes one for each model.
namespace corochain::codec {

/// OpenAI's chat completions, which Azure OpenAI and many other servers speak.
class chat_completions_protocol final : public chat_protocol {
 public:
  explicit chat_completions_protocol(chat_request_settings settings) : settings_(std::move(settings)) {}

  prepared_parameters prepare(const ChatParameters& parameters) const override;
  void write(std::string& body, const Messages& messages, const prepared_parameters& parameters,
             bool streamed) const override;
  void read(const http_response& response, std::optional<AIMessage>& answer) const override;
  std::unique_ptr<chat_stream_reader> make_stream_reader(const header_fields& headers,
                                                         std::uint64_t most_event, std::uint64_t most_held,
                                                         chat_stream_reader::keeping kept) const override;
  http_error read_error(const http_response& response,
                        std::optional<ErrorDetails::duration> retry_after) const override;

 private:
  // Never changed, so that concurrent calls of one model may share the protocol.
  chat_request_settings settings_;
};

}  // namespace corochain::codec
