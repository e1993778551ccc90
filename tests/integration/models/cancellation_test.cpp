// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <poll.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "models/azure_settings.hpp"
#include "models/chat_step.hpp"
#include "support/full_listener.hpp"
#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"
#include "support/run_on.hpp"
#include "support/tcp_connection.hpp"

namespace corochain::cancellation_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

/// A client in some state, in a loop of its own.
class client {
 public:
  asio::io_context loop;

  explicit client(ChatModel model) : model_(std::move(model)) {}

  /// Begins a call, and runs the loop until it is where it is to be and has nothing left to do but to wait.
  void begin(const Messages& input, bool streamed, const std::function<bool()>& there) {
    auto call = streamed ? collect(model_.astream(input), chunks_) : model_.ainvoke(input);
    asio::co_spawn(
        loop, std::move(call),
        asio::bind_cancellation_slot(signal_.slot(), [this](std::exception_ptr e, const AIMessage&) {
          error_ = e;
          ended_ = true;
        }));
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (!ended_ && !there()) {
      loop.run_for(1ms);
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
    }
    while (loop.poll() > 0) {
    }
    ASSERT_FALSE(ended_);
  }
  /// Cancels it; it must end at once, as cancelled, with nothing left open.
  void cancel(std::size_t others_open = 0) {
    signal_.emit(asio::cancellation_type::terminal);
    loop.restart();
    while (!ended_) ASSERT_GT(loop.run_one_for(5s), 0u);
    ASSERT_TRUE(error_);
    EXPECT_THROW(std::rethrow_exception(error_), CancelledError);
    const auto seen = connection_snapshot(loop);
    if (!seen.empty()) {
      EXPECT_EQ(seen[0].open, others_open);
      EXPECT_EQ(seen[0].waiting, 0u);
    }
  }
  /// The chunks that arrived of a stream.
  const std::vector<std::string>& chunks() const { return chunks_; }
  std::size_t count(std::size_t EndpointSnapshot::* what) {
    const auto seen = connection_snapshot(loop);
    return seen.empty() ? 0 : seen[0].*what;
  }

 private:
  static awaitable<AIMessage> collect(Stream<AIMessage> stream, std::vector<std::string>& chunks) {
    for (;;) {
      std::optional<AIMessageChunk> chunk = co_await stream.next();
      if (!chunk) break;
      chunks.push_back(chunk->content);
    }
    co_return AIMessage();
  }

  ChatModel model_;
  std::vector<std::string> chunks_;
  asio::cancellation_signal signal_;
  std::exception_ptr error_;
  bool ended_ = false;
};

class Cancelled : public test::http_and_https {
 protected:
  AzureOptions options = test::options_for(server);

  void next_call_works() {
    server.hold_until(0);
    EXPECT_EQ(AzureChatOpenAI(options).invoke("next").content, "echo: next");
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, Cancelled, ::testing::Bool(), &test::scheme_of);

TEST_P(Cancelled, while_it_waits_for_its_answer) {
  server.hold_until(99);
  client caller{AzureChatOpenAI(options)};
  caller.begin("q", false, [&] { return server.request_count() == 1; });
  caller.cancel();
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  next_call_works();
}

TEST_P(Cancelled, while_it_reads_its_answer) {
  client caller{AzureChatOpenAI(options)};
  EXPECT_EQ(test::run_on(caller.loop, AzureChatOpenAI(options).ainvoke("before")).content, "echo: before");
  const auto sockets = test::sockets_to(server.port());
  ASSERT_EQ(sockets.size(), 1u);
  const auto before = test::bytes_taken(sockets.front());  // of the handshake and the answer before
  server.reply(MockReply::chat("never whole").stall_body_after(20));
  caller.loop.restart();
  caller.begin("q", false, [&] { return test::bytes_taken(sockets.front()) > before; });
  EXPECT_EQ(server.connections_accepted(), 1u);
  caller.cancel();
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  next_call_works();
}

TEST_P(Cancelled, while_it_streams) {
  server.reply(MockReply::stream({"one", "two"}).stall_body_after(900));
  client caller{AzureChatOpenAI(options)};
  caller.begin("q", true, [&] { return !caller.chunks().empty(); });
  EXPECT_EQ(caller.chunks(), std::vector<std::string>{"one"});
  caller.cancel();
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  next_call_works();
}

TEST_P(Cancelled, while_it_backs_off) {
  server.reply(MockReply::error(503, "ServiceUnavailable", "later").header("retry-after", "60"));
  client caller{AzureChatOpenAI(options)};
  caller.begin("q", false, [&] { return caller.count(&EndpointSnapshot::idle) == 1; });
  caller.cancel(1);
  next_call_works();
}

TEST_P(Cancelled, while_its_deployment_pauses) {
  server.reply(MockReply::error(429, "RateLimitReached", "later").header("retry-after", "60"));
  auto once = options;
  once.max_retries = 0;
  EXPECT_THROW(AzureChatOpenAI(once).invoke("q"), RateLimitError);
  client caller{AzureChatOpenAI(options)};
  caller.begin("q", false, [] { return true; });
  EXPECT_EQ(caller.count(&EndpointSnapshot::open) + caller.count(&EndpointSnapshot::waiting), 0u)
      << "it has begun, and asks for no connection";
  caller.cancel();
  EXPECT_EQ(server.request_count(), 1u);
  options.azure_deployment = "another";
  next_call_works();
}

TEST_P(Cancelled, while_it_waits_for_a_connection) {
  options.connections.max_connections = 1;
  server.hold_until(99);
  client caller{AzureChatOpenAI(options)};
  std::string other;
  asio::co_spawn(caller.loop, AzureChatOpenAI(options).ainvoke("other"),
                 [&](std::exception_ptr, const AIMessage& message) { other = message.content; });
  while (server.request_count() == 0) caller.loop.run_for(1ms);
  caller.begin("q", false, [&] { return caller.count(&EndpointSnapshot::waiting) == 1; });
  caller.cancel(1);
  server.hold_until(0);
  caller.loop.restart();
  caller.loop.run();
  EXPECT_EQ(other, "echo: other");
  next_call_works();
}

TEST_P(Cancelled, while_it_sends) {
  test::raw_server deaf(
      [](test::raw_connection& each, std::size_t) {
        char byte;
        boost::system::error_code ignored;  // looks and does not take
        each.socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, ignored);
        while (!ignored) {
          std::this_thread::yield();
          ::recv(each.socket().native_handle(), &byte, 0, 0);
          pollfd gone{each.socket().native_handle(), POLLRDHUP, 0};
          if (::poll(&gone, 1, 10) > 0) break;
        }
      },
      GetParam());
  client caller{AzureChatOpenAI(test::options_for(deaf))};
  caller.begin(std::string(std::size_t{32} * 1024 * 1024, 'x'), false,
               [&] { return caller.count(&EndpointSnapshot::in_flight) == 1; });
  caller.cancel();
  next_call_works();
}

TEST(CancelledEarly, while_it_shakes_hands) {
  test::raw_server mute([](test::raw_connection& each, std::size_t) { each.wait_for_end(); });
  const auto options = test::options_to("https://127.0.0.1:" + std::to_string(mute.port()));
  client caller{AzureChatOpenAI(options)};
  caller.begin("q", false, [&] { return mute.connections() == 1; });
  caller.cancel();
}

TEST(CancelledEarly, while_it_connects) {
  const test::full_listener full;
  const auto options = test::options_to("http://127.0.0.1:" + std::to_string(full.port()));
  client caller{AzureChatOpenAI(options)};
  caller.begin("q", false, [&] { return caller.count(&EndpointSnapshot::connecting) == 1; });
  caller.cancel();
}

TEST(CancelledEarly, while_its_host_is_looked_up) {
  struct gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool asked = false, open = false;
  };
  auto shared = std::make_shared<gate>();
  const auto options = test::options_to("http://slow.example");
  models::chat_settings settings = models::azure_settings(options, [](const char*) { return std::nullopt; });
  auto service = *settings.service;
  service.names = std::make_shared<transport::resolver>([shared](const std::string&) {
    std::unique_lock lock(shared->mutex);
    shared->asked = true;
    shared->changed.wait(lock, [&] { return shared->open; });
    return transport::lookup_result{asio::error::host_not_found, {}};
  });
  settings.service = std::make_shared<const models::service_settings>(std::move(service));
  client caller{ChatModel(std::make_shared<models::chat_step>(std::move(settings)))};
  caller.begin("q", false, [&] {
    const std::lock_guard lock(shared->mutex);
    return shared->asked;
  });
  caller.cancel();
  const std::lock_guard lock(shared->mutex);
  shared->open = true;
  shared->changed.notify_all();
}

}  // namespace
}  // namespace corochain::cancellation_test
