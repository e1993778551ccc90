// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include "peers/nginx.hpp"
#include "peers/tinyproxy.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"

namespace corochain::nginx_errors_test {
namespace {
using namespace std::chrono_literals;
using test::nginx;
using testing::MockReply;
using testing::MockServer;

/// The exception of a call, whole or streamed, or nothing.
template <class E>
std::optional<E> failure_of(const AzureOptions& options, bool streamed, const std::string& question = "q") {
  const AzureChatOpenAI model(options);
  try {
    if (streamed)
      run(model.astream(question).collect());
    else
      model.invoke(question);
  } catch (const E& error) {
    return error;
  }
  return std::nullopt;
}

/// The parameter selects whole or streamed calls.
class NginxErrors : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(WholeAndStreamed, NginxErrors, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "streamed" : "whole"; });

TEST_P(NginxErrors, bad_gateway_is_a_server_error_and_retried) {
  nginx front(test::free_port());
  AzureOptions options = front.options();
  options.max_retries = 1;
  const auto error = failure_of<ServerError>(options, GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->http_status(), 502);
  EXPECT_TRUE(error->retryable());
  ASSERT_EQ(error->attempts().size(), 2u);
  EXPECT_TRUE(error->attempts()[1].connection_reused);  // its page was read to the end
  EXPECT_NE(error->server_message().find("502 Bad Gateway"), std::string::npos) << error->server_message();
  EXPECT_EQ(std::string(error->what()).find("<html>"), std::string::npos) << error->what();
}

TEST_P(NginxErrors, a_server_that_does_not_answer_is_a_gateway_timeout) {
  MockServer server(test::plain_http());
  server.hold_until(99);
  nginx front({server.port(), "", "proxy_read_timeout 1s;"});
  AzureOptions options = front.options();
  options.max_retries = 0;
  const auto error = failure_of<ServerError>(options, GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->http_status(), 504);
  EXPECT_NE(error->server_message().find("504 Gateway Time-out"), std::string::npos)
      << error->server_message();
}

TEST_P(NginxErrors, a_failure_that_passes_is_overcome) {
  MockServer server(test::plain_http());
  server.reply(MockReply::drop());  // nginx makes a 502 of it
  server.reply(MockReply::reset());
  nginx front(server.port());
  const AzureChatOpenAI model(front.options());
  const std::string text = GetParam() ? run(model.astream("q").collect()).content : model.invoke("q").content;
  EXPECT_EQ(text, "echo: q");
  EXPECT_EQ(server.request_count(), 3u);
  const auto log = front.accesses(3);
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0].status, 502);
  EXPECT_EQ(log[1].status, 502);
  EXPECT_EQ(log[2].status, 200);
}

TEST_P(NginxErrors, an_answer_cut_behind_it_is_truncated) {
  MockServer server(test::plain_http());
  server.reply(GetParam() ? MockReply::stream(std::vector<std::string>(12, "piece")).cut_body_after(1500)
                          : MockReply::chat("never whole").cut_body_after(20));
  nginx front(server.port());
  const auto error = failure_of<TruncatedError>(front.options(), GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->attempts().size(), 1u);
  EXPECT_EQ(server.request_count(), 1u);
}

TEST_P(NginxErrors, a_too_large_request_is_refused_while_it_is_sent) {
  MockServer server(test::plain_http());
  nginx front({server.port(), "", "client_max_body_size 1k;"});
  const auto error = failure_of<HttpStatusError>(front.options(), GetParam(),
                                                 std::string(std::size_t{16} * 1024 * 1024, 'x'));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->http_status(), 413);
  EXPECT_EQ(error->attempts().size(), 1u);
  EXPECT_NE(error->server_message().find("413 Request Entity Too Large"), std::string::npos);
  EXPECT_EQ(server.request_count(), 0u);
}

TEST_P(NginxErrors, plain_http_to_its_tls_port_is_refused) {
  MockServer server(test::plain_http());
  nginx front(server.port());
  AzureOptions options = front.options();
  options.azure_endpoint = "http://127.0.0.1:" + std::to_string(front.port());
  const auto error = failure_of<BadRequestError>(options, GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->http_status(), 400);
  EXPECT_EQ(server.request_count(), 0u);
}

TEST_P(NginxErrors, a_limit_of_requests_is_a_rate_limit) {
  MockServer server(test::plain_http());
  nginx front({server.port(), "limit_req_zone $server_port zone=all:1m rate=1r/m;",
               "limit_req zone=all; limit_req_status 429;"});
  AzureOptions options = front.options();
  options.max_retries = 0;
  EXPECT_FALSE(failure_of<Error>(options, GetParam()));
  const auto error = failure_of<RateLimitError>(options, GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->http_status(), 429);
  EXPECT_FALSE(error->retry_after());
}

TEST_P(NginxErrors, a_redirect_is_not_followed) {
  MockServer elsewhere(test::plain_http());
  nginx front(
      {elsewhere.port(), "", "return 307 http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/v1;"});
  const auto error = failure_of<HttpStatusError>(front.options(), GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->http_status(), 307);
  EXPECT_EQ(elsewhere.connections_accepted(), 0u);
}

TEST_P(NginxErrors, an_untrusted_certificate_keeps_the_key_unsent) {
  MockServer server(test::plain_http());
  nginx front(server.port());
  AzureOptions options = front.options();
  options.tls.ca_pem.clear();
  const auto error = failure_of<TlsError>(options, GetParam());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->attempts().size(), 1u);
  EXPECT_EQ(server.connections_accepted(), 0u);
}

}  // namespace
}  // namespace corochain::nginx_errors_test
