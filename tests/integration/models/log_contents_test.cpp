// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <atomic>
#include <corochain/observability/log.hpp>
#include <mutex>

#include "support/mock_chain.hpp"
#include "support/mock_embeddings.hpp"

namespace corochain::log_contents_test {
namespace {
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;

struct line {
  line(const LogRecord& record) : event(record.event), text(record.text), content(record.content) {}
  std::string event, text, content;
};

/// Records all lines of the log while it exists.
class log_recorder {
 public:
  explicit log_recorder(LogContents contents, LogLevel level = LogLevel::debug) {
    set_log(
        level,
        [this](const LogRecord& record) {
          const std::lock_guard lock(mutex_);
          lines_.emplace_back(record);
        },
        contents);
  }
  ~log_recorder() { set_log(LogLevel::off, nullptr); }
  log_recorder(const log_recorder&) = delete;
  log_recorder& operator=(const log_recorder&) = delete;

  /// The lines of one event, or of all events if `event` is empty.
  std::vector<line> lines(std::string_view event = "") const {
    const std::lock_guard lock(mutex_);
    std::vector<line> some;
    for (const line& each : lines_)
      if (event.empty() || each.event == event) some.push_back(each);
    return some;
  }
  bool somewhere(std::string_view part) const {
    for (const line& each : lines())
      if ((each.event + each.text + each.content).find(part) != std::string::npos) return true;
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<line> lines_;
};

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
std::string call_of(const line& of) {
  const std::size_t at = of.text.find("call=");
  return at == std::string::npos ? "" : of.text.substr(at, of.text.find(' ', at) - at);
}

TEST(LogContents, are_hidden_unless_asked_for) {
  MockServer server;
  const auto chain = test::chain_for(server);
  {
    const log_recorder log(LogContents::hidden);
    chain.invoke("canary");
    EXPECT_FALSE(log.lines("call.ended").empty());
    for (const line& each : log.lines()) EXPECT_EQ(each.content, "") << each.event;
    EXPECT_FALSE(log.somewhere("canary"));
  }
  const log_recorder log(LogContents::shown, LogLevel::info);  // they are of the debug level
  chain.invoke("canary");
  EXPECT_FALSE(log.lines("call.ended").empty());
  EXPECT_FALSE(log.somewhere("canary"));
}

TEST(LogContents, are_the_bodies_of_a_request_and_of_all_its_answers) {
  MockServer server;
  server.reply(MockReply::error(503, "ServiceUnavailable", "a reason").header("retry-after-ms", "1"));
  const log_recorder log(LogContents::shown);
  EXPECT_EQ(test::chain_for(server).invoke("canary two"), "echo: canary two");
  const auto requests = log.lines("request.content"), answers = log.lines("answer.content");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].content, server.requests().at(0).body);
  EXPECT_TRUE(holds(requests[0].text, "size=" + std::to_string(requests[0].content.size())));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_TRUE(holds(answers[0].content, "a reason"));
  EXPECT_TRUE(holds(answers[1].content, "echo: canary two"));
  EXPECT_NE(call_of(requests[0]), "");
  for (const line& each : answers) EXPECT_EQ(call_of(each), call_of(requests[0]));
  for (const line& each : log.lines()) EXPECT_FALSE(holds(each.text, "canary")) << each.text;
}

TEST(LogContents, are_the_events_of_a_stream_when_it_is_over) {
  MockServer server;
  const log_recorder log(LogContents::shown);
  auto options = test::options_for(server);
  const auto read_one = [](AzureChatOpenAI asked) -> awaitable<void> {
    Stream<AIMessage> stream = asked.astream("hi");
    const std::optional<AIMessageChunk> first = co_await stream.next();
    EXPECT_TRUE(first);
    co_await stream.close();
  };
  server.reply(MockReply::stream({"one", "two"}));
  std::string whole;
  for (const auto& chunk : test::chain_for(options).stream({{"question", "canary"}})) whole += chunk;
  EXPECT_EQ(whole, "onetwo");
  ASSERT_EQ(log.lines("answer.content").size(), 1u);
  const std::string events = log.lines("answer.content")[0].content;
  for (const char* part : {"data: ", "\"one\"", "\"two\"", "[DONE]"})
    EXPECT_TRUE(holds(events, part)) << events;
  EXPECT_TRUE(holds(log.lines("request.content").at(0).content, "canary"));

  server.reply(MockReply::stream({"one", "two"}).stall_body_after(900));
  run(read_one(AzureChatOpenAI(options)));
  ASSERT_EQ(log.lines("answer.content").size(), 2u);
  const std::string part = log.lines("answer.content")[1].content;
  EXPECT_TRUE(holds(part, "\"one\"")) << part;
  EXPECT_FALSE(holds(part, "[DONE]"));

  server.reply(MockReply::chat("no stream at all"));
  whole.clear();
  for (const auto& chunk : test::chain_for(options).stream({{"question", "q"}})) whole += chunk;
  EXPECT_EQ(whole, "no stream at all");
  ASSERT_EQ(log.lines("answer.content").size(), 3u);
  EXPECT_TRUE(holds(log.lines("answer.content")[2].content, "no stream at all"));
}

/// A server that repeats the request: first as an error, then as an answer, then as a stream of small chunks.
MockReply repeat_request(const RecordedRequest& request) {
  const std::string told = request.header("api-key") + request.header("authorization");
  if (request.index % 3 == 0) return MockReply::error(409, "Conflict", told).header("retry-after-ms", "1");
  if (!holds(request.body, "\"stream\":true")) return MockReply::chat(told);
  std::vector<std::string> events;
  for (const char c : ": " + told + "\n\n") events.emplace_back(1, c);
  events.push_back(
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n");
  events.push_back("data: [DONE]\n\n");
  return MockReply::events(events);
}

TEST(LogContents, never_hold_the_key_whoever_repeats_it) {
  MockServer server;
  server.respond_with(&repeat_request);
  // JSON escapes the second key.
  for (const std::string key : {"0123456789abcdef0123456789abcdef", "canary\"quoted\"\\key"}) {
    for (const bool by_token : {false, true}) {
      const log_recorder log(LogContents::shown);
      auto options = test::options_for(server);
      options.api_key = Secret(by_token ? std::string() : key);
      if (by_token) options.azure_ad_token_provider = StaticTokenCredential(Secret(key));
      options.max_retries = 5;
      const auto chain = test::chain_for(options);
      for (int i = 0; i < 3; ++i) {
        chain.invoke("is " + key + " my key?");
        for (const auto& chunk : chain.stream({{"question", key}})) EXPECT_EQ(chunk, "x");
      }
      EXPECT_FALSE(log.somewhere(key));
      EXPECT_FALSE(log.somewhere("canary"));
      EXPECT_TRUE(log.somewhere("is *** my key?"));
      EXPECT_TRUE(log.somewhere(": ***") || log.somewhere(": Bearer ***"));
      EXPECT_EQ(log.lines("request.content").size(), 6u);
      EXPECT_GE(log.lines("answer.content").size(), 6u);
    }
  }
}

TEST(LogContents, are_those_of_embeddings_as_well) {
  MockServer server;
  const log_recorder log(LogContents::shown);
  AzureOpenAIEmbeddings(test::embeddings_options_for(server)).embed_query("canary");
  EXPECT_TRUE(holds(log.lines("request.content").at(0).content, "canary"));
  EXPECT_TRUE(holds(log.lines("answer.content").at(0).content, "\"embedding\""));
}

TEST(LogContents, are_given_to_nobody_who_did_not_ask_for_them) {
  MockServer server;
  const auto chain = test::chain_for(server);
  std::atomic<int> contents{0};
  // The listener changes during a call.
  set_log(
      LogLevel::debug,
      [&](const LogRecord& record) {
        if (record.event != "request.content") return;
        ++contents;
        set_log(LogLevel::debug,
                [&](const LogRecord& later) { contents += later.content.empty() ? 0 : 100; });
      },
      LogContents::shown);
  chain.invoke("canary");
  set_log(LogLevel::off, nullptr);
  EXPECT_EQ(contents, 1);
}

}  // namespace
}  // namespace corochain::log_contents_test
