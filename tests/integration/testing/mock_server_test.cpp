// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/mock_server.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "corochain/testing/open_files.hpp"
#include "integration/testing/blocking_client.hpp"

namespace mock_server_tests::mock_server_test {
namespace {

using corochain::testing::MockReply;
using corochain::testing::MockServer;
using corochain::testing::MockServerOptions;
using corochain::testing::RecordedRequest;
using nlohmann::json;

// g++ 12 destroys temporaries of owning aggregates twice inside a co_await expression.
static_assert(!std::is_aggregate_v<MockServerOptions>);
static_assert(!std::is_aggregate_v<MockReply>);
static_assert(!std::is_aggregate_v<RecordedRequest>);

MockServerOptions plain() {
  MockServerOptions options;
  options.tls = false;
  return options;
}

std::string content_of(const answer& got) {
  const auto body = json::parse(got.message.body());
  return body.at("choices").at(0).at("message").at("content").get<std::string>();
}

std::string error_code_of(const answer& got) {
  return json::parse(got.message.body()).at("error").at("code").get<std::string>();
}

TEST(MockServer, echoes_the_last_user_message) {
  MockServer server(plain());
  EXPECT_TRUE(server.endpoint().starts_with("http://127.0.0.1:"));
  EXPECT_EQ(server.ca_pem(), "");
  blocking_client client(server);
  const answer got = client.ask("What is a strand?");
  EXPECT_EQ(got.message.result_int(), 200u);
  EXPECT_EQ(got.header("content-type"), "application/json");
  for (const char* name : {"x-request-id", "apim-request-id", "x-ratelimit-remaining-requests",
                           "x-ratelimit-remaining-tokens", "openai-processing-ms"}) {
    EXPECT_NE(got.header(name), "") << name;
  }
  EXPECT_EQ(got.header("x-ms-region"), "mock");
  EXPECT_EQ(content_of(got), "echo: What is a strand?");
  const auto body = json::parse(got.message.body());
  EXPECT_EQ(body.at("object"), "chat.completion");
  EXPECT_EQ(body.at("model"), "gpt-mock");
  EXPECT_TRUE(body.at("prompt_filter_results").is_array());
  const auto& usage = body.at("usage");
  EXPECT_EQ(usage.at("total_tokens"),
            usage.at("prompt_tokens").get<int>() + usage.at("completion_tokens").get<int>());

  const answer second = client.ask("again");  // the connection is kept
  EXPECT_EQ(content_of(second), "echo: again");
  EXPECT_NE(second.header("x-request-id"), got.header("x-request-id"));
  EXPECT_EQ(server.connections_accepted(), 1u);
}

TEST(MockServer, knows_all_chat_paths_and_no_others) {
  MockServer server(plain());
  blocking_client client(server);
  for (const char* path : {"/v1/chat/completions", "/openai/v1/chat/completions"}) {
    client.send(path,
                R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a\"b"}]}]})");
    const answer got = client.read();
    EXPECT_EQ(content_of(got), "echo: a\"b") << path;
    EXPECT_EQ(json::parse(got.message.body()).at("model"), "m");
  }
  for (const char* path :
       {"/", "/openai/deployments//chat/completions", "/openai/deployments/a/b/chat/completions",
        "/openai/deployments/chat/completions"}) {
    client.send(path, question("x"));
    const answer got = client.read();
    EXPECT_EQ(got.message.result_int(), 404u) << path;
    EXPECT_EQ(error_code_of(got), "DeploymentNotFound") << path;
  }
  client.send(azure_path, "", http::verb::get);
  EXPECT_EQ(client.read().message.result_int(), 404u);
}

TEST(MockServer, refuses_bodies_that_are_no_chat_request) {
  MockServer server(plain());
  blocking_client client(server);
  for (const char* body : {"{", "", "[]", "{}", R"({"messages":1})"}) {
    client.send(azure_path, body);
    const answer got = client.read();
    EXPECT_EQ(got.message.result_int(), 400u) << body;
    EXPECT_EQ(error_code_of(got), "BadRequest") << body;
  }
  client.send(azure_path, R"({"messages":[1,null,{"role":5},{"role":"user"}]})");
  EXPECT_EQ(content_of(client.read()), "echo: ");
}

TEST(MockServer, gives_scripted_replies_then_the_responders) {
  MockServer server(plain());
  server.respond_with([](const RecordedRequest& request) {
    return MockReply::raw(200, "text/plain", "request " + std::to_string(request.index));
  });
  server.reply(MockReply::chat("quote \" and \n line"));
  server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("Retry-After", "7"));
  blocking_client client(server);
  EXPECT_EQ(content_of(client.ask("a")), "quote \" and \n line");
  const answer limited = client.ask("b");
  EXPECT_EQ(limited.message.result_int(), 429u);
  EXPECT_EQ(limited.header("retry-after"), "7");
  EXPECT_EQ(error_code_of(limited), "RateLimitReached");
  EXPECT_EQ(json::parse(limited.message.body()).at("error").at("message"), "slow down");
  const answer raw = client.ask("c");
  EXPECT_EQ(raw.message.body(), "request 2");
  EXPECT_EQ(raw.header("content-type"), "text/plain");
  EXPECT_EQ(raw.header("x-request-id"), "");
  server.respond_with(nullptr);
  EXPECT_EQ(content_of(client.ask("d")), "echo: d");
}

TEST(MockServer, turns_an_exception_of_the_responder_into_status500) {
  MockServer server(plain());
  server.respond_with([](const RecordedRequest&) -> MockReply { throw std::runtime_error("no idea"); });
  blocking_client client(server);
  const answer got = client.ask("x");
  EXPECT_EQ(got.message.result_int(), 500u);
  EXPECT_EQ(json::parse(got.message.body()).at("error").at("message"), "no idea");
}

TEST(MockServer, may_be_called_from_the_responder) {
  MockServer server(plain());
  server.respond_with([&server](const RecordedRequest&) {
    EXPECT_FALSE(server.wait_for_requests(2, patience));  // would wait for itself
    server.close_idle_connections();
    server.hold_until(0);
    return MockReply::raw(200, "text/plain", std::to_string(server.request_count()));
  });
  blocking_client client(server);
  EXPECT_EQ(client.ask("x").message.body(), "1");
}

TEST(MockServer, records_requests_as_they_were_sent) {
  MockServer server(plain());
  blocking_client first(server);
  blocking_client second(server);
  second.send_bytes(
      "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nx-other:  spaced \t\r\nx-twice: 2\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  second.read();
  first.ask("later");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/a?b=c");
  EXPECT_EQ(requests[0].body, "abcde");
  ASSERT_EQ(requests[0].headers.size(), 5u);
  EXPECT_EQ(requests[0].headers[1].first, "X-Twice");
  EXPECT_EQ(requests[0].headers[2].first, "x-other");
  EXPECT_EQ(requests[0].headers[2].second, "spaced");
  EXPECT_EQ(requests[0].headers[3].second, "2");
  EXPECT_EQ(requests[0].header("x-TWICE"), "1");
  EXPECT_EQ(requests[0].header("absent"), "");
  EXPECT_EQ(requests[0].connection, 1u);
  EXPECT_EQ(requests[0].index, 0u);
  EXPECT_EQ(requests[1].connection, 0u);
  EXPECT_EQ(requests[1].index, 1u);
  EXPECT_EQ(requests[1].body, question("later"));
  EXPECT_LE(requests[0].received_at, requests[1].received_at);
}

TEST(MockServer, reads_split_and_pipelined_requests) {
  MockServer server(plain());
  server.respond_with([](const RecordedRequest& request) { return MockReply::raw(200, "", request.target); });
  blocking_client client(server);
  const std::string one = "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
  for (const char byte : one) client.send_bytes(std::string_view(&byte, 1));
  EXPECT_EQ(client.read().message.body(), "/1");
  client.send_bytes(one + "GET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read().message.body(), "/1");
  EXPECT_EQ(client.read().message.body(), "/2");
  EXPECT_EQ(client.read().message.body(), "/3");
  EXPECT_EQ(server.max_in_flight(), 1u);
}

TEST(MockServer, refuses_what_is_no_http_and_what_is_too_large) {
  auto options = plain();
  options.body_limit = 10;
  MockServer server(options);
  blocking_client garbage(server);
  garbage.send_bytes("nonsense\r\n\r\n");
  const answer refusal = garbage.read();
  EXPECT_EQ(refusal.message.result_int(), 400u);
  EXPECT_EQ(error_code_of(refusal), "BadRequest");
  EXPECT_EQ(garbage.read_end(), asio::error::eof);
  blocking_client large(server);
  large.send_bytes("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(large.read().message.result_int(), 413u);
  EXPECT_EQ(server.request_count(), 0u);
}

TEST(MockServer, waits_for_the_latency_of_each_reply_alone) {
  MockServer server(plain());
  server.reply(MockReply::chat("never").latency(std::chrono::hours(1)));
  server.reply(MockReply::chat("slow").latency(50ms));
  blocking_client never(server);
  never.send(azure_path, question("x"));
  ASSERT_TRUE(server.wait_for_requests(1, patience));
  blocking_client slow(server);
  EXPECT_EQ(content_of(slow.ask("y")), "slow");
  EXPECT_GE(std::chrono::steady_clock::now() - server.requests()[1].received_at, 50ms);
  EXPECT_EQ(never.socket().available(), 0u);
  EXPECT_EQ(server.max_in_flight(), 2u);
}

TEST(MockServer, notices_a_client_that_leaves_during_latency) {
  MockServer server(plain());
  server.respond_with(
      [](const RecordedRequest&) { return MockReply::chat("never").latency(std::chrono::hours(1)); });
  std::vector<std::unique_ptr<blocking_client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<blocking_client>(server));
    clients.back()->send(azure_path, question("x"));
  }
  ASSERT_TRUE(server.wait_for_requests(100, patience));
  EXPECT_EQ(server.connections_open(), 100u);
  EXPECT_EQ(server.max_in_flight(), 100u);
  clients.clear();
  EXPECT_TRUE(server.wait_for_connections_open(0, patience));
  EXPECT_EQ(server.connections_accepted(), 100u);
  EXPECT_EQ(server.max_connections_open(), 100u);
}

TEST(MockServer, holds_requests_until_there_are_enough) {
  MockServer server(plain());
  server.hold_until(3);
  blocking_client first(server), second(server), third(server);
  auto left = std::make_unique<blocking_client>(server);
  left->send(azure_path, question("left"));
  first.send(azure_path, question("1"));
  ASSERT_TRUE(server.wait_for_requests(2, patience));
  left.reset();  // does not count from now on
  ASSERT_TRUE(server.wait_for_connections_open(3, patience));
  second.send(azure_path, question("2"));
  ASSERT_TRUE(server.wait_for_requests(3, patience));
  EXPECT_EQ(first.socket().available(), 0u);
  third.send(azure_path, question("3"));
  EXPECT_EQ(content_of(first.read()), "echo: 1");
  EXPECT_EQ(content_of(second.read()), "echo: 2");
  EXPECT_EQ(content_of(third.read()), "echo: 3");
  EXPECT_EQ(content_of(first.ask("4")), "echo: 4");  // holds no more
  EXPECT_EQ(server.max_in_flight(), 3u);
}

TEST(MockServer, releases_held_requests_when_switched_off) {
  MockServer server(plain());
  server.hold_until(100);
  blocking_client client(server);
  client.send(azure_path, question("x"));
  ASSERT_TRUE(server.wait_for_requests(1, patience));
  server.hold_until(0);
  EXPECT_EQ(content_of(client.read()), "echo: x");
}

TEST(MockServer, says_when_patience_ran_out) {
  MockServer server(plain());
  EXPECT_TRUE(server.wait_for_requests(0, 0ms));
  EXPECT_FALSE(server.wait_for_requests(1, 1ms));
  EXPECT_TRUE(server.wait_for_connections_open(0, 0ms));
  EXPECT_FALSE(server.wait_for_connections_open(1, 1ms));
}

TEST(MockServer, closes_only_idle_connections) {
  MockServer server(plain());
  blocking_client idle(server), busy(server), writing(server);
  idle.ask("x");
  server.hold_until(2);
  busy.send(azure_path, question("y"));
  ASSERT_TRUE(server.wait_for_requests(2, patience));
  writing.ask("z");  // the second one: opens the gate
  EXPECT_EQ(content_of(busy.read()), "echo: y");
  server.hold_until(100);
  busy.send(azure_path, question("w"));
  ASSERT_TRUE(server.wait_for_requests(4, patience));
  server.close_idle_connections();
  ASSERT_EQ(server.connections_open(), 1u);
  EXPECT_EQ(idle.read_end(), asio::error::eof);
  EXPECT_EQ(writing.read_end(), asio::error::eof);
  server.hold_until(0);
  EXPECT_EQ(content_of(busy.read()), "echo: w");
}

TEST(MockServer, stops_at_once_while_requests_are_held) {
  auto server = std::make_unique<MockServer>(plain());
  server->hold_until(100);
  blocking_client held(*server), silent(*server);
  held.send(azure_path, question("x"));
  ASSERT_TRUE(server->wait_for_requests(1, patience));
  ASSERT_TRUE(server->wait_for_connections_open(2, patience));
  server.reset();
  EXPECT_TRUE(held.read_end().failed());
  EXPECT_TRUE(silent.read_end().failed());
}

TEST(MockServer, listens_on_loopback_only) {
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "localhost", ""}) {
    auto options = plain();
    options.address = address;
    EXPECT_THROW(MockServer{options}, std::invalid_argument) << address;
  }
}

TEST(OpenFiles, are_never_lowered) {
  const std::size_t now = corochain::testing::raise_open_file_limit(0);
  EXPECT_GT(now, 0u);
  EXPECT_EQ(corochain::testing::raise_open_file_limit(now - 1), now);
  EXPECT_GE(corochain::testing::raise_open_file_limit(now + 1), now);
}

}  // namespace
}  // namespace mock_server_tests::mock_server_test
