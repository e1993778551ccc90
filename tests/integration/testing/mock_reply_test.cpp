// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/mock_reply.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "integration/testing/blocking_client.hpp"

namespace mock_server_tests::mock_reply_test {
namespace {

using corochain::testing::MockReply;
using corochain::testing::MockServer;
using corochain::testing::MockServerOptions;

// The same faults with and without TLS.
class MockReplies : public ::testing::TestWithParam<bool> {
 protected:
  MockReplies() : server_(options()) {}

  static MockServerOptions options() {
    MockServerOptions options;
    options.tls = GetParam();
    return options;
  }

  MockServer server_;
};

INSTANTIATE_TEST_SUITE_P(Transport, MockReplies, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Tls" : "Plain"; });

TEST_P(MockReplies, are_a_chat_completion_by_default) {
  server_.reply(MockReply());
  blocking_client client(server_);
  const auto body = nlohmann::json::parse(client.ask("x").message.body());
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason"), "stop");
}

TEST_P(MockReplies, drop_the_connection) {
  server_.reply(MockReply::drop());
  blocking_client client(server_);
  client.send(azure_path, question("x"));
  const answer got = client.read();
  EXPECT_TRUE(got.error == http::error::end_of_stream || got.error == asio::ssl::error::stream_truncated)
      << got.error.message();
  EXPECT_TRUE(server_.wait_for_connections_open(0, patience));
}

TEST_P(MockReplies, reset_the_connection) {
  server_.reply(MockReply::reset().latency(1ms));
  blocking_client client(server_);
  client.send(azure_path, question("x"));
  EXPECT_EQ(client.read().error, asio::error::connection_reset);
}

TEST_P(MockReplies, close_after_the_answer) {
  server_.reply(MockReply::chat("bye").close());
  blocking_client client(server_);
  const answer got = client.ask("x");
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.header("connection"), "close");
  EXPECT_EQ(client.read_end(), asio::error::eof);  // with a close_notify, where there is TLS
}

TEST_P(MockReplies, close_when_the_client_wants_it_too) {
  blocking_client client(server_);
  client.send_bytes("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_EQ(client.read_end(), asio::error::eof);
}

TEST_P(MockReplies, send_the_body_in_chunks) {
  server_.reply(MockReply::raw(200, "text/plain", "abcdefghijk").chunked(4));
  server_.reply(MockReply::raw(200, "text/plain", "").chunked());
  blocking_client client(server_);
  const answer got = client.ask("x");
  EXPECT_TRUE(got.message.chunked());
  EXPECT_EQ(got.message.body(), "abcdefghijk");
  const answer empty = client.ask("y");
  EXPECT_FALSE(empty.error);
  EXPECT_EQ(empty.message.body(), "");
}

TEST_P(MockReplies, cut_the_body) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{4}, std::size_t{6}}) {
    for (const bool chunked : {false, true}) {
      MockReply reply = MockReply::raw(200, "text/plain", "abcdefgh").cut_body_after(bytes);
      if (chunked) reply.chunked(4);
      server_.reply(reply);
      blocking_client client(server_);
      const answer got = client.ask("x");
      EXPECT_TRUE(got.error == http::error::partial_message ||
                  got.error == asio::ssl::error::stream_truncated)
          << bytes << got.error.message();
      EXPECT_EQ(got.message.result_int(), 200u);
      EXPECT_EQ(got.message.body(), std::string("abcdefgh").substr(0, bytes)) << chunked;
    }
  }
}

TEST_P(MockReplies, stall_in_the_body_until_the_client_leaves) {
  server_.reply(MockReply::raw(200, "text/plain", "abcdefgh").stall_body_after(3));
  {
    blocking_client client(server_);
    client.send(azure_path, question("x"));
    EXPECT_EQ(client.read_body_piece(3), "abc");
    EXPECT_EQ(server_.connections_open(), 1u);
  }
  EXPECT_TRUE(server_.wait_for_connections_open(0, patience));
}

TEST_P(MockReplies, carry_large_bodies) {
  const std::string large(std::size_t{3} * 1024 * 1024, 'x');
  server_.respond_with([](const corochain::testing::RecordedRequest& request) {
    return MockReply::raw(200, "text/plain", request.body);
  });
  blocking_client client(server_);
  client.send("/", large);
  EXPECT_TRUE(client.read().message.body() == large);
}

TEST_P(MockReplies, let_headers_of_their_own_replace_the_servers) {
  server_.reply(MockReply::chat("x")
                    .header("X-Request-Id", "mine")
                    .header("set-cookie", "a")
                    .header("set-cookie", "b")
                    .header("Content-Type", "text/html")
                    .status(503)
                    .body("<p>"));
  blocking_client client(server_);
  const answer got = client.ask("x");
  EXPECT_EQ(got.message.result_int(), 503u);
  EXPECT_EQ(got.message.body(), "<p>");
  EXPECT_EQ(got.message.count("x-request-id"), 1u);
  EXPECT_EQ(got.header("x-request-id"), "mine");
  EXPECT_EQ(got.message.count("set-cookie"), 2u);
  EXPECT_EQ(got.message.count("content-type"), 1u);
}

TEST_P(MockReplies, send_no_body_where_http_allows_none) {
  server_.reply(MockReply::raw(204, "", "").header("x-first", "1"));
  blocking_client client(server_);
  EXPECT_EQ(client.ask("x").message.count("content-length"), 0u);
  EXPECT_EQ(client.ask("y").message.result_int(), 200u);
}

TEST(MockReply, is_unchanged_by_changes_to_its_copies) {
  MockServerOptions options;
  options.tls = false;
  MockServer server(options);
  MockReply original = MockReply::raw(200, "text/plain", "original");
  MockReply copy = original;
  copy.body("copy").status(201);
  server.reply(std::move(copy));
  server.reply(original);
  server.reply(copy);  // NOLINT(bugprone-use-after-move): a moved-from reply stays whole
  blocking_client client(server);
  EXPECT_EQ(client.ask("1").message.body(), "copy");
  EXPECT_EQ(client.ask("2").message.body(), "original");
  EXPECT_EQ(client.ask("3").message.body(), "copy");
}

TEST(MockReply, refuses_what_would_break_the_head) {
  EXPECT_THROW(MockReply().status(199), std::invalid_argument);
  EXPECT_THROW(MockReply().status(1000), std::invalid_argument);
  EXPECT_THROW(MockReply::error(0, "code", "message"), std::invalid_argument);
  EXPECT_THROW(MockReply().header("", "x"), std::invalid_argument);
  EXPECT_THROW(MockReply().header("a\nb", "x"), std::invalid_argument);
  EXPECT_THROW(MockReply().header("a", "x\r\ny: z"), std::invalid_argument);
  EXPECT_THROW(MockReply::raw(200, "a\r\n", ""), std::invalid_argument);
}

}  // namespace
}  // namespace mock_server_tests::mock_reply_test
