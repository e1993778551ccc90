// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/chat_completions_protocol.hpp"

#include "codec/chat_completions/chat_response.hpp"
#include "codec/chat_completions/completion_stream.hpp"
#include "codec/chat_completions/error_body.hpp"

// Each function leads to the file that does the work. The protocol holds nothing but the settings of its
// requests.
namespace corochain::codec {

prepared_parameters chat_completions_protocol::prepare(const ChatParameters& parameters) const {
  return prepare_chat_parameters(parameters, settings_);
}

void chat_completions_protocol::write(std::string& body, const Messages& messages,
                                      const prepared_parameters& parameters, bool streamed) const {
  append_chat_request(body, messages, streamed ? parameters.streamed : parameters.whole);
}

void chat_completions_protocol::read(const http_response& response, std::optional<AIMessage>& answer) const {
  read_chat_response(response.body, response.headers, answer);
}

std::unique_ptr<chat_stream_reader> chat_completions_protocol::make_stream_reader(
    const header_fields& headers, std::uint64_t most_event, std::uint64_t most_held,
    chat_stream_reader::keeping kept) const {
  return std::make_unique<completion_stream_reader>(headers, most_event, most_held, kept);
}

http_error chat_completions_protocol::read_error(const http_response& response,
                                                 std::optional<ErrorDetails::duration> retry_after) const {
  return read_http_error(response.status, response.headers, response.body, retry_after);
}

}  // namespace corochain::codec
