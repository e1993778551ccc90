// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/recorded_request.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/mock_chain.hpp"

namespace corochain::testing::recorded_request_test {
namespace {

using namespace std::chrono_literals;

TEST(recorded_request, gives_the_conversation) {
  MockServer server(test::plain_http());
  const AzureChatOpenAI model(test::options_for(server));
  std::vector<ToolCall> calls;
  calls.emplace_back("call_1", "weather", R"({"city":"Rome"})");
  const Messages sent = {Message::system("Be \"terse\"."), Message::human("How is it in Rome?"),
                         Message::ai("", calls), Message::tool("call_1", "sunny")};
  (void)model.invoke(sent);
  const RecordedRequest request = server.requests().at(0);
  EXPECT_EQ(request.messages(), sent);
  EXPECT_EQ(request.last_message(), Message::tool("call_1", "sunny"));
  EXPECT_EQ(request.model(), "gpt-4o-mini");
  EXPECT_FALSE(request.streamed());
}

TEST(recorded_request, tells_a_stream_and_a_model_of_the_body) {
  MockServer server(test::plain_http());
  OpenAIOptions options;
  options.base_url = server.endpoint() + "/v1";
  options.model = "small";
  options.api_key = "k";
  for (const auto& chunk : ChatOpenAI(options).stream("hello")) (void)chunk;
  const RecordedRequest request = server.requests().at(0);
  EXPECT_EQ(request.model(), "small");
  EXPECT_TRUE(request.streamed());
  EXPECT_EQ(request.last_message(), Message::human("hello"));
}

TEST(recorded_request, joins_the_texts_of_parts) {
  RecordedRequest request;
  request.body = R"({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"},
      {"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "b"}]}]})";
  EXPECT_EQ(request.messages(), Messages("ab"));
}

TEST(recorded_request, refuses_what_is_no_chat) {
  RecordedRequest request;
  EXPECT_THROW(request.messages(), std::invalid_argument);
  for (const char* body : {"{", "[]", "{}", R"({"messages": "x"})", R"({"input": ["x"]})"}) {
    request.body = body;
    EXPECT_THROW(request.messages(), std::invalid_argument) << body;
    EXPECT_EQ(request.model(), "") << body;
    EXPECT_FALSE(request.streamed()) << body;
  }
  request.body = R"({"messages": []})";
  EXPECT_TRUE(request.messages().empty());
  EXPECT_THROW(request.last_message(), std::invalid_argument);
  request.body = R"({"messages": [{"role": "nobody", "content": "x"}]})";
  EXPECT_THROW(request.messages(), PromptError);
}

/// The wait for requests without blocking.
class RequestsArrived : public ::testing::Test {
 protected:
  static constexpr auto patience = 30s;

  MockServer server{test::plain_http()};
  const Runnable<Dict, std::string> chain = test::chain_for(server);
};

TEST_F(RequestsArrived, cancel_exactly_when_calls_are_in_flight) {
  server.hold_until(100);
  const auto cancel_three = [](MockServer* to, Runnable<Dict, std::string> asked) -> awaitable<int> {
    int cancelled = 0;
    const auto one = [](Runnable<Dict, std::string> ask, int& count) -> awaitable<void> {
      try {
        (void)co_await ask.ainvoke("q");
      } catch (const CancelledError&) {
        ++count;
      }
    };
    const auto work = [](MockServer* on, Runnable<Dict, std::string> ask, decltype(one) each, int& count,
                         task_group& group) -> awaitable<void> {
      for (int i = 0; i < 3; ++i) group.spawn(each(ask, count));
      co_await on->wait_for_requests(3);
      group.cancel();
    };
    auto body = [&](task_group& group) { return work(to, asked, one, cancelled, group); };
    co_await with_task_group(body);
    co_return cancelled;
  };
  EXPECT_EQ(run(timeout(patience, cancel_three(&server, chain))), 3);
  EXPECT_EQ(server.request_count(), 3u);
  EXPECT_TRUE(server.wait_for_connections_open(0, patience));
}

TEST_F(RequestsArrived, resume_on_the_loop_of_the_waiter) {
  server.hold_until(100);
  boost::asio::io_context loop;
  boost::asio::cancellation_signal signal;
  std::exception_ptr ended;
  bool came = false;
  boost::asio::co_spawn(
      loop, chain.ainvoke("q"),
      boost::asio::bind_cancellation_slot(
          signal.slot(), [&](std::exception_ptr error, std::string) { ended = std::move(error); }));
  boost::asio::co_spawn(loop, server.wait_for_requests(1), [&](std::exception_ptr error) {
    came = !error;
    signal.emit(boost::asio::cancellation_type::terminal);
  });
  loop.run();
  EXPECT_TRUE(came);
  ASSERT_TRUE(ended);
  EXPECT_THROW(std::rethrow_exception(ended), CancelledError);
}

TEST_F(RequestsArrived, do_not_wait_for_what_has_come) {
  (void)chain.invoke("q");
  run(server.wait_for_requests(1));
  run(server.wait_for_requests(0));
}

TEST_F(RequestsArrived, can_be_given_up) {
  EXPECT_THROW(run(timeout(5ms, server.wait_for_requests(1))), TimeoutError);
  (void)chain.invoke("q");
  {
    boost::asio::io_context loop;
    boost::asio::co_spawn(loop, server.wait_for_requests(2), [](std::exception_ptr) {});
    loop.poll();
  }
  // The loop of that wait is gone.
  (void)chain.invoke("q");
  EXPECT_EQ(server.request_count(), 2u);
}

}  // namespace
}  // namespace corochain::testing::recorded_request_test
