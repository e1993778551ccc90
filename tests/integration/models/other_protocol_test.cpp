// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A service with a language of its own takes a protocol, and neither a step nor a stream of its own.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "codec/chat_completions/answer_complaint.hpp"
#include "codec/chat_protocol.hpp"
#include "codec/event_stream_reader.hpp"
#include "models/chat_step.hpp"
#include "models/openai_settings.hpp"
#include "support/mock_chain.hpp"

namespace corochain::other_protocol_test {
namespace {
using nlohmann::json;
using testing::MockReply;
using testing::MockServer;

/// Returns the text of a JSON string, or of the member `said` of an object. `complain` throws for others.
template <class Complain>
std::string text_in(std::string_view body, Complain complain) {
  const json value = json::parse(body, nullptr, false);
  const json text = value.is_object() ? value.value("said", json()) : value;
  if (!text.is_string()) complain();
  return text.get<std::string>();
}

/// An event is a JSON string, which is a chunk; an event with a dot is the end.
class word_reader final : public codec::event_stream_reader<word_reader> {
 public:
  using event_stream_reader::event_stream_reader;

  void take(const codec::sse_event& event) {
    if (event.data == ".") {
      done_ = true;
      return;
    }
    std::string word = text_in(
        event.data, [this] { throw ResponseFormatError("an event of the stream is no word", details()); });
    keep(word);
    held_ += word.size();
    ready_.emplace_back().content = std::move(word);
  }
  void judge_end() const { cut_off("the stream has no dot; partial_text() has the text that came"); }
};

/// {"heat":0.5,"hear":"..."} in, {"said":"..."} or events out.
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
    const codec::answer_complaint complain("talk", response.body, response.headers);
    answer.emplace(text_in(response.body, [&] { complain.misshapen("'said' is missing or no text"); }));
  }
  std::unique_ptr<codec::chat_stream_reader> make_stream_reader(
      const codec::header_fields& headers, std::uint64_t most_event, std::uint64_t most_held,
      codec::chat_stream_reader::keeping kept) const override {
    return std::make_unique<word_reader>(headers, most_event, most_held, kept);
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

ChatModel model_at(const MockServer& server, std::uint64_t most_text = 1000, const Headers& headers = {}) {
  const auto none = [](const char*) -> std::optional<std::string> { return std::nullopt; };
  OpenAIAccess where;
  where.base_url = server.endpoint();
  models::service_access access = models::openai_access(where, "TalkOptions", "/talk", none);
  access.credential = {"X-Talk-Key", "", Secret("key-of-talk")};
  ChatModelOptions options;
  options.temperature = 0.5;
  options.limits.stream = most_text;
  options.default_headers = headers;
  return ChatModel(std::make_shared<const models::chat_step>(models::make_chat_settings(
      options, std::move(access), std::make_shared<const talk_protocol>(), "ChatTalk", none)));
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

TEST(other_protocol, has_one_header_for_its_credential) {
  MockServer server(test::plain_http());
  server.reply(MockReply::raw(200, "application/json", R"({"said":"well"})"));
  (void)model_at(server).invoke("How are you?");
  EXPECT_EQ(server.requests()[0].header("X-Talk-Key"), "key-of-talk");
  EXPECT_THROW(model_at(server, 1000, {{"x-talk-key", "another"}}), ConfigError);
}

TEST(other_protocol, streams) {
  MockServer server(test::plain_http());
  server.reply(MockReply::events({"data: \"one\"\n\n", "data: \"two\"\n\ndata: .\n\n"}));
  std::vector<std::string> chunks;
  for (const AIMessageChunk& chunk : model_at(server).stream("count")) chunks.push_back(chunk.content);
  EXPECT_EQ(chunks, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(json::parse(server.requests()[0].body)["lines"], true);
}

/// Streams an answer that breaks after the word "one", and returns the text that its error has.
template <class Expected>
std::string text_of_broken_stream(const MockServer& server, std::uint64_t most_text = 1000) {
  std::string came;
  try {
    for (const AIMessageChunk& chunk : model_at(server, most_text).stream("count")) came += chunk.content;
    ADD_FAILURE() << "the stream did not fail";
  } catch (const Expected& error) {
    EXPECT_EQ(came, "one");
    return error.details().text;
  }
  return {};
}

TEST(other_protocol, streams_have_limits_and_errors) {
  MockServer server(test::plain_http());
  server.reply(MockReply::events({"data: \"one\"\n\n", "data: \"tw"}));
  EXPECT_EQ(text_of_broken_stream<TruncatedError>(server), "one");
  server.reply(MockReply::events({"data: \"one\"\n\n", "data: two\n\n"}));
  EXPECT_EQ(text_of_broken_stream<ResponseFormatError>(server), "one");
  server.reply(MockReply::events({"data: \"one\"\n\n", "data: .\n\n"}));
  EXPECT_EQ(text_of_broken_stream<TooLargeError>(server, 2), "one");
  server.reply(MockReply::raw(200, "application/json", "<html>"));
  EXPECT_THROW(model_at(server).invoke("count"), ResponseFormatError);
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
