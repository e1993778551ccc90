// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Unit tests of a chain, with GoogleTest: a fake model, virtual time, and a server in the test's own process.

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <corochain/testing/mock_server.hpp>
#include <corochain/testing/virtual_time.hpp>
#include <stdexcept>
#include <string>

#include "support/demo.hpp"

namespace cc = corochain;
using cc::testing::FakeChatModel;
using cc::testing::FakeReply;
using cc::testing::MockReply;
using cc::testing::MockServer;
using cc::testing::VirtualTime;
using namespace std::chrono_literals;

namespace {

using Chain = cc::Runnable<cc::Dict, std::string>;

// The code under test. It is given its model, so that a test can give it another one.
Chain make_chain(const cc::ChatModel& model) {
  const auto prompt =
      cc::ChatPromptTemplate::from_messages({{"system", "Answer in one sentence."}, {"human", "{question}"}});
  return prompt | model | cc::StrOutputParser();
}

TEST(Chain, gives_the_prompt_to_the_model) {
  FakeChatModel fake;
  fake.answer("It runs handlers one at a time.");
  EXPECT_EQ(make_chain(fake).invoke("What is a strand?"), "It runs handlers one at a time.");
  const cc::Messages prompt = {{"system", "Answer in one sentence."}, {"human", "What is a strand?"}};
  ASSERT_EQ(fake.calls(), 1u);
  EXPECT_EQ(fake.received()[0], prompt);
}

TEST(Chain, gives_up_after_its_time_limit) {
  const VirtualTime time;  // no test waits: the clock moves when nothing else can happen
  FakeChatModel fake;
  fake.answer("late").after(1h);
  EXPECT_EQ(time.run(make_chain(fake).ainvoke("What is a strand?")), "late");
  EXPECT_EQ(time.now(), 1h);
  EXPECT_THROW(time.run(cc::timeout(10s, make_chain(fake).ainvoke("What is a strand?"))), cc::TimeoutError);
  EXPECT_EQ(time.now(), 1h + 10s);
}

TEST(Chain, is_tried_again_after_its_waits) {
  const VirtualTime time;
  FakeChatModel fake;
  fake.fail(cc::ErrorKind::rate_limit).retry_after(30s);
  fake.fail(std::runtime_error("a failure of our own"));
  fake.answer("fine");
  const auto patient = make_chain(fake).with_retry({.stop_after_attempt = 3, .initial = 4s, .jitter = 0s});
  EXPECT_EQ(time.run(patient.ainvoke("What is a strand?")), "fine");
  EXPECT_EQ(time.now(), 30s + 8s);
  EXPECT_EQ(fake.calls(), 3u);
}

TEST(Chain, reports_a_stream_that_breaks) {
  FakeChatModel fake;
  fake.answer(FakeReply::stream({"It runs", " handlers"})).then_fail(cc::ErrorKind::truncated);
  std::string text;
  const auto read = [&] {
    for (const auto& chunk : make_chain(fake).stream("What is a strand?")) text += chunk;
  };
  EXPECT_THROW(read(), cc::TruncatedError);
  EXPECT_EQ(text, "It runs handlers");
}

// With the client of the library between chain and server: on the real clock, so the waits are short.
TEST(Client, sends_again_after_a_503) {
  MockServer server;
  server.reply(MockReply::error(503, "ServiceUnavailable", "Try again.").header("retry-after-ms", "1"));
  const cc::AzureChatOpenAI model(example::mock_options(server));
  const cc::QueryResult result = cc::run(cc::query(make_chain(model), "What is a strand?"));
  EXPECT_EQ(result.answer, "echo: What is a strand?");
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_EQ(result.attempts[0].status, 503);
  EXPECT_EQ(result.attempts[1].status, 200);
  EXPECT_EQ(server.requests().at(1).last_message(), cc::Message::human("What is a strand?"));
}

cc::awaitable<void> ask(Chain chain) { co_await chain.ainvoke("What is a strand?"); }

// Cancels the call when its request has arrived, without a sleep.
cc::awaitable<void> cancel_in_flight(const MockServer* server, Chain chain) {
  cc::task_group calls(co_await boost::asio::this_coro::executor);
  calls.spawn(ask(chain));
  co_await server->wait_for_requests(1);
  calls.cancel();
  co_await calls.join();
}

TEST(Client, leaves_no_connection_when_it_is_cancelled) {
  MockServer server;
  server.reply(MockReply::chat("late").latency(1h));
  cc::run(cancel_in_flight(&server, make_chain(cc::AzureChatOpenAI(example::mock_options(server)))));
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
}

}  // namespace
