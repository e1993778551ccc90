// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"

namespace corochain::stream_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

std::string event(std::string_view json) { return "data: " + std::string(json) + "\n\n"; }
std::string text_event(std::string_view text) {
  return event(R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":")" + std::string(text) +
               R"("}}]})");
}
const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string usage =
    event(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})");
const std::string done = "data: [DONE]\n\n";
const std::string good = text_event("one ") + text_event("two ") + text_event("three") + stop + usage + done;

MockReply stream_of(std::string body, std::size_t bytes_per_chunk = 64) {
  return MockReply::raw(200, "text/event-stream", std::move(body)).chunked(bytes_per_chunk);
}

class Streams : public test::http_and_https {
 protected:
  AzureOptions options = [this] {
    AzureOptions made = test::options_for(server);
    made.max_retries = 0;
    return made;
  }();
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, Streams, ::testing::Bool(), &test::scheme_of);

template <class T>
awaitable<std::vector<chunk_of_t<T>>> all_of(Stream<T> stream) {
  std::vector<chunk_of_t<T>> chunks;
  for (;;) {
    std::optional<chunk_of_t<T>> chunk = co_await stream.next();
    if (!chunk) break;
    chunks.push_back(std::move(*chunk));
  }
  co_return chunks;
}

TEST_P(Streams, chunks_pass_the_chain_and_the_connection_is_kept) {
  server.reply(stream_of(good));
  server.reply(stream_of(good, 1));
  const auto chain = test::chain_for(options);
  const std::vector<std::string> expected{"one ", "two ", "three"};
  EXPECT_EQ(run(all_of(chain.astream("q"))), expected);
  EXPECT_EQ(run(all_of(chain.astream("q"))), expected);
  EXPECT_EQ(server.connections_accepted(), 1u);
  EXPECT_NE(server.requests().at(0).body.find(R"("stream":true,"stream_options":{"include_usage":true})"),
            std::string::npos);
}

TEST_P(Streams, a_blocking_stream_may_use_chains_in_its_loop) {
  server.reply(stream_of(good));
  const auto chain = test::chain_for(options);
  std::string text;
  for (const std::string& chunk : chain.stream("q")) {
    text += chunk;
    EXPECT_EQ(chain.invoke("in between"), "echo: in between");
  }
  EXPECT_EQ(text, "one two three");
}

TEST_P(Streams, invoke_may_read_a_stream) {
  server.reply(stream_of(good));
  options.streaming = true;
  const AzureChatOpenAI model(options);
  const AIMessage answer = model.invoke("q");
  EXPECT_EQ(answer.content, "one two three");
  EXPECT_EQ(answer.usage->total_tokens, 5);
  EXPECT_EQ(answer.id, "c1");
}

TEST_P(Streams, a_collected_temporary_lives_on) {
  const AzureChatOpenAI model(options);
  for (int i = 0; i < 2; ++i) {
    server.reply(stream_of(good));
    awaitable<AIMessage> call = model.astream("q").collect();
    EXPECT_EQ(run(std::move(call)).content, "one two three");
  }
  EXPECT_EQ(server.connections_accepted(), 1u);
  {
    awaitable<AIMessage> never_awaited = model.astream("q").collect();
  }
  EXPECT_EQ(server.request_count(), 2u);
}

TEST_P(Streams, a_stream_that_is_gone_gives_no_empty_answer) {
  const AzureChatOpenAI model(options);
  std::optional<Stream<AIMessage>> stream(model.astream("q"));
  awaitable<AIMessage> collected = stream->collect();
  awaitable<std::optional<AIMessageChunk>> chunk = stream->next();
  stream.reset();
  EXPECT_THROW(run(std::move(collected)), CancelledError);
  EXPECT_THROW(run(std::move(chunk)), CancelledError);
  EXPECT_EQ(server.request_count(), 0u);
}

TEST_P(Streams, a_server_that_knows_no_streams_is_heard) {
  server.reply(MockReply::chat("a whole answer"));
  EXPECT_EQ(run(all_of(test::chain_for(options).astream("q"))), std::vector<std::string>{"a whole answer"});
}

TEST_P(Streams, a_function_in_the_chain_waits_for_the_whole) {
  server.reply(stream_of(good));
  const auto chain = test::chain_for(options) | [](std::string text) { return text.size(); };
  EXPECT_EQ(run(all_of(chain.astream("q"))), std::vector<std::size_t>{13});
}

TEST_P(Streams, what_went_wrong_is_typed_and_carries_the_text) {
  struct expected {
    MockReply reply;
    ErrorKind kind;
  };
  const std::string half = text_event("half");
  const std::vector<expected> cases{
      {stream_of(half), ErrorKind::truncated},
      {stream_of(half + stop).cut_body_after(half.size()), ErrorKind::truncated},
      {stream_of(half + event("{\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}")),
       ErrorKind::server},
      {stream_of(half + event("garbage")), ErrorKind::response_format},
  };
  const AzureChatOpenAI model(options);
  for (const expected& each : cases) {
    server.reply(each.reply);
    Stream<AIMessage> stream = model.astream("q");
    const auto collect = [](Stream<AIMessage>& from) -> awaitable<ErrorKind> {
      std::optional<AIMessageChunk> first = co_await from.next();
      EXPECT_EQ(first->content, "half");
      ErrorKind kind = ErrorKind::other;
      try {
        std::optional<AIMessageChunk> second = co_await from.next();
      } catch (const Error& error) {
        kind = error.kind();
        EXPECT_EQ(error.details().text, "half");
        EXPECT_EQ(error.attempts().size(), 1u);
      }
      std::optional<AIMessageChunk> after = co_await from.next();
      EXPECT_FALSE(after);
      co_return kind;
    };
    EXPECT_EQ(run(collect(stream)), each.kind);
  }
  server.reply(MockReply::error(401, "401", "no"));
  EXPECT_THROW(run(all_of(model.astream("q"))), AuthenticationError);
  EXPECT_EQ(model.invoke("after all that").content, "echo: after all that");
}

TEST_P(Streams, an_idle_stream_ends) {
  options.stream_idle_timeout = 50ms;
  server.reply(stream_of(text_event("x") + ": ping\n\n" + stop).stall_body_after(text_event("x").size() + 8));
  const AzureChatOpenAI model(options);
  Stream<AIMessage> stream = model.astream("q");
  const auto wait = [](Stream<AIMessage>& from) -> awaitable<Phase> {
    std::optional<AIMessageChunk> first = co_await from.next();
    Phase phase = Phase::none;
    try {
      std::optional<AIMessageChunk> second = co_await from.next();
    } catch (const TimeoutError& error) {
      phase = error.phase();
      EXPECT_EQ(error.details().text, "x");
    }
    co_return phase;
  };
  EXPECT_EQ(run(wait(stream)), Phase::stream);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

TEST_P(Streams, the_first_event_and_the_head_have_their_limits) {
  const auto phase_of = [&] {
    const AzureChatOpenAI model(options);
    try {
      run(all_of(model.astream("q")));
    } catch (const TimeoutError& error) {
      EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
      return std::pair(error.phase(), std::string(error.what()));
    }
    return std::pair(Phase::none, std::string());
  };
  options.stream_idle_timeout = 50ms;
  server.reply(stream_of(text_event("x") + stop).stall_body_after(0));
  const auto [silent, said] = phase_of();
  EXPECT_EQ(silent, Phase::stream);
  EXPECT_NE(said.find("stream_idle_timeout"), std::string::npos) << said;
  options.stream_idle_timeout = 1ms;  // is not what bounds the head
  options.first_byte_timeout = 60ms;
  server.hold_until(9);
  const auto [headless, told] = phase_of();
  EXPECT_EQ(headless, Phase::first_byte);
  EXPECT_NE(told.find("first_byte_timeout"), std::string::npos) << told;
  EXPECT_EQ(told.find("stream_idle_timeout"), std::string::npos) << told;
}

TEST_P(Streams, the_deadline_runs_on_while_the_consumer_thinks) {
  options.timeout = 100ms;
  server.reply(stream_of(text_event("x") + text_event("y") + stop));
  const AzureChatOpenAI model(options);
  Stream<AIMessage> stream = model.astream("q");
  const auto dawdle = [](Stream<AIMessage>& from) -> awaitable<bool> {
    std::optional<AIMessageChunk> first = co_await from.next();
    const auto until = std::chrono::steady_clock::now() + 110ms;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    bool late = false;
    try {
      std::optional<AIMessageChunk> second = co_await from.next();
    } catch (const TimeoutError&) {
      late = true;
    }
    co_return late;
  };
  EXPECT_TRUE(run(dawdle(stream)));
}

TEST_P(Streams, destroyed_it_closes_its_socket_at_once) {
  server.reply(stream_of(good).stall_body_after(text_event("one ").size()));
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  std::optional<Stream<AIMessage>> stream(model.astream("q"));
  asio::co_spawn(
      loop,
      [](std::optional<Stream<AIMessage>>& from) -> awaitable<void> {
        std::optional<AIMessageChunk> first = co_await from->next();
        EXPECT_EQ(first->content, "one ");
      }(stream),
      asio::detached);
  loop.run();
  EXPECT_EQ(server.connections_open(), 1u);
  stream.reset();  // the loop stands still
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

TEST_P(Streams, destroyed_during_a_next_it_cancels_that) {
  server.reply(stream_of(good).stall_body_after(text_event("one ").size()));
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  std::optional<Stream<AIMessage>> stream(model.astream("q"));
  bool cancelled = false;
  asio::co_spawn(
      loop,
      [](std::optional<Stream<AIMessage>>& from, bool& seen) -> awaitable<void> {
        std::optional<AIMessageChunk> first = co_await from->next();
        try {
          std::optional<AIMessageChunk> second = co_await from->next();
        } catch (const CancelledError&) {
          seen = true;
        }
      }(stream, cancelled),
      asio::detached);
  while (server.request_count() == 0 || loop.poll() > 0) loop.run_for(1ms);
  loop.run_for(20ms);
  stream.reset();
  loop.restart();
  loop.run();
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

TEST_P(Streams, cancelled_it_closes_its_socket_and_says_so) {
  server.reply(stream_of(good).stall_body_after(0));
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  asio::co_spawn(loop, all_of(model.astream("q")),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, auto) { error = e; }));
  while (server.request_count() == 0) loop.run_for(1ms);
  signal.emit(asio::cancellation_type::terminal);
  loop.restart();
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

TEST_P(Streams, an_idle_consumer_stops_the_server) {
  // More than the buffers of both sockets can hold.
  const std::string filler = ": " + std::string(64 * 1024, 'c') + "\n\n";
  std::string body = text_event("x");
  for (int i = 0; i < 1024; ++i) body += filler;
  server.reply(stream_of(body + text_event("y") + stop + done, 1 << 20));
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  Stream<AIMessage> stream = model.astream("q");
  std::optional<AIMessageChunk> first;
  asio::co_spawn(
      loop,
      [](Stream<AIMessage>& from, std::optional<AIMessageChunk>& to) -> awaitable<void> {
        to = co_await from.next();
      }(stream, first),
      asio::detached);
  loop.run();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->content, "x");
  EXPECT_EQ(server.max_in_flight(), 1u);
  loop.restart();
  EXPECT_EQ(loop.poll(), 0u);  // nothing is outstanding, so nothing is read
}

TEST_P(Streams, a_query_knows_what_the_stream_cost) {
  options.streaming = true;
  server.reply(stream_of(good));
  const QueryResult result = run(query(test::chain_for(options), "q"));
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.answer, "one two three");
  EXPECT_EQ(result.usage.total_tokens, 5);
  EXPECT_EQ(result.model, "m");
  EXPECT_GT(result.timing.first_token, Timing::duration::zero());
  EXPECT_LE(result.timing.first_token, result.timing.total);
}

TEST_P(Streams, every_close_waits_for_the_end) {
  server.reply(stream_of(good).stall_body_after(0));
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  Stream<AIMessage> stream = model.astream("q");
  int closed = 0;
  bool ended = false;
  asio::co_spawn(loop, stream.next(), [&](std::exception_ptr, auto) { ended = true; });
  while (server.request_count() == 0) loop.run_for(1ms);
  for (int i = 0; i < 2; ++i)
    asio::co_spawn(loop, stream.close(), [&](std::exception_ptr error) {
      EXPECT_FALSE(error);
      EXPECT_TRUE(ended);
      ++closed;
    });
  loop.run();
  EXPECT_EQ(closed, 2);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

TEST_P(Streams, one_next_at_a_time) {
  server.reply(stream_of(good).stall_body_after(0));
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  Stream<AIMessage> stream = model.astream("q");
  std::exception_ptr second;
  asio::co_spawn(loop, stream.next(), asio::detached);
  while (server.request_count() == 0) loop.run_for(1ms);
  asio::co_spawn(loop, stream.next(), [&](std::exception_ptr e, auto) { second = e; });
  while (!second) loop.run_one();
  EXPECT_THROW(std::rethrow_exception(second), ConfigError);
}

}  // namespace
}  // namespace corochain::stream_test
