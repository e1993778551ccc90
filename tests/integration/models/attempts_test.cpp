// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <poll.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <mutex>

#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"

namespace corochain::attempts_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

TEST(RetryBudget, keeps_retries_from_multiplying_the_load) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) {
    return MockReply::error(503, "ServiceUnavailable", "no").header("retry-after-ms", "1");
  });
  auto options = test::options_for(server);
  options.max_retries = 1000;
  const auto chain = test::chain_for(options);
  EXPECT_THROW(chain.invoke("a"), ServerError);
  EXPECT_EQ(server.request_count(), 101u);
  EXPECT_THROW(chain.invoke("b"), ServerError);
  EXPECT_EQ(server.request_count(), 102u);
}

/// The parameter selects TLS.
class RawServer : public ::testing::TestWithParam<bool> {
 protected:
  static AzureOptions options_for(const test::raw_server& server) {
    AzureOptions options = test::options_for(server);
    options.max_retries = 0;
    options.timeout = 20s;
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, RawServer, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "https" : "http"; });

TEST_P(RawServer, an_answer_during_the_request_counts) {
  test::raw_server server(
      [](test::raw_connection& client, std::size_t) {
        client.read_head();  // and no more of 32 MB
        client.write("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig!");
        client.wait_for_end();
      },
      GetParam());
  const auto chain = test::chain_for(options_for(server));
  try {
    chain.invoke(std::string(std::size_t{32} * 1024 * 1024, 'x'));
    ADD_FAILURE();
  } catch (const HttpStatusError& error) {
    EXPECT_EQ(error.http_status(), 413);
    EXPECT_EQ(error.attempts().size(), 1u);
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST_P(RawServer, an_answer_during_the_request_ends_the_connection) {
  test::raw_server server(
      [](test::raw_connection& client, std::size_t number) {
        if (number == 0) {
          client.read_head();
          client.write("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 4\r\n\r\nbig!");
          // The rest is not read: a request that was sent whole would leave a connection to be used again.
          pollfd end{client.socket().native_handle(), POLLRDHUP, 0};
          ::poll(&end, 1, 20'000);
        } else {
          client.read_request();
          client.write(test::http_answer("fine"));
          client.wait_for_end();
        }
      },
      GetParam());
  const auto chain = test::chain_for(options_for(server));
  EXPECT_THROW(chain.invoke(std::string(std::size_t{32} * 1024 * 1024, 'x')), HttpStatusError);
  EXPECT_EQ(chain.invoke("next"), "fine");
  EXPECT_EQ(server.connections(), 2u);
}

TEST_P(RawServer, an_early_answer_before_a_close_is_heard) {
  test::raw_server server(
      [](test::raw_connection& client, std::size_t) {
        client.read_head();
        client.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        client.say_goodbye();
        ::shutdown(client.socket().native_handle(), SHUT_WR);
        client.wait_for_end();
      },
      GetParam());
  const auto chain = test::chain_for(options_for(server));
  EXPECT_THROW(chain.invoke(std::string(std::size_t{32} * 1024 * 1024, 'x')), AuthenticationError);
}

TEST_P(RawServer, a_request_on_a_stale_connection_is_sent_again) {
  test::raw_server server(
      [](test::raw_connection& client, std::size_t number) {
        client.read_request();
        client.write(test::http_answer("first"));
        if (number == 0) {
          client.read_request();  // the connection dies on it without a word
          client.reset();
        } else {
          client.wait_for_end();
        }
      },
      GetParam());
  const auto chain = test::chain_for(options_for(server));
  EXPECT_EQ(chain.invoke("1"), "first");
  std::vector<std::string> log;
  set_log(LogLevel::warning, [&](const LogRecord& line) { log.emplace_back(line.event); });
  const QueryReport report = run(query_all(chain, {"2"}));
  set_log(LogLevel::off, nullptr);
  const QueryResult& result = report.results.at(0);
  EXPECT_TRUE(result.ok());
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_TRUE(result.attempts[0].maybe_billed);
  EXPECT_FALSE(result.attempts[1].connection_reused);
  EXPECT_TRUE(result.attempts[1].resent);
  EXPECT_EQ(report.resends(), 1u);
  EXPECT_EQ(report.retries(), 0u);
  EXPECT_EQ(log, std::vector<std::string>{"attempt.resent"});
  EXPECT_EQ(server.connections(), 2u);
}

TEST_P(RawServer, interim_answers_are_passed_over) {
  MockServer server(test::with_tls(GetParam()));
  server.respond_with([](const testing::RecordedRequest&) {
    return MockReply::bytes("HTTP/1.1 102 Processing\r\n\r\n")
        .then("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + test::http_answer("ok"));
  });
  const auto chain = test::chain_for(server);
  EXPECT_EQ(chain.invoke("1") + chain.invoke("2"), "okok");
  EXPECT_EQ(server.connections_accepted(), 1u);
}

TEST_P(RawServer, byte_by_byte_it_is_the_same_answer) {
  MockServer server(test::with_tls(GetParam()));
  MockReply slow = MockReply::bytes("");
  for (const char c : test::http_answer("slowly")) slow.then({c});
  server.reply(slow);
  EXPECT_EQ(test::chain_for(server).invoke("q"), "slowly");
}

TEST_P(RawServer, endless_things_end_at_their_limits) {
  struct flood {
    const char* start;
    std::string repeated;
    ErrorKind kind;
  };
  const std::vector<flood> floods{
      {"HTTP/1.1 200 OK\r\n", "X-Header: and another one\r\n", ErrorKind::too_large},
      {"HTTP/1.1 200 OK\r\nX: ", std::string(1000, 'x'), ErrorKind::too_large},
      {"", "HTTP/1.1 100 Continue\r\n\r\n", ErrorKind::protocol},
      {"HTTP/1.1 200 OK\r\n\r\n", std::string(1000, ' '), ErrorKind::too_large},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n", ErrorKind::too_large},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", std::string(1000, 'e'),
       ErrorKind::too_large},
  };
  test::raw_server server(
      [&](test::raw_connection& client, std::size_t number) {
        client.read_request();
        client.write(floods.at(number).start);
        while (client.write(floods[number].repeated)) {
        }
      },
      GetParam());
  auto options = options_for(server);
  options.limits.response_body = 100'000;
  const auto chain = test::chain_for(options);
  for (const flood& each : floods) {
    ErrorKind kind = ErrorKind::other;
    try {
      chain.invoke("q");
    } catch (const Error& error) {
      kind = error.kind();
      EXPECT_NE(std::string(error.what()).find("limit"), std::string::npos) << error.what();
    }
    EXPECT_EQ(kind, each.kind) << each.start << each.repeated.substr(0, 20);
  }
}

TEST(ChatOpenAI, speaks_to_any_server_of_that_language) {
  MockServer server;
  OpenAIOptions options;
  options.base_url = server.endpoint() + "/v1/";
  options.model = "llama";
  options.tls.ca_pem = server.ca_pem();
  options.reasoning_effort = "low";
  options.n = 2;
  options.logit_bias = {{"50256", -100}};
  options.response_format = R"({"type":"json_object"})";
  options.extra_body = R"( {"top_k": 5, "nested": {"a": [1]}} )";
  options.default_query = {{"trace id", "a&b"}};
  EXPECT_EQ(ChatOpenAI(options).invoke("hello").content, "echo: hello");
  const auto requests = server.requests();
  EXPECT_EQ(requests.at(0).target, "/v1/chat/completions?trace%20id=a%26b");
  for (const char* part :
       {R"("model":"llama")", R"("reasoning_effort":"low")", R"("n":2)", R"("logit_bias":{"50256":-100})",
        R"("response_format":{"type":"json_object"})", R"("top_k": 5)", R"("nested": {"a": [1]})"})
    EXPECT_NE(requests[0].body.find(part), std::string::npos) << part << " in " << requests[0].body;
  for (const auto& [name, value] : requests[0].headers) EXPECT_NE(name, "Authorization");
}

TEST(Tokens, are_fetched_once_and_again_after_a_401) {
  MockServer server;
  std::atomic<int> fetched{0};
  AzureOptions options = test::options_for(server);
  options.api_key = Secret();
  options.azure_ad_token_provider = TokenProvider([&fetched]() -> awaitable<AccessToken> {
    const int number = ++fetched;
    co_return AccessToken(Secret("token-" + std::to_string(number)), std::chrono::system_clock::now() + 1h);
  });
  const auto chain = test::chain_for(options);
  std::vector<Dict> inputs;
  for (int i = 0; i < 10; ++i) inputs.push_back({{"question", "q"}});
  EXPECT_EQ(chain.batch(inputs).size(), 10u);
  EXPECT_EQ(fetched, 1);
  server.reply(MockReply::error(401, "401", "the token is too old"));
  EXPECT_EQ(chain.invoke("again"), "echo: again");
  EXPECT_EQ(fetched, 2);
  std::string last;
  const auto requests = server.requests();
  for (const auto& [name, value] : requests.back().headers)
    if (name == "Authorization") last = value;
  EXPECT_EQ(last, "Bearer token-2");
  server.reply(MockReply::error(401, "401", "no"));
  server.reply(MockReply::error(401, "401", "no"));
  EXPECT_THROW(chain.invoke("never"), AuthenticationError);
  EXPECT_EQ(fetched, 3);
}

TEST(Tokens, a_fetch_that_fails_is_repeated_by_who_fetches_only) {
  MockServer server;
  int fetched = 0;
  AzureOptions options = test::options_for(server);
  options.api_key = Secret();
  options.azure_ad_token_provider = TokenProvider([&fetched]() -> awaitable<AccessToken> {
    ++fetched;
    throw ConnectError("the identity endpoint cannot be reached");
    co_return AccessToken();
  });
  EXPECT_THROW(test::chain_for(options).invoke("q"), ConnectError);
  EXPECT_EQ(fetched, 1);
  EXPECT_EQ(server.connections_accepted(), 0u);
}

TEST(Tokens, a_provider_that_hangs_ends_at_the_deadline) {
  MockServer server;
  AzureOptions options = test::options_for(server);
  options.api_key = Secret();
  options.timeout = 50ms;
  options.azure_ad_token_provider = TokenProvider([]() -> awaitable<AccessToken> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    asio::steady_timer timer(here, 1h);
    co_await timer.async_wait(asio::use_awaitable);
    co_return AccessToken();
  });
  EXPECT_THROW(test::chain_for(options).invoke("q"), TimeoutError);
  EXPECT_EQ(server.connections_accepted(), 0u);
}

TEST(Log, tells_what_happens_and_no_secret) {
  static std::mutex mutex;
  static std::string lines;
  set_log(LogLevel::debug, [](const LogRecord& record) {
    const std::lock_guard lock(mutex);
    lines.append(to_string(record.level))
        .append(" ")
        .append(record.event)
        .append(" ")
        .append(record.text)
        .append("\n");
    throw std::runtime_error("a log that fails harms nobody");
  });
  MockServer server;
  server.reply(MockReply::error(500, "InternalServerError", "canary-key-0123456789 in an answer"));
  auto options = test::options_for(server);
  const auto chain = test::chain_for(options);
  EXPECT_EQ(chain.invoke("my canary question"), "echo: my canary question");
  set_log(LogLevel::off, nullptr);
  chain.invoke("unseen");
  const std::lock_guard lock(mutex);
  for (const char* part : {"debug connection.opened", "warning attempt.failed", "status=500",
                           "debug connection.reused", "info call.ended", "attempts=2", "request_id=req-"})
    EXPECT_NE(lines.find(part), std::string::npos) << part << " in\n" << lines;
  EXPECT_EQ(lines.find("canary"), std::string::npos);
  EXPECT_EQ(lines.find("unseen"), std::string::npos);
}

}  // namespace
}  // namespace corochain::attempts_test
