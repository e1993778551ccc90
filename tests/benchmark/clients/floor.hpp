// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "clients/line.hpp"

namespace corochain::benchmark {

/// A body that is read and discarded.
struct discarded_body {
  struct value_type {};
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>&, value_type&) {}
    void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& data, boost::beast::error_code& error) {
      error = {};
      return boost::beast::buffer_bytes(data);
    }
    void finish(boost::beast::error_code& error) { error = {}; }
  };
};

inline constexpr const char* system_text = "You are a helpful assistant. Answer in one sentence.";

/// The request that the floor repeats. Its bytes are those of corochain's request, except for the question.
inline std::string prebuilt_request(const target& to, bool streamed) {
  std::string body = std::string(R"({"messages":[{"role":"system","content":")") + system_text +
                     R"("},{"role":"user","content":"How long is a strand, and is it number 12345?"}],)"
                     R"("temperature":0.2)";
  if (streamed) body += R"(,"stream":true,"stream_options":{"include_usage":true})";
  body += '}';
  return "POST /openai/deployments/" + to.deployment +
         "/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"
         "Host: 127.0.0.1:" +
         std::to_string(to.port) +
         "\r\n"
         "User-Agent: benchmark/1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
         "api-key: 0123456789abcdef0123456789abcdef\r\n"
         "Idempotency-Key: 01234567-89ab-cdef-0123-456789abcdef\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// One call of the floor: writes a text, reads an answer and discards it.
template <class Stream>
boost::asio::awaitable<void> floor_call(line<Stream>& over, const std::string& wire) {
  namespace asio = boost::asio;
  namespace http = boost::beast::http;
  co_await asio::async_write(over.stream, asio::buffer(wire), asio::use_awaitable);
  http::response_parser<discarded_body> answer;
  answer.body_limit(boost::none);
  co_await http::async_read(over.stream, over.buffer, answer, asio::use_awaitable);
  if (answer.get().result() != http::status::ok) throw std::runtime_error("the floor got no 200");
}

/// The parts of its request that the honest floor keeps.
struct honest_request {
  explicit honest_request(const target& to) {
    namespace http = boost::beast::http;
    message.method(http::verb::post);
    message.target("/openai/deployments/" + to.deployment + "/chat/completions?api-version=2024-10-21");
    message.set(http::field::host, "127.0.0.1:" + std::to_string(to.port));
    message.set(http::field::user_agent, "benchmark/1");
    message.set(http::field::content_type, "application/json");
    message.set(http::field::accept, "application/json");
    message.set("api-key", "0123456789abcdef0123456789abcdef");
  }
  boost::beast::http::request<boost::beast::http::string_body> message;
};

/// One call of the honest floor: nlohmann builds the request and parses the answer.
template <class Stream>
boost::asio::awaitable<std::string> honest_call(line<Stream>& over, honest_request& request,
                                                std::string question) {
  namespace asio = boost::asio;
  namespace http = boost::beast::http;
  using nlohmann::json;
  json system_message = json::object();
  system_message["role"] = "system";
  system_message["content"] = system_text;
  json human_message = json::object();
  human_message["role"] = "user";
  human_message["content"] = std::move(question);
  json body = json::object();
  body["messages"] = json::array();
  body["messages"].push_back(std::move(system_message));
  body["messages"].push_back(std::move(human_message));
  body["temperature"] = 0.2;
  request.message.body() = body.dump();
  request.message.prepare_payload();
  co_await http::async_write(over.stream, request.message, asio::use_awaitable);
  http::response_parser<http::string_body> answer;
  answer.body_limit(boost::none);
  co_await http::async_read(over.stream, over.buffer, answer, asio::use_awaitable);
  if (answer.get().result() != http::status::ok) throw std::runtime_error("the honest floor got no 200");
  const json read = json::parse(answer.get().body());
  std::string content = read.at("choices").at(0).at("message").at("content").get<std::string>();
  const auto tokens = read.at("usage").at("total_tokens").get<int>();
  if (tokens == 0) throw std::runtime_error("the honest floor got no usage");
  co_return content;
}

}  // namespace corochain::benchmark
