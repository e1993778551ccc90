// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <corochain/corochain.hpp>
#include <stdexcept>
#include <string>

#include "corochain/testing/mock_reply.hpp"
#include "integration/testing/blocking_client.hpp"

// Answers of a mock server that are given byte by byte.

namespace mock_server_tests::mock_oddities_test {
namespace {

using corochain::testing::MockReply;
using corochain::testing::MockServer;
using corochain::testing::MockServerOptions;
using clock = std::chrono::steady_clock;

const std::string first_event = R"(data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]})"
                                "\n\n";
const std::string last_events = R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
                                "\n\ndata: [DONE]\n\n";

class MockOddities : public ::testing::TestWithParam<bool> {
 protected:
  static MockServerOptions how() {
    MockServerOptions options;
    options.tls = GetParam();
    return options;
  }
  corochain::ChatModel model() const {
    corochain::OpenAIOptions options;
    options.base_url = server_.endpoint() + "/v1";
    options.model = "m";
    options.api_key = "any";
    options.tls.ca_pem = server_.ca_pem();
    options.max_retries = 0;
    return corochain::ChatOpenAI(options);
  }
  std::string streamed() const { return corochain::run(model().astream("q").collect()).content; }

  MockServer server_{how()};
};

INSTANTIATE_TEST_SUITE_P(Transport, MockOddities, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Tls" : "Plain"; });

TEST_P(MockOddities, bytes_are_sent_as_they_are) {
  const std::string odd = "ICY 200\nx-ODD :1\n\n\r\n\x01\x80 no http at all";
  server_.reply(MockReply::bytes(odd));
  server_.reply(MockReply::bytes(odd.substr(0, 5)).then("").then(odd.substr(5)).then("."));
  blocking_client client(server_);
  client.send(azure_path, question("x"));
  EXPECT_EQ(client.read_text_until("all"), odd);
  client.send(azure_path, question("y"));  // the connection is still open
  EXPECT_EQ(client.read_text_until("all."), odd + ".");
  EXPECT_EQ(server_.connections_accepted(), 1u);
}

TEST_P(MockOddities, close_and_what_the_client_asks_for_end_them) {
  server_.reply(MockReply::bytes("HTTP/1.1 200\r\n\r\nuntil the end").close());
  blocking_client client(server_);
  client.send(azure_path, question("x"));
  EXPECT_EQ(client.read_text_until("the end"), "HTTP/1.1 200\r\n\r\nuntil the end");
  EXPECT_EQ(client.read_end(), asio::error::eof);  // with a close_notify, where there is TLS
  server_.reply(MockReply::bytes("x"));
  blocking_client other(server_);
  other.send_bytes("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(other.read_text_until("x"), "x");
  EXPECT_EQ(other.read_end(), asio::error::eof);
}

TEST_P(MockOddities, waits_stand_between_them) {
  server_.reply(MockReply::bytes("one").wait(30ms).then(" two").wait(20ms).wait(20ms).then(" three"));
  blocking_client client(server_);
  const auto begin = clock::now();
  client.send(azure_path, question("x"));
  EXPECT_EQ(client.read_text_until("one"), "one");
  EXPECT_EQ(client.read_text_until("two"), " two");
  EXPECT_GE(clock::now() - begin, 30ms);
  EXPECT_EQ(client.read_text_until("three"), " three");
  EXPECT_GE(clock::now() - begin, 70ms);
}

TEST_P(MockOddities, a_wait_may_come_first_or_last) {
  server_.reply(MockReply::bytes("").wait(30ms).then("late"));
  server_.reply(MockReply::bytes("at once").wait(30ms).close());
  blocking_client client(server_);
  auto begin = clock::now();
  client.send(azure_path, question("x"));
  EXPECT_EQ(client.read_text_until("late"), "late");
  EXPECT_GE(clock::now() - begin, 30ms);
  begin = clock::now();
  client.send(azure_path, question("y"));
  EXPECT_EQ(client.read_text_until("once"), "at once");
  EXPECT_EQ(client.read_end(), asio::error::eof);
  EXPECT_GE(clock::now() - begin, 30ms);
}

TEST_P(MockOddities, an_answer_may_be_nothing) {
  server_.reply(MockReply::bytes(""));
  server_.reply(MockReply::bytes("").close());
  blocking_client client(server_);
  client.send(azure_path, question("unanswered"));
  client.send(azure_path, question("closed"));
  EXPECT_EQ(client.read_text_until("never"), "");
  EXPECT_EQ(server_.request_count(), 2u);
}

TEST_P(MockOddities, cut_and_stall_count_all_bytes) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{3}, std::size_t{5}, std::size_t{99}}) {
    const MockReply reply = MockReply::bytes("HTTP").then("/1.1");
    server_.reply(MockReply(reply).cut_body_after(bytes));
    blocking_client client(server_);
    client.send(azure_path, question("x"));
    EXPECT_EQ(client.read_text_until("never"), std::string("HTTP/1.1").substr(0, bytes));
  }
  server_.reply(MockReply::bytes("HTTP/1.1 200").stall_body_after(8));
  {
    blocking_client client(server_);
    client.send(azure_path, question("x"));
    EXPECT_EQ(client.read_text_until("1.1"), "HTTP/1.1");
    EXPECT_EQ(server_.connections_open(), 1u);
  }
  EXPECT_TRUE(server_.wait_for_connections_open(0, patience));
}

TEST_P(MockOddities, a_client_that_leaves_ends_a_wait) {
  server_.reply(MockReply::bytes("HTTP/1.1").wait(10h).then(" 200"));
  {
    blocking_client client(server_);
    client.send(azure_path, question("x"));
    EXPECT_EQ(client.read_text_until("1.1"), "HTTP/1.1");
  }
  EXPECT_TRUE(server_.wait_for_connections_open(0, patience));
}

TEST_P(MockOddities, any_status_line_goes_with_an_answer) {
  for (const char* line : {"HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 299 Perhaps"}) {
    server_.reply(MockReply::chat("Hi").status_line(line));
    blocking_client client(server_);
    client.send(azure_path, question("x"));
    const std::string head = client.read_text_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with(std::string(line) + "\r\n")) << head;
    server_.reply(MockReply::chat("Hi").status_line(line));
    EXPECT_EQ(model().invoke("q").content, "Hi") << line;
  }
}

TEST_P(MockOddities, a_stream_goes_by_any_name) {
  for (const char* type : {"application/json", "text/plain; charset=utf-8", "", "odd"}) {
    server_.reply(MockReply::stream({"one", " two"}).content_type(type));
    blocking_client client(server_);
    const answer got = client.ask("x");
    EXPECT_EQ(got.header("content-type"), type);
    EXPECT_EQ(got.message.count("content-type"), *type ? 1u : 0u);
    server_.reply(MockReply::stream({"one", " two"}).content_type(type));
    EXPECT_EQ(streamed(), "one two") << type;
  }
}

TEST_P(MockOddities, events_are_added_after_waits) {
  server_.reply(MockReply::events({first_event}).wait(20ms).then(": ping\n\n").wait(20ms).then(last_events));
  const auto begin = clock::now();
  EXPECT_EQ(streamed(), "Hi");
  EXPECT_GE(clock::now() - begin, 40ms);
  server_.reply(MockReply::events({}).then(first_event).then(last_events));
  blocking_client client(server_);
  const answer got = client.ask("x");
  EXPECT_TRUE(got.message.chunked());
  EXPECT_EQ(got.message.body(), first_event + last_events);
}

TEST_P(MockOddities, a_body_grows_and_keeps_its_length) {
  server_.reply(MockReply::raw(200, "text/plain", "abc").wait(5ms).then("def").then("g"));
  server_.reply(MockReply::raw(200, "text/plain", "abc").then("def").then("g").chunked(2));
  server_.reply(MockReply::raw(200, "text/plain", "abc").then("def").body("new"));
  server_.reply(MockReply::raw(200, "text/plain", "abc").wait(5ms).chunked(9));
  blocking_client client(server_);
  const answer whole = client.ask("1"), chunked = client.ask("2"), replaced = client.ask("3");
  EXPECT_EQ(whole.message.body(), "abcdefg");
  EXPECT_EQ(whole.header("content-length"), "7");
  EXPECT_TRUE(chunked.message.chunked());
  EXPECT_EQ(chunked.message.body(), "abcdefg");
  EXPECT_EQ(replaced.message.body(), "new");
  const answer late_end = client.ask("4");
  EXPECT_FALSE(late_end.error);
  EXPECT_EQ(late_end.message.body(), "abc");
}

/// The answer of a real gateway, byte by byte.
TEST_P(MockOddities, a_whole_server_is_made_of_them) {
  server_.reply(MockReply::bytes("HTTP/1.1 200\r\nContent-Type: application/json\r\nConnec")
                    .wait(5ms)
                    .then("tion: close\r\n\r\n")
                    .then(first_event.substr(0, 20))
                    .wait(5ms)
                    .then(first_event.substr(20) + last_events)
                    .close());
  EXPECT_EQ(streamed(), "Hi");
}

TEST(MockReplyBytes, have_no_head_that_could_be_set) {
  MockReply reply = MockReply::bytes("x");
  EXPECT_THROW(reply.status(200), std::logic_error);
  EXPECT_THROW(reply.status_line("HTTP/1.1 200"), std::logic_error);
  EXPECT_THROW(reply.header("a", "b"), std::logic_error);
  EXPECT_THROW(reply.content_type("a"), std::logic_error);
  EXPECT_THROW(reply.body("a"), std::logic_error);
  EXPECT_THROW(reply.chunked(), std::logic_error);
  EXPECT_NO_THROW(reply.latency(1ms).then("y").wait(1ms).close().cut_body_after(1).stall_body_after(1));
}

TEST(MockReplyBytes, are_of_their_own_in_each_copy) {
  MockServerOptions options;
  options.tls = false;
  MockServer server(options);
  const MockReply original = MockReply::bytes("one;");
  server.reply(MockReply(original).then("two;"));
  server.reply(original);
  blocking_client client(server);
  client.send(azure_path, question("x"));
  EXPECT_EQ(client.read_text_until("two;"), "one;two;");
  client.send(azure_path, question("y"));
  EXPECT_EQ(client.read_text_until(";"), "one;");
}

TEST(MockReplyBytes, lines_with_breaks_are_refused) {
  EXPECT_THROW(MockReply().status_line("HTTP/1.1 200\r\n"), std::invalid_argument);
  EXPECT_THROW(MockReply().content_type("a\nb"), std::invalid_argument);
}

}  // namespace
}  // namespace mock_server_tests::mock_oddities_test
