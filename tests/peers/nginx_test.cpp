// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "peers/nginx.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <fstream>
#include <iomanip>
#include <mutex>
#include <sstream>

#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"
#include "support/run_on.hpp"

namespace corochain::nginx_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::nginx;
using test::nginx_setup;
using test::run_on;
using testing::MockReply;
using testing::MockServer;

nginx_setup before(const MockServer& server, std::string http = "") {
  return {server.port(), std::move(http)};
}

std::string answer(asio::io_context& loop, const ChatModel& model, const std::string& question) {
  return run_on(loop, model.ainvoke(question)).content;
}

awaitable<std::vector<std::string>> pieces_of(Stream<AIMessage> stream) {
  std::vector<std::string> all;
  for (;;) {
    std::optional<AIMessageChunk> piece = co_await stream.next();
    if (!piece) break;
    if (!piece->content.empty()) all.push_back(piece->content);
  }
  co_return all;
}

EndpointSnapshot seen_in(asio::io_context& loop) {
  const auto all = connection_snapshot(loop);
  return all.empty() ? EndpointSnapshot() : all.front();
}

TEST(Nginx, whole_and_streamed_calls_share_a_connection) {
  MockServer server(test::plain_http());
  nginx front(before(server));
  const AzureChatOpenAI model(front.options());
  asio::io_context loop;
  EXPECT_EQ(answer(loop, model, "whole"), "echo: whole");
  server.reply(MockReply::stream({"one ", "two ", "three"}));
  const std::vector<std::string> expected{"one ", "two ", "three"};
  EXPECT_EQ(run_on(loop, pieces_of(model.astream("streamed"))), expected);
  const std::string large(std::size_t{3} * 1024 * 1024, 'x');
  EXPECT_EQ(answer(loop, model, large), "echo: " + large);
  EXPECT_EQ(seen_in(loop).opened, 1u);
  const auto log = front.accesses(3);
  ASSERT_EQ(log.size(), 3u);
  for (const auto& each : log) {
    EXPECT_EQ(each.connection, log[0].connection);
    EXPECT_EQ(each.protocol, "HTTP/1.1");
    EXPECT_EQ(each.tls, "TLSv1.3");
    EXPECT_EQ(each.status, 200);
  }
  EXPECT_EQ(server.requests().at(0).header("api-key"), "canary-key-0123456789");
}

/// A server that sends a word at each call of `say`.
class patient_server {
 public:
  patient_server() : server_([this](test::raw_connection& each, std::size_t) { serve(each); }) {}
  unsigned short port() const { return server_.port(); }
  void say(std::size_t words) {
    const std::lock_guard lock(mutex_);
    allowed_ = words;
    changed_.notify_all();
  }
  ~patient_server() { say(99); }

 private:
  static std::string chunk(const std::string& text) {
    std::ostringstream size;
    size << std::hex << text.size();
    return size.str() + "\r\n" + text + "\r\n";
  }
  void serve(test::raw_connection& each) {
    if (each.read_request().empty()) return;
    each.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t word = 1; word <= 4; ++word) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return allowed_ >= word; });
      }
      each.write(chunk(R"(data: {"choices":[{"index":0,"delta":{"content":"word )" + std::to_string(word) +
                       R"("}}]})" + "\n\n"));
    }
    each.write(chunk("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n") +
               chunk("data: [DONE]\n\n") + "0\r\n\r\n");
    each.wait_for_end();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t allowed_ = 0;
  test::raw_server server_;
};

awaitable<std::size_t> count_words(Stream<AIMessage> stream, patient_server& server) {
  std::size_t words = 0;
  for (;;) {
    server.say(words + 1);  // the next is said only when the one before was heard
    std::optional<AIMessageChunk> piece = co_await stream.next();
    if (!piece) break;
    if (piece->content.empty()) continue;
    ++words;
    EXPECT_EQ(piece->content, "word " + std::to_string(words));
  }
  co_return words;
}

TEST(Nginx, each_piece_comes_before_the_next_is_said) {
  patient_server server;
  nginx front(server.port());
  AzureOptions options = front.options();
  options.stream_idle_timeout = 20s;
  asio::io_context loop;
  EXPECT_EQ(run_on(loop, count_words(AzureChatOpenAI(options).astream("q"), server)), 4u);
}

TEST(Nginx, compression_is_never_asked_for) {
  MockServer server(test::plain_http());
  nginx front(before(server));
  AzureOptions options = front.options();
  asio::io_context loop;
  const std::string text(20000, 'a');
  EXPECT_EQ(answer(loop, AzureChatOpenAI(options), text), "echo: " + text);
  EXPECT_EQ(run_on(loop, pieces_of(AzureChatOpenAI(options).astream("a b"))).back(), " b");
  for (const auto& each : front.accesses(2)) EXPECT_EQ(each.accept_encoding, "\"identity\"");
}

TEST(Nginx, a_compressed_answer_of_a_gateway_is_refused) {
  MockServer server(test::plain_http());
  nginx compressing(before(server));
  nginx_setup gateway(0, "", "proxy_set_header Accept-Encoding gzip;");
  gateway.upstream = compressing.endpoint();
  nginx front(gateway);
  const AzureChatOpenAI model(front.options());
  for (const bool streamed : {false, true}) {
    try {
      run(streamed ? model.astream("q").collect() : model.ainvoke("q"));
      ADD_FAILURE() << "a compressed answer was taken";
    } catch (const ResponseFormatError& error) {
      EXPECT_EQ(error.http_status(), 200);
      EXPECT_EQ(error.attempts().size(), 1u);
    }
  }
  for (const auto& each : compressing.accesses(2)) EXPECT_EQ(each.accept_encoding, "\"gzip\"");
}

TEST(Nginx, connections_are_replaced_at_their_request_limit) {
  MockServer server(test::plain_http());
  nginx front(before(server, "keepalive_requests 3;"));
  const AzureChatOpenAI model(front.options());
  asio::io_context loop;
  for (int i = 0; i < 30; ++i) {
    const std::string question = std::to_string(i);
    const QueryResult result = run_on(loop, query(model, question));
    EXPECT_EQ(result.answer, "echo: " + question);
    ASSERT_EQ(result.attempts.size(), 1u);
    EXPECT_EQ(result.attempts[0].connection_reused, i % 3 != 0);
    EXPECT_FALSE(result.attempts[0].maybe_billed);
  }
  EXPECT_EQ(seen_in(loop).opened, 10u);
  EXPECT_EQ(seen_in(loop).full_handshakes, 1u);
  EXPECT_EQ(seen_in(loop).resumed_handshakes, 9u);
  std::size_t resumed = 0;
  for (const auto& each : front.accesses(30)) {
    EXPECT_LE(each.request, 3);
    if (each.session_reused == "r" && each.request == 1) ++resumed;
  }
  EXPECT_EQ(resumed, 9u);
  EXPECT_EQ(server.request_count(), 30u);
}

TEST(Nginx, many_at_once_cross_the_limit_too) {
  MockServer server(test::plain_http());
  nginx front(before(server, "keepalive_requests 3;"));
  const AzureChatOpenAI model(front.options());
  asio::io_context loop;
  std::vector<std::string> questions;
  for (int i = 0; i < 400; ++i) questions.push_back(std::to_string(i));
  BatchOptions limits;
  limits.max_concurrency = 16;
  const QueryReport report = run_on(loop, query_all(model, questions, limits));
  ASSERT_EQ(report.results.size(), 400u);
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    EXPECT_EQ(report.results[i].answer, "echo: " + std::to_string(i));
    EXPECT_EQ(report.results[i].attempts.size(), 1u);
  }
  EXPECT_EQ(server.request_count(), 400u);
  EXPECT_GE(seen_in(loop).opened, 134u);
}

TEST(Nginx, sessions_resume_with_tls12_as_well) {
  MockServer server(test::plain_http());
  nginx_setup setup = before(server, "keepalive_requests 1;");
  setup.protocols = "TLSv1.2";
  nginx front(setup);
  const AzureChatOpenAI model(front.options());
  asio::io_context loop;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(answer(loop, model, "q"), "echo: q");
  EXPECT_EQ(seen_in(loop).full_handshakes, 1u);
  EXPECT_EQ(seen_in(loop).resumed_handshakes, 3u);
  for (const auto& each : front.accesses(4)) EXPECT_EQ(each.tls, "TLSv1.2");
}

/// The number of sockets of this machine that are connected to a loopback port and have received the end of
/// the other side.
std::size_t closed_by_peer(unsigned short port) {
  std::ostringstream wanted;
  wanted << "0100007F:" << std::hex << std::uppercase << std::setw(4) << std::setfill('0') << port;
  std::ifstream table("/proc/net/tcp");
  std::size_t count = 0;
  std::string line, number, local, remote, state;
  while (std::getline(table, line)) {
    std::istringstream(line) >> number >> local >> remote >> state;
    if (remote == wanted.str() && state == "08") ++count;  // CLOSE_WAIT
  }
  return count;
}

TEST(Nginx, a_closed_idle_connection_is_replaced) {
  MockServer server(test::plain_http());
  nginx front(before(server, "keepalive_timeout 1s;"));
  const AzureChatOpenAI model(front.options());
  asio::io_context loop;
  EXPECT_EQ(answer(loop, model, "first"), "echo: first");
  ASSERT_TRUE(test::wait_until([&] { return closed_by_peer(front.port()) == 1; }));
  const QueryResult second = run_on(loop, query(model, "second"));
  EXPECT_EQ(second.answer, "echo: second");
  ASSERT_EQ(second.attempts.size(), 1u);
  EXPECT_FALSE(second.attempts[0].connection_reused);
  EXPECT_FALSE(second.attempts[0].maybe_billed);
  EXPECT_EQ(seen_in(loop).opened, 2u);
  EXPECT_EQ(seen_in(loop).open, 1u);
}

TEST(Nginx, its_keep_alive_timeout_is_respected) {
  MockServer server(test::plain_http());
  nginx front(before(server, "keepalive_timeout 60s 1s;"));  // closes late, and announces a second
  const AzureChatOpenAI model(front.options());
  asio::io_context loop;
  EXPECT_EQ(answer(loop, model, "first"), "echo: first");
  EXPECT_EQ(answer(loop, model, "second"), "echo: second");
  EXPECT_EQ(seen_in(loop).opened, 2u);  // what may be closed while the request is on its way is not used
}

}  // namespace
}  // namespace corochain::nginx_test
