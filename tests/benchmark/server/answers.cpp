// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "server/answers.hpp"

#include <charconv>
#include <stdexcept>

namespace corochain::benchmark {
namespace {

constexpr std::size_t head_size = 570;
constexpr std::size_t body_size = 924;
constexpr std::size_t big_body_size = 1'000'000;

/// An answer in the form of Azure, with a body of `size` bytes.
std::string completion(std::size_t size) {
  const std::string before =
      R"({"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},)"
      R"("self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},)"
      R"("violence":{"filtered":false,"severity":"safe"}},"finish_reason":"stop","index":0,"logprobs":null,)"
      R"("message":{"content":")";
  const std::string after =
      R"(","role":"assistant"}}],"created":1730000000,"id":"chatcmpl-AMPr3KX0bGfLrTtBxJzYQdWZnUvVw",)"
      R"("model":"gpt-4o-mini-2024-07-18","object":"chat.completion","system_fingerprint":"fp_d54531d9eb",)"
      R"("usage":{"completion_tokens":42,"prompt_tokens":24,"total_tokens":66}})";
  static constexpr std::string_view words =
      "A strand runs handlers one after the other, and \"never\" two at once. ";
  std::string content;
  const std::size_t room = size - before.size() - after.size();
  while (content.size() < room)
    for (const char c : words) {
      if (c == '"') content += '\\';
      content += c;
    }
  content.resize(room);
  if (content.back() == '\\') content.back() = '.';
  return before + content + after;
}

std::string head(std::size_t length, bool close, std::size_t size) {
  std::string text =
      "HTTP/1.1 200 OK\r\n"
      "Content-Length: " +
      std::to_string(length) +
      "\r\n"
      "Content-Type: application/json\r\n"
      "apim-request-id: 7e1c8a5e-1d7c-4c7e-9d0a-3b1f0a6f2c11\r\n"
      "x-request-id: 2f9f2a35-6d0b-4b0e-8a42-c1f3d7e90b5a\r\n"
      "x-ms-region: Sweden Central\r\n"
      "x-ratelimit-remaining-requests: 9999\r\n"
      "x-ratelimit-remaining-tokens: 999958\r\n"
      "Strict-Transport-Security: max-age=31536000; includeSubDomains; preload\r\n"
      "x-content-type-options: nosniff\r\n"
      "azureml-model-session: d156-20241010132023\r\n"
      "Date: Sun, 27 Oct 2024 04:26:40 GMT\r\n";
  if (close) text += "Connection: close\r\n";
  text += "x-padding: ";
  text.append(size - text.size() - 4, 'x').append("\r\n");
  return text + "\r\n";
}

std::string chunk(const std::string& data) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, data.size(), 16).ptr;
  return std::string(digits, end) + "\r\n" + data + "\r\n";
}

/// Removes the next number from the front of `name` and returns it.
int next_number(std::string_view& name) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos) return 0;
  name.remove_prefix(dash + 1);
  int number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

}  // namespace

behaviour behaviour_of(std::string_view path) {
  static constexpr std::string_view before = "/deployments/";
  behaviour found;
  const auto at = path.find(before);
  if (at == std::string_view::npos) {
    found.what = behaviour::kind::report;
    return found;
  }
  std::string_view name = path.substr(at + before.size());
  name = name.substr(0, name.find('/'));
  found.big = name.starts_with("big");
  found.close = name.starts_with("close");
  if (name.starts_with("stream")) {
    found.what = behaviour::kind::stream;
    found.fat = name.starts_with("streamfat");
    found.events = next_number(name);
  }
  found.delay = std::chrono::milliseconds(next_number(name));
  return found;
}

answers::answers() {
  const std::string body = completion(body_size);
  whole = head(body.size(), false, head_size) + body;
  closing = head(body.size(), true, head_size) + body;
  if (whole.size() != head_size + body_size) throw std::logic_error("the answer has not the size it should");
  big = head(big_body_size, false, head_size) + completion(big_body_size);
  stream_head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
      "x-request-id: 2f9f2a35-6d0b-4b0e-8a42-c1f3d7e90b5a\r\n\r\n";
  event = chunk(
      R"(data: {"choices":[{"content_filter_results":{},"delta":{"content":" strand"},"finish_reason":null,)"
      R"("index":0,"logprobs":null}],"created":1730000000,"id":"chatcmpl-AMPr3KX0bGfLrTtBxJzYQdWZnUvVw",)"
      R"("model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk","system_fingerprint":"fp_d54531d9eb"})"
      "\n\n");
  fat_event = chunk(R"(data: {"choices":[{"delta":{"content":")" + std::string(8192, 'x') +
                    R"("},"index":0}]})"
                    "\n\n");
  stream_end =
      chunk(R"(data: {"choices":[{"delta":{},"finish_reason":"stop","index":0}],"created":1730000000,)"
            R"("id":"chatcmpl-AMPr3KX0bGfLrTtBxJzYQdWZnUvVw","model":"gpt-4o-mini-2024-07-18",)"
            R"("object":"chat.completion.chunk"})"
            "\n\n") +
      chunk("data: [DONE]\n\n") + "0\r\n\r\n";
}

}  // namespace corochain::benchmark
