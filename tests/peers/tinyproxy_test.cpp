// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "peers/tinyproxy.hpp"

#include <gtest/gtest.h>

#include "peers/nginx.hpp"
#include "support/mock_chain.hpp"
#include "support/run_on.hpp"

namespace corochain::tinyproxy_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::run_on;
using test::tinyproxy;
using testing::MockReply;
using testing::MockServer;
using testing::MockServerOptions;

AzureOptions through(const std::string& proxy, const MockServer& server) {
  AzureOptions options = test::options_for(server);
  options.proxy.url = Secret(proxy);
  return options;
}

template <class E>
std::optional<E> failure_of(const AzureOptions& options) {
  const AzureChatOpenAI model(options);
  try {
    model.invoke("q");
  } catch (const E& error) {
    return error;
  }
  return std::nullopt;
}

MockServerOptions showing(MockServerOptions::Certificate certificate) {
  MockServerOptions options;
  options.certificate = certificate;
  return options;
}

TEST(Tinyproxy, whole_and_streamed_calls_share_a_tunnel) {
  MockServer server;
  tinyproxy proxy;
  const AzureChatOpenAI model(through(proxy.url(), server));
  asio::io_context loop;
  EXPECT_EQ(run_on(loop, model.ainvoke("whole")).content, "echo: whole");
  EXPECT_EQ(run_on(loop, model.astream("streamed").collect()).content, "echo: streamed");
  const std::string large(std::size_t{2} * 1024 * 1024, 'x');
  EXPECT_EQ(run_on(loop, model.ainvoke(large)).content, "echo: " + large);
  EXPECT_EQ(server.connections_accepted(), 1u);
  EXPECT_EQ(proxy.logged("CONNECT 127.0.0.1:" + std::to_string(server.port())), 1u) << proxy.log();
  EXPECT_EQ(server.requests().at(0).header("proxy-authorization"), "");
}

TEST(Tinyproxy, a_tunnel_resumes_the_session_of_the_one_before) {
  MockServer server;
  tinyproxy proxy;
  const AzureChatOpenAI model(through(proxy.url(), server));
  for (int i = 0; i < 3; ++i) {
    asio::io_context loop;  // each with connections of its own
    EXPECT_EQ(run_on(loop, model.ainvoke("q")).content, "echo: q");
  }
  EXPECT_EQ(server.tls_handshakes(), 3u);
  EXPECT_EQ(server.tls_resumed(), 2u);
}

TEST(Tinyproxy, the_targets_certificate_is_verified_inside) {
  tinyproxy proxy;
  for (const auto certificate :
       {MockServerOptions::Certificate::wrong_host, MockServerOptions::Certificate::untrusted,
        MockServerOptions::Certificate::expired, MockServerOptions::Certificate::self_signed}) {
    MockServer server(showing(certificate));
    const auto error = failure_of<TlsError>(through(proxy.url(), server));
    ASSERT_TRUE(error) << static_cast<int>(certificate);
    EXPECT_EQ(error->attempts().size(), 1u);
    EXPECT_EQ(server.request_count(), 0u);
  }
}

/// The client asks for the name and verifies it. The proxy looks it up.
TEST(Tinyproxy, names_are_looked_up_by_the_proxy) {
  MockServer server;
  tinyproxy proxy;
  AzureOptions options = through(proxy.url(), server);
  options.azure_endpoint = "https://localhost:" + std::to_string(server.port());
  EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "echo: q");
  EXPECT_EQ(proxy.logged("CONNECT localhost:" + std::to_string(server.port())), 1u) << proxy.log();

  options.max_retries = 0;
  options.azure_endpoint = "https://no-such-host.invalid:" + std::to_string(server.port());
  const auto error = failure_of<ConnectError>(options);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->problem(), ConnectProblem::proxy);  // not ours to say that there is no such host
  EXPECT_GE(error->http_status(), 500);
}

TEST(Tinyproxy, plain_http_is_passed_on) {
  MockServer server(test::plain_http());
  tinyproxy proxy;
  const AzureChatOpenAI model(through(proxy.url(), server));
  EXPECT_EQ(model.invoke("whole").content, "echo: whole");
  EXPECT_EQ(run(model.astream("streamed").collect()).content, "echo: streamed");
  EXPECT_EQ(proxy.logged("CONNECT 127.0.0.1"), 0u) << proxy.log();
  EXPECT_EQ(proxy.logged("Request (file descriptor"), 2u) << proxy.log();
  EXPECT_EQ(server.requests().at(0).header("api-key"), "canary-key-0123456789");
}

TEST(TinyproxyAuth, the_right_credentials_open_it) {
  MockServer server;
  tinyproxy proxy("BasicAuth user pass-word-42");
  EXPECT_EQ(AzureChatOpenAI(through(proxy.url("user:pass%2Dword-42"), server)).invoke("q").content,
            "echo: q");
  EXPECT_EQ(server.requests().at(0).header("proxy-authorization"), "");
}

TEST(TinyproxyAuth, the_right_credentials_open_it_for_plain_http) {
  MockServer server(test::plain_http());
  tinyproxy proxy("BasicAuth user pass-word-42");
  EXPECT_EQ(AzureChatOpenAI(through(proxy.url("user:pass-word-42"), server)).invoke("q").content, "echo: q");
  EXPECT_EQ(server.requests().at(0).header("proxy-authorization"), "");
}

TEST(TinyproxyAuth, without_them_it_refuses) {
  MockServer server;
  tinyproxy proxy("BasicAuth user pass-word-42");
  for (const char* credentials : {"", "user:wrong-secret", "other:pass-word-42"}) {
    const auto error = failure_of<ConnectError>(through(proxy.url(credentials), server));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->problem(), ConnectProblem::proxy);
    EXPECT_EQ(error->http_status(), *credentials ? 401 : 407);  // it does not know that 401 is for servers
    EXPECT_FALSE(error->retryable());
    EXPECT_EQ(error->attempts().size(), 1u);
    const std::string said = error->what();
    EXPECT_NE(said.find("set the proxy's user name and password"), std::string::npos) << said;
    EXPECT_EQ(said.find("secret"), std::string::npos) << said;
    EXPECT_EQ(said.find("pass-word"), std::string::npos) << said;
  }
  EXPECT_EQ(server.connections_accepted(), 0u);
}

TEST(TinyproxyErrors, a_port_that_it_does_not_allow_is_refused_once) {
  MockServer server;
  tinyproxy proxy("ConnectPort 443");
  const auto error = failure_of<ConnectError>(through(proxy.url(), server));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->problem(), ConnectProblem::proxy);
  EXPECT_EQ(error->http_status(), 403);
  EXPECT_FALSE(error->retryable());
  EXPECT_EQ(error->attempts().size(), 1u);
  EXPECT_EQ(server.connections_accepted(), 0u);
}

TEST(TinyproxyErrors, a_target_that_is_not_there_is_tried_again) {
  tinyproxy proxy;
  MockServer server;
  AzureOptions options = through(proxy.url(), server);
  options.azure_endpoint = "https://127.0.0.1:" + std::to_string(test::free_port());
  options.max_retries = 1;
  const auto error = failure_of<ConnectError>(options);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->problem(), ConnectProblem::proxy);
  EXPECT_EQ(error->http_status(), 500);
  EXPECT_TRUE(error->retryable());
  EXPECT_EQ(error->attempts().size(), 2u);
  EXPECT_FALSE(error->attempts()[0].maybe_billed);
}

TEST(TinyproxyErrors, a_proxy_that_is_not_there_is_named) {
  MockServer server;
  const std::string nobody = "127.0.0.1:" + std::to_string(test::free_port());
  AzureOptions options = through("http://user:pass-word-42@" + nobody, server);
  options.max_retries = 0;
  const auto error = failure_of<ConnectError>(options);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->problem(), ConnectProblem::refused);
  EXPECT_NE(std::string(error->what()).find("the proxy " + nobody), std::string::npos) << error->what();
  EXPECT_EQ(std::string(error->what()).find("pass-word"), std::string::npos) << error->what();
  EXPECT_EQ(server.connections_accepted(), 0u);
}

TEST(Tinyproxy, a_tunnel_leads_to_nginx) {
  MockServer server(test::plain_http());
  test::nginx front({server.port(), "keepalive_requests 3;"});
  tinyproxy proxy;
  AzureOptions options = front.options();
  options.proxy.url = Secret(proxy.url());
  const AzureChatOpenAI model(options);
  asio::io_context loop;
  for (int i = 0; i < 9; ++i) {
    const std::string question = std::to_string(i);
    EXPECT_EQ(run_on(loop, i % 2 ? model.astream(question).collect() : model.ainvoke(question)).content,
              "echo: " + question);
  }
  EXPECT_EQ(proxy.logged("CONNECT 127.0.0.1:" + std::to_string(front.port())), 3u) << proxy.log();
  EXPECT_EQ(connection_snapshot(loop).at(0).resumed_handshakes, 2u);
}

}  // namespace
}  // namespace corochain::tinyproxy_test
