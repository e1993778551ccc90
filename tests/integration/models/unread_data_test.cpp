// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "support/mock_chain.hpp"
#include "testing/certificates.hpp"

namespace corochain::unread_data_test {
namespace {
namespace asio = boost::asio;
using asio::ip::tcp;

std::string answer(const std::string& text) {
  const std::string body =
      R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + text + R"("}}]})";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers one request on each of two connections. After the first answer it writes another one, in a TLS
/// record of its own in the same segment.
void serve_twice(tcp::acceptor& acceptor, asio::ssl::context& tls) {
  for (const char* text : {"first", "second"}) {
    tcp::socket socket = acceptor.accept();
    asio::ssl::stream<tcp::socket> stream(std::move(socket), tls);
    stream.handshake(asio::ssl::stream_base::server);
    std::string request;
    asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n");
    const int cork = 1;
    ::setsockopt(stream.next_layer().native_handle(), IPPROTO_TCP, TCP_CORK, &cork, sizeof cork);
    asio::write(stream, asio::buffer(answer(text)));
    if (std::string(text) == "first") asio::write(stream, asio::buffer(answer("smuggled")));
    const int uncork = 0;
    ::setsockopt(stream.next_layer().native_handle(), IPPROTO_TCP, TCP_CORK, &uncork, sizeof uncork);
    boost::system::error_code ignored;  // until the client closes
    char byte;
    while (stream.next_layer().read_some(asio::buffer(&byte, 1), ignored) > 0) {
    }
  }
}

TEST(UnreadData, behind_an_answer_in_its_record_ends_the_connection) {
  const auto issued =
      testing::detail::issue_certificates(testing::MockServerOptions::Certificate::valid, "127.0.0.1");
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain(asio::buffer(issued.certificate));
  tls.use_private_key(asio::buffer(issued.private_key), asio::ssl::context::pem);
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  std::thread server([&] { serve_twice(acceptor, tls); });
  {
    auto options =
        test::options_to("https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()), issued.ca);
    options.max_retries = 0;
    const auto chain = test::chain_for(options);
    auto ask_twice = [](const Runnable<Dict, std::string>& c) -> awaitable<std::string> {
      const std::string one = co_await c.ainvoke("1");
      const std::string two = co_await c.ainvoke("2");
      co_return one + "," + two;
    };
    asio::io_context client;  // its connections close with it, which ends the server
    std::string seen;
    std::exception_ptr error;
    asio::co_spawn(client, ask_twice(chain), [&](std::exception_ptr e, std::string text) {
      error = e;
      seen = std::move(text);
    });
    client.run();
    if (error) {
      server.detach();
      std::rethrow_exception(error);
    }
    EXPECT_EQ(seen, "first,second");
  }
  server.join();
}

TEST(Fork, a_model_made_before_it_looks_names_up_in_the_child) {
  testing::MockServer server;
  auto options = test::options_for(server);
  options.azure_endpoint = "https://localhost:" + std::to_string(server.port());
  options.connect_timeout = std::chrono::seconds(5);
  options.max_retries = 0;
  const auto chain = test::chain_for(options);
  EXPECT_EQ(chain.invoke("before"), "echo: before");  // the resolver has a thread now
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int result = 1;
    try {
      result = chain.invoke("child") == "echo: child" ? 0 : 2;
    } catch (...) {
      result = 3;
    }
    ::_exit(result);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(chain.invoke("after"), "echo: after");  // the parent's connection is sound
}

}  // namespace
}  // namespace corochain::unread_data_test
