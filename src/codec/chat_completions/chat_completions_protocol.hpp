// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <utility>

#include "codec/chat_completions/chat_request.hpp"
#include "codec/chat_protocol.hpp"

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
  chat_request_settings settings_;
};

}  // namespace corochain::codec
