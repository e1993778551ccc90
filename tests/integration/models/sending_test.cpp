// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"
#include "support/run_on.hpp"
#include "support/tcp_connection.hpp"
#include "transport/exchange.hpp"

namespace corochain::sending_test {
namespace {
namespace asio = boost::asio;
using testing::MockServer;
using testing::MockServerOptions;
using namespace std::chrono_literals;

class Sending : public test::http_and_https {
 protected:
  Runnable<Dict, std::string> chain = test::chain_for(server);
  asio::io_context loop;

  std::string ask(const std::string& question) {
    return test::run_on(loop, chain.ainvoke({{"question", question}}));
  }
  /// The client's socket of its only connection.
  int socket() {
    const auto found = test::sockets_to(server.port());
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? -1 : found.front();
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, Sending, ::testing::Bool(), &test::scheme_of);

TEST_P(Sending, nothing_is_held_back_for_more_to_come) {
  EXPECT_EQ(ask("q"), "echo: q");
  EXPECT_TRUE(test::sends_at_once(socket()));
}

/// A model may think for minutes behind a NAT that forgets silent connections.
TEST_P(Sending, a_connection_is_probed_while_it_is_silent) {
  EXPECT_EQ(ask("q"), "echo: q");
  const int used = socket();
  EXPECT_EQ(test::option_of(used, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(test::option_of(used, IPPROTO_TCP, TCP_KEEPIDLE), 30);
  EXPECT_EQ(test::option_of(used, IPPROTO_TCP, TCP_KEEPINTVL), 10);
  EXPECT_EQ(test::option_of(used, IPPROTO_TCP, TCP_KEEPCNT), 5);
}

/// Also the connection to a proxy, and each new one.
TEST_P(Sending, every_connection_is_probed) {
  AzureOptions options = test::options_for(server);
  if (!GetParam()) options.proxy.url = Secret(server.endpoint());  // which passes plain http on to nobody
  server.respond_with([](const testing::RecordedRequest&) { return testing::MockReply::chat("x"); });
  server.hold_until(3);
  const std::vector<Dict> inputs{{{"question", "1"}}, {{"question", "2"}}, {{"question", "3"}}};
  EXPECT_EQ(test::run_on(loop, test::chain_for(options).abatch(inputs)).size(), 3u);
  const auto all = test::sockets_to(server.port());
  EXPECT_EQ(all.size(), 3u);
  for (const int each : all) EXPECT_EQ(test::option_of(each, IPPROTO_TCP, TCP_KEEPIDLE), 30);
}

TEST_P(Sending, head_and_body_go_in_one_write) {
  EXPECT_EQ(ask("first"), "echo: first");
  const int used = socket();
  auto before = test::segments_sent(used);
  ASSERT_GE(before, 1u);
  if (!GetParam()) {
    EXPECT_EQ(before, 1u);
  }
  const std::string long_one(10'000, 'x');  // head and body are less than a TLS record holds
  for (const std::string& question : {std::string("second"), long_one, std::string("third")}) {
    EXPECT_EQ(ask(question), "echo: " + question);
    ASSERT_EQ(socket(), used);
    const auto after = test::segments_sent(used);
    EXPECT_EQ(after - before, 1u) << question.size();
    before = after;
  }
  EXPECT_EQ(server.connections_accepted(), 1u);
}

/// Waits until the server's system has acknowledged all that this process has sent to it. A system delays an
/// acknowledgment while its program has nothing to send (RFC 9293 section 3.8.6.3).
void wait_for_acknowledgment(unsigned short port) {
  for (const int socket : test::sockets_to(port)) {
    int unacknowledged = 0;
    while (::ioctl(socket, TIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0) std::this_thread::yield();
  }
}

TEST(LateAcknowledgment, is_no_stall_of_the_request) {
  unsigned short port = 0;
  test::raw_server server([&port](test::raw_connection& client, std::size_t) {
    for (int i = 0; !client.read_request().empty(); ++i) {
      if (i > 0) wait_for_acknowledgment(port);
      client.write(test::http_answer("fine"));
    }
  });
  port = server.port();
  auto options = test::options_to(server.endpoint());
  options.max_retries = 0;
  options.read_timeout = 5ms;  // the rest of an answer comes with its beginning
  const auto chain = test::chain_for(options);
  asio::io_context loop;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(test::run_on(loop, chain.ainvoke("q")), "fine") << i;
  EXPECT_EQ(server.connections(), 1u);
}

/// The error of a read after the connection has ended, in pieces or of all the rest.
ErrorKind reading_after_the_end(bool aborted, bool piecewise) {
  test::raw_server server([aborted](test::raw_connection& client, std::size_t) {
    client.read_head();
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{");
    if (aborted) client.wait_for_end();
  });
  asio::io_context loop;
  transport::exchange_settings how;
  how.to = std::make_shared<const transport::endpoint>(codec::parse_url(server.endpoint(), "endpoint"),
                                                       TlsOptions());
  how.limits = std::make_shared<const transport::exchange_limits>();
  how.streamed = true;
  how.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto exchange = transport::exchange::make(loop.get_executor(), std::move(how));
  const auto finish = [&](awaitable<void> step) {
    auto kind = ErrorKind::other;
    asio::co_spawn(loop, std::move(step), [&kind](std::exception_ptr failure) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const Error& error) {
        kind = error.kind();
      }
    });
    loop.restart();
    loop.run();
    return kind;
  };
  const auto read = [&] {
    constexpr auto no_limit = std::chrono::steady_clock::time_point::max();
    return finish(piecewise ? transport::exchange::read_more(exchange, no_limit)
                            : transport::exchange::read_rest(exchange));
  };
  const codec::request_head head("GET", "x", "/");
  const codec::http_request request(head);
  EXPECT_EQ(finish(transport::exchange::send(exchange, request)), ErrorKind::other);
  if (aborted)
    exchange->abort();
  else
    while (read() == ErrorKind::other) {  // what came with the head, and then the end
    }
  return read();
}

TEST(Exchange, says_that_its_connection_is_gone) {
  for (const bool piecewise : {false, true}) {
    EXPECT_EQ(reading_after_the_end(true, piecewise), ErrorKind::cancelled);
    EXPECT_EQ(reading_after_the_end(false, piecewise), ErrorKind::truncated);
  }
}

}  // namespace
}  // namespace corochain::sending_test
