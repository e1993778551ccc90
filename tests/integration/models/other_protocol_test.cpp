// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A service with a language of its own takes a protocol, and neither a step nor a stream of its own.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "codec/chat_protocol.hpp"
#include "models/chat_step.hpp"
#include "models/openai_settings.hpp"
#include "support/mock_chain.hpp"

namespace corochain::other_protocol_test {
namespace {
using nlohmann::json;
using testing::MockReply;
using testing::MockServer;

/// A line of the body is a chunk; a line with a dot is the end.
class line_reader final : public codec::chat_stream_reader {
 public:
  void feed(std::string_view bytes) override {
    rest_ += bytes;
    for (std::size_t end = 0; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1)) {
      const std::string line = rest_.substr(0, end);
      if (line == ".") done_ = true;
      if (!done_) ready_.emplace_back().content = line;
    }
  }
  void end() override {
    if (!done_) failure_ = std::make_exception_ptr(TruncatedError("the stream has no dot"));
  }
  bool all_finished() const noexcept override { return done_; }

 private:
  std::string rest_;
};

/// {"heat":0.5,"hear":"..."} in, {"said":"..."} or lines out.
class talk_protocol final : public codec::chat_protocol {
 public:
  codec::prepared_parameters prepare(const ChatParameters& parameters) const override {
    codec::prepared_parameters made;
    made.whole = made.streamed = json(parameters.temperature.value_or(0)).dump();
    return made;
  }
  void write(std::string& body, const Messages& messages, const codec::prepared_parameters& parameters,
             bool streamed) const override {
    body += R"({"lines":)" + json(streamed).dump() + R"(,"heat":)" + parameters.whole + R"(,"hear":)";
    body += json((*messages.begin()).content()).dump() + "}";
  }
  void read(const codec::http_response& response, std::optional<AIMessage>& answer) const override {
    answer.emplace(json::parse(response.body).at("said").get<std::string>());
  }
  codec::body_form form_of(const codec::http_response&) const noexcept override {
    return codec::body_form::events;
  }
  std::unique_ptr<codec::chat_stream_reader> make_stream_reader(
      const codec::header_fields&, std::uint64_t, std::uint64_t,
      codec::chat_stream_reader::keeping) const override {
    return std::make_unique<line_reader>();
  }
  codec::http_error read_error(const codec::http_response& response,
                               std::optional<ErrorDetails::duration>) const override {
    codec::http_error error;
    error.kind = ErrorKind::bad_request;
    error.message = "not understood";
    error.details.http_status = response.status;
    error.details.server_message = response.body;
    return error;
  }
};

ChatModel model_at(const MockServer& server) {
  const auto none = [](const char*) -> std::optional<std::string> { return std::nullopt; };
  OpenAIAccess access;
  access.base_url = server.endpoint();
  ChatModelOptions options;
  options.temperature = 0.5;
  return ChatModel(std::make_shared<const models::chat_step>(
      models::make_chat_settings(options, models::openai_access(access, "TalkOptions", "/talk", none),
                                 std::make_shared<const talk_protocol>(), "ChatTalk", none)));
}

TEST(other_protocol, is_written_and_read) {
  MockServer server(test::plain_http());
  server.reply(MockReply::raw(200, "application/json", R"({"said":"well"})"));
  server.reply(MockReply::raw(200, "application/json", R"({"said":"better"})"));
  const ChatModel model = model_at(server);
  EXPECT_EQ(model.invoke("How are you?").content, "well");
  ChatCallOptions warmer;
  warmer.temperature = 1.5;
  EXPECT_EQ(model.bind(warmer).invoke("And now?").content, "better");
  EXPECT_EQ(json::parse(server.requests()[0].body),
            json::parse(R"({"lines":false,"heat":0.5,"hear":"How are you?"})"));
  EXPECT_EQ(json::parse(server.requests()[1].body)["heat"], 1.5);
}

TEST(other_protocol, streams) {
  MockServer server(test::plain_http());
  server.reply(MockReply::raw(200, "text/plain", "one\ntwo\n.\n"));
  server.reply(MockReply::raw(200, "text/plain", "one\ntw"));
  const ChatModel model = model_at(server);
  std::vector<std::string> chunks;
  for (const AIMessageChunk& chunk : model.stream("count")) chunks.push_back(chunk.content);
  EXPECT_EQ(chunks, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(json::parse(server.requests()[0].body)["lines"], true);
  EXPECT_THROW(
      {
        for (const AIMessageChunk& chunk : model.stream("count")) (void)chunk;
      },
      TruncatedError);
}

TEST(other_protocol, reads_errors) {
  MockServer server(test::plain_http());
  server.reply(MockReply::raw(418, "text/plain", "I am a teapot"));
  try {
    (void)model_at(server).invoke("tea?");
    FAIL();
  } catch (const BadRequestError& error) {
    EXPECT_EQ(error.http_status(), 418);
    EXPECT_EQ(error.server_message(), "I am a teapot");
  }
}

}  // namespace
}  // namespace corochain::other_protocol_test
