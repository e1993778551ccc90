// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <corochain/testing/virtual_time.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_chain.hpp"

namespace corochain::testing::fake_replies_test {
namespace {

using namespace std::chrono_literals;

/// The scripted replies of a fake model: streams, failures, tools, usage.
class FakeReplies : public ::testing::Test {
 protected:
  struct streamed {
    std::vector<AIMessageChunk> chunks;
    // The virtual time of each chunk, and of the end or the failure.
    std::vector<VirtualTime::duration> times;
    std::optional<Failure> failure;
  };
  static awaitable<void> read_all(Runnable<Messages, AIMessage> model, VirtualTime clock, streamed& seen) {
    auto chunks = model.astream("q");
    try {
      while (auto chunk = co_await chunks.next()) {
        seen.chunks.push_back(*chunk);
        seen.times.push_back(clock.now());
      }
    } catch (...) {
      seen.failure.emplace(std::current_exception());
    }
    seen.times.push_back(clock.now());
  }
  streamed stream_of(const Runnable<Messages, AIMessage>& model) const {
    streamed seen;
    time.run(read_all(model, time, seen));
    return seen;
  }
  /// The failure of a call without a stream.
  std::optional<Failure> failure_of(const Runnable<Messages, AIMessage>& model) const {
    try {
      (void)time.run(model.ainvoke("q"));
    } catch (...) {
      return Failure(std::current_exception());
    }
    return std::nullopt;
  }

  const VirtualTime time;
  FakeChatModel fake;
};

TEST_F(FakeReplies, are_added_one_by_one) {
  fake.answer("first");
  fake.answer("second").after(1h);
  EXPECT_EQ(time.run(fake.ainvoke("q")).content, "first");
  EXPECT_EQ(time.run(fake.ainvoke("q")).content, "second");
  EXPECT_EQ(time.now(), 1h);
  EXPECT_EQ(time.run(fake.ainvoke("q")).content, "first");
  fake.answer("third");
  EXPECT_EQ(time.run(fake.ainvoke("q")).content, "second");
  EXPECT_EQ(time.run(fake.ainvoke("q")).content, "third");
}

TEST_F(FakeReplies, are_shared_by_chains_and_copies) {
  const auto chain = test::chain_of(fake);
  FakeChatModel copy = fake;
  copy.answer("added later");
  EXPECT_EQ(chain.invoke("q"), "added later");
}

TEST_F(FakeReplies, are_missed_with_a_clear_error) {
  EXPECT_THROW(fake.invoke("q"), std::logic_error);
  EXPECT_EQ(fake.in_flight(), 0u);
  FakeChatModel asks_a_function([](const Messages&) { return FakeReply("a"); });
  EXPECT_THROW(asks_a_function.answer("b"), std::logic_error);
  EXPECT_THROW(FakeReply::tool_calls({}), std::invalid_argument);
  EXPECT_THROW(FakeReply("a").retry_after(1s), std::logic_error);
}

TEST_F(FakeReplies, stream_with_waits_between_chunks) {
  fake.answer(FakeReply::stream({"one", " two", " three"})).after(10s).chunk_interval(2s);
  const streamed seen = stream_of(fake);
  ASSERT_EQ(seen.chunks.size(), 3u);
  EXPECT_EQ(seen.chunks[0].content, "one");
  EXPECT_EQ(seen.chunks[2].content, " three");
  EXPECT_EQ(seen.times, (std::vector<VirtualTime::duration>{10s, 12s, 14s, 14s}));
  EXPECT_FALSE(seen.failure);
  EXPECT_TRUE(fake.streams());
}

TEST_F(FakeReplies, take_as_long_without_a_stream) {
  fake.answer(FakeReply::stream({"one", " two", " three"})).after(10s).chunk_interval(2s);
  EXPECT_EQ(time.run(fake.ainvoke("q")).content, "one two three");
  EXPECT_EQ(time.now(), 14s);
}

TEST_F(FakeReplies, of_text_stream_as_one_chunk) {
  fake.answer("whole").usage({.total_tokens = 7});
  const streamed seen = stream_of(fake);
  ASSERT_EQ(seen.chunks.size(), 1u);
  EXPECT_EQ(seen.chunks[0].content, "whole");
  ASSERT_TRUE(seen.chunks[0].usage);
  EXPECT_EQ(seen.chunks[0].usage->total_tokens, 7);
}

TEST_F(FakeReplies, stream_through_a_chain) {
  fake.answer(FakeReply::stream({"one", " two"}));
  std::vector<std::string> texts;
  for (const auto& text : test::chain_of(fake).stream("q")) texts.push_back(text);
  EXPECT_EQ(texts, (std::vector<std::string>{"one", " two"}));
}

TEST_F(FakeReplies, stream_in_a_bound_model) {
  fake.answer(FakeReply::stream({"one", " two"}));
  ChatCallOptions options;
  options.temperature = 0.5;
  EXPECT_EQ(stream_of(fake.bind(options)).chunks.size(), 2u);
  EXPECT_EQ(fake.received_options().at(0).temperature, 0.5);
}

TEST_F(FakeReplies, break_after_some_chunks) {
  fake.answer(FakeReply::stream({"one", " two"})).chunk_interval(1s).then_fail(ErrorKind::truncated);
  const streamed seen = stream_of(fake);
  EXPECT_EQ(seen.chunks.size(), 2u);
  EXPECT_EQ(seen.times, (std::vector<VirtualTime::duration>{0s, 1s, 2s}));
  ASSERT_TRUE(seen.failure);
  EXPECT_EQ(seen.failure->kind(), ErrorKind::truncated);
  try {
    (void)fake.invoke("q");
    ADD_FAILURE();
  } catch (const TruncatedError& error) {
    EXPECT_EQ(error.partial_text(), "one two");
    EXPECT_EQ(error.http_status(), 200);
  }
  EXPECT_EQ(fake.in_flight(), 0u);
}

TEST_F(FakeReplies, break_with_any_exception) {
  fake.answer("some").then_fail(std::out_of_range("x"));
  const streamed seen = stream_of(fake);
  EXPECT_EQ(seen.chunks.size(), 1u);
  ASSERT_TRUE(seen.failure);
  EXPECT_THROW(seen.failure->rethrow(), std::out_of_range);
}

TEST_F(FakeReplies, fail_before_a_stream_begins) {
  fake.fail(ErrorKind::server).after(3s);
  const streamed seen = stream_of(fake);
  EXPECT_TRUE(seen.chunks.empty());
  ASSERT_TRUE(seen.failure);
  EXPECT_EQ(seen.failure->kind(), ErrorKind::server);
  EXPECT_EQ(time.now(), 3s);
}

TEST_F(FakeReplies, fail_with_the_status_of_a_service) {
  for (const auto& [kind, status] :
       std::vector<std::pair<ErrorKind, int>>{{ErrorKind::rate_limit, 429},
                                              {ErrorKind::quota_exceeded, 429},
                                              {ErrorKind::server, 500},
                                              {ErrorKind::authentication, 401},
                                              {ErrorKind::not_found, 404},
                                              {ErrorKind::permission_denied, 403},
                                              {ErrorKind::conflict, 409},
                                              {ErrorKind::unprocessable_entity, 422},
                                              {ErrorKind::context_length, 400},
                                              {ErrorKind::connect, 0},
                                              {ErrorKind::timeout, 0}}) {
    FakeChatModel model;
    model.fail(kind);
    const auto failure = failure_of(model);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->kind(), kind);
    EXPECT_EQ(failure->http_status(), status) << to_string(kind);
  }
}

TEST_F(FakeReplies, fail_with_details_of_their_own) {
  ErrorDetails details;
  details.http_status = 503;
  details.categories = {"violence"};
  fake.fail(ErrorKind::server, details);
  EXPECT_EQ(failure_of(fake)->http_status(), 503);
}

TEST_F(FakeReplies, fail_with_advice_that_retries_follow) {
  fake.fail(ErrorKind::output_parser).retry_after(30s);
  fake.answer("fine");
  const auto patient = fake.with_retry({.initial = 1s, .jitter = 0s});
  EXPECT_EQ(time.run(patient.ainvoke("q")).content, "fine");
  EXPECT_EQ(time.now(), 30s);
  EXPECT_EQ(fake.calls(), 2u);
}

TEST_F(FakeReplies, ask_for_tools) {
  fake.answer(FakeReply::tool_calls({{"call_1", "weather", R"({"city":"Rome"})"}, {"call_2", "time", "{}"}}));
  const AIMessage answer = fake.invoke("q");
  EXPECT_EQ(answer.finish_reason, "tool_calls");
  ASSERT_EQ(answer.tool_calls.size(), 2u);
  EXPECT_EQ(answer.tool_calls[0], ToolCall("call_1", "weather", R"({"city":"Rome"})"));
  const streamed seen = stream_of(fake);
  ASSERT_EQ(seen.chunks.size(), 4u);
  EXPECT_EQ(seen.chunks[0].tool_call_chunks.at(0).name, "weather");
  EXPECT_TRUE(seen.chunks[0].tool_call_chunks.at(0).arguments.empty());
  EXPECT_EQ(seen.chunks[3].tool_call_chunks.at(0).index, 1u);
  AIMessageChunk sum;
  for (const auto& chunk : seen.chunks) sum += chunk;
  EXPECT_EQ(sum.whole(), answer);
}

TEST_F(FakeReplies, are_on_the_record_of_a_query) {
  fake.fail(ErrorKind::output_parser);
  fake.answer("fine").usage({.input_tokens = 4, .output_tokens = 3, .total_tokens = 7});
  const QueryResult result = run(query(fake.with_retry({.initial = 0s, .jitter = 0s}), "q"));
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.usage.total_tokens, 7);
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_FALSE(result.attempts[0].error.empty());
  EXPECT_EQ(result.attempts[1].status, 200);
}

TEST_F(FakeReplies, count_a_stream_from_its_first_chunk) {
  fake.answer(FakeReply::stream({"one", " two"}));
  const auto leave_early = [](FakeChatModel model) -> awaitable<void> {
    {
      auto chunks = model.astream("q");
      EXPECT_EQ(model.calls(), 0u);
      (void)co_await chunks.next();
      EXPECT_EQ(model.in_flight(), 1u);
    }
    EXPECT_EQ(model.calls(), 1u);
  };
  run(leave_early(fake));
  EXPECT_EQ(fake.in_flight(), 0u);
}

TEST_F(FakeReplies, stream_on_a_bare_loop_on_the_real_clock) {
  fake.answer(FakeReply::stream({"one", " two"})).chunk_interval(2ms);
  boost::asio::io_context loop;
  std::string text;
  const auto read = [](FakeChatModel model, std::string& into) -> awaitable<void> {
    auto chunks = model.astream("q");
    while (auto chunk = co_await chunks.next()) into += chunk->content;
  };
  std::exception_ptr error;
  boost::asio::co_spawn(loop, read(fake, text), [&](std::exception_ptr e) { error = std::move(e); });
  const auto before = std::chrono::steady_clock::now();
  loop.run();
  EXPECT_FALSE(error);
  EXPECT_EQ(text, "one two");
  EXPECT_GE(std::chrono::steady_clock::now() - before, 2ms);
}

TEST_F(FakeReplies, end_at_once_when_a_stream_is_cancelled) {
  fake.answer(FakeReply::stream({"one", " two"})).chunk_interval(10h);
  const auto limited = fake.with_config(RunConfig().timeout(5s));
  const streamed seen = stream_of(limited);
  EXPECT_EQ(seen.chunks.size(), 1u);
  ASSERT_TRUE(seen.failure);
  EXPECT_EQ(seen.failure->kind(), ErrorKind::timeout);
  EXPECT_EQ(time.now(), 5s);
  EXPECT_EQ(fake.in_flight(), 0u);
}

}  // namespace
}  // namespace corochain::testing::fake_replies_test
