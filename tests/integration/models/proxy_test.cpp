// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <mutex>
#include <thread>

#include "codec/http/base64.hpp"
#include "support/environment_variable.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"

namespace corochain::proxy_test {
namespace {
namespace asio = boost::asio;
using test::environment_variable;
using testing::MockReply;
using testing::MockServer;

/// Reads one CONNECT, and passes bytes in both directions until a side ends.
void tunnel(test::raw_connection& client, unsigned short port, std::string& seen, std::mutex& mutex,
            const std::string& granted = "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n") {
  const std::string head = client.read_head();
  {
    const std::lock_guard lock(mutex);
    seen = head;
  }
  asio::io_context context;
  asio::ip::tcp::socket target(context);
  target.connect({asio::ip::address_v4::loopback(), port});
  for (const char c : granted) client.write({&c, 1});
  std::thread back([&] {
    char chunk[4096];
    boost::system::error_code error;
    while (!error) {
      const std::size_t count = target.read_some(asio::buffer(chunk), error);
      if (count == 0 || !client.write({chunk, count})) break;
    }
    ::shutdown(client.socket().native_handle(), SHUT_RDWR);
  });
  for (;;) {
    const std::string chunk = client.read_some();
    boost::system::error_code error;
    if (chunk.empty() || asio::write(target, asio::buffer(chunk), error) == 0) break;
  }
  ::shutdown(target.native_handle(), SHUT_RDWR);
  back.join();
}

TEST(Proxy, is_asked_to_connect_and_sees_no_key) {
  MockServer target;
  std::string seen;
  std::mutex mutex;
  test::raw_server proxy(
      [&](test::raw_connection& client, std::size_t) { tunnel(client, target.port(), seen, mutex); });
  auto options = test::options_for(target);
  options.proxy.url = Secret("http://user:canary-password@127.0.0.1:" + std::to_string(proxy.port()));
  const auto chain = test::chain_for(options);
  EXPECT_EQ(chain.invoke("a"), "echo: a");
  EXPECT_EQ(chain.invoke("b"), "echo: b");
  EXPECT_EQ(proxy.connections(), 1u);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(seen.rfind("CONNECT 127.0.0.1:" + std::to_string(target.port()) + " HTTP/1.1\r\n", 0), 0u);
  EXPECT_NE(seen.find("Proxy-Authorization: Basic "), std::string::npos);
  EXPECT_EQ(seen.find("api-key"), std::string::npos);
}

TEST(Proxy, a_refusal_is_a_connect_error_with_its_status) {
  MockServer target;
  for (const char* answer : {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                             "HTTP/1.1 403 Forbidden\r\n\r\nno", "garbage\r\n\r\n", ""}) {
    test::raw_server proxy([&](test::raw_connection& client, std::size_t) {
      client.read_head();
      client.write(answer);
    });
    auto options = test::options_for(target);
    options.proxy.url = Secret("http://127.0.0.1:" + std::to_string(proxy.port()));
    try {
      test::chain_for(options).invoke("a");
      ADD_FAILURE();
    } catch (const ConnectError& error) {
      EXPECT_EQ(error.problem(), ConnectProblem::proxy) << answer;
      if (std::string(answer).starts_with("HTTP")) {
        EXPECT_NE(std::string(error.what()).find(std::string(answer).substr(9, 3)), std::string::npos);
        EXPECT_EQ(error.attempts().size(), 1u);
      }
    }
  }
  EXPECT_EQ(target.connections_accepted(), 0u);
}

/// Servers and proxies break RFC 9112: they omit the blank after the status, or add more.
TEST(Proxy, a_status_line_without_a_blank_is_taken) {
  for (const char* line : {"HTTP/1.1 200", "HTTP/1.0 200", "HTTP/1.1 200 ", "HTTP/1.1 204"}) {
    MockServer target;
    std::string seen;
    std::mutex mutex;
    test::raw_server proxy([&](test::raw_connection& client, std::size_t) {
      tunnel(client, target.port(), seen, mutex, line + std::string("\r\n\r\n"));
    });
    auto options = test::options_for(target);
    options.proxy.url = Secret("http://127.0.0.1:" + std::to_string(proxy.port()));
    EXPECT_EQ(test::chain_for(options).invoke("a"), "echo: a") << line;
  }
}

TEST(Proxy, a_refusal_without_a_blank_is_taken_too) {
  MockServer proxy(test::plain_http());
  for (const char* line : {"HTTP/1.1 407", "HTTP/1.0 407"}) {
    proxy.reply(MockReply::raw(407, "", "").status_line(line));
    auto options = test::options_to("https://model.example");
    options.proxy.url = Secret(proxy.endpoint());
    try {
      AzureChatOpenAI(options).invoke("q");
      ADD_FAILURE();
    } catch (const ConnectError& error) {
      EXPECT_EQ(error.http_status(), 407);
      EXPECT_EQ(error.problem(), ConnectProblem::proxy);
    }
  }
}

/// A server without TLS is also a proxy for plain http: it answers requests for any target.
class PlainProxy : public ::testing::Test {
 protected:
  PlainProxy() {
    proxy.respond_with([](const testing::RecordedRequest& request) {
      if (request.target.ends_with("/embeddings")) return MockReply::embeddings({{1.0f, 2.0f}});
      if (request.body.find("\"stream\":true") != std::string::npos) return MockReply::stream({"streamed"});
      return MockReply::chat("whole");
    });
  }

  MockServer proxy{test::plain_http()};
  OpenAIOptions options = [this] {
    OpenAIOptions made;
    made.base_url = "http://model.internal:8000/v1";
    made.model = "m";
    made.api_key = "canary-key";
    made.proxy.url = Secret(with("user:p%40ss%20word"));
    return made;
  }();
  const std::string basic = "Basic " + codec::encode_base64("user:p@ss word");

  std::string with(const std::string& credentials) const {
    return "http://" + credentials + (credentials.empty() ? "" : "@") +
           "127.0.0.1:" + std::to_string(proxy.port());
  }
};

TEST_F(PlainProxy, is_given_the_absolute_target_and_its_credentials) {
  EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "whole");
  EXPECT_EQ(run(ChatOpenAI(options).astream("s").collect()).content, "streamed");
  for (const auto& request : proxy.requests()) {
    EXPECT_EQ(request.target, "http://model.internal:8000/v1/chat/completions");
    EXPECT_EQ(request.header("host"), "model.internal:8000");
    EXPECT_EQ(request.header("proxy-authorization"), basic);
    EXPECT_EQ(request.header("authorization"), "Bearer canary-key");
  }
  EXPECT_EQ(proxy.request_count(), 2u);
}

TEST_F(PlainProxy, is_given_none_where_there_are_none) {
  options.proxy.url = Secret(with(""));
  EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "whole");
  EXPECT_EQ(proxy.requests().at(0).header("proxy-authorization"), "");
}

TEST_F(PlainProxy, every_attempt_and_each_embedding_has_them) {
  proxy.reply(MockReply::error(503, "ServiceUnavailable", "no").header("retry-after-ms", "1"));
  EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "whole");
  OpenAIEmbeddingsOptions embedding;
  embedding.base_url = options.base_url;
  embedding.model = "m";
  embedding.proxy.url = options.proxy.url;
  EXPECT_EQ(OpenAIEmbeddings(embedding).embed_query("text").size(), 2u);
  ASSERT_EQ(proxy.request_count(), 3u);
  for (const auto& request : proxy.requests()) EXPECT_EQ(request.header("proxy-authorization"), basic);
}

TEST_F(PlainProxy, of_the_environment_has_its_credentials) {
  options.proxy = ProxyOptions();
  const environment_variable set("http_proxy", with("user:p%40ss%20word"));
  const environment_variable none("no_proxy", "*.other.internal;10.*");
  EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "whole");
  EXPECT_EQ(proxy.requests().at(0).header("proxy-authorization"), basic);
}

TEST_F(PlainProxy, its_refusal_is_a_connect_error_with_its_status) {
  proxy.reply(MockReply::raw(407, "text/html", "canary").header("Proxy-Authenticate", "Basic"));
  options.proxy.url = Secret(with("user:canary-password"));
  try {
    ChatOpenAI(options).invoke("q");
    ADD_FAILURE();
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.problem(), ConnectProblem::proxy);
    EXPECT_EQ(error.http_status(), 407);
    EXPECT_FALSE(error.retryable());
    EXPECT_EQ(error.attempts().size(), 1u);
    EXPECT_NE(std::string(error.what()).find("set the proxy's user name and password"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
  }
  EXPECT_EQ(proxy.request_count(), 1u);
}

/// Only a 407 of a proxy is about the proxy.
TEST_F(PlainProxy, the_same_status_of_a_server_is_the_servers) {
  options.proxy.url = Secret();
  options.proxy.from_environment = false;
  options.base_url = proxy.endpoint() + "/v1";
  proxy.reply(MockReply::raw(407, "", ""));
  try {
    ChatOpenAI(options).invoke("q");
    ADD_FAILURE();
  } catch (const HttpStatusError& error) {
    EXPECT_EQ(error.http_status(), 407);
  }
}

TEST(LoopbackProxy, of_the_environment_is_passed_by) {
  for (const bool tls : {false, true}) {
    MockServer server(test::with_tls(tls)), proxy(test::plain_http());
    const environment_variable plain("http_proxy", "http://u:p@127.0.0.1:" + std::to_string(proxy.port()));
    const environment_variable secure("https_proxy", "http://u:p@127.0.0.1:" + std::to_string(proxy.port()));
    const environment_variable none("no_proxy", "nothing.example");
    EXPECT_EQ(AzureChatOpenAI(test::options_for(server)).invoke("q").content, "echo: q");
    EXPECT_EQ(proxy.connections_accepted(), 0u);

    auto options = test::options_for(server);
    options.proxy.for_loopback = true;
    options.max_retries = 0;
    proxy.reply(tls ? MockReply::raw(403, "", "") : MockReply::chat("by the proxy"));
    if (tls)
      EXPECT_THROW(AzureChatOpenAI(options).invoke("q"), ConnectError);
    else
      EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "by the proxy");
    EXPECT_EQ(proxy.connections_accepted(), 1u);
    EXPECT_EQ(server.request_count(), 1u);
  }
}

}  // namespace
}  // namespace corochain::proxy_test
