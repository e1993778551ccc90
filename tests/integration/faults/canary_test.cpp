// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <atomic>
#include <mutex>
#include <sstream>

#include "codec/http/base64.hpp"
#include "corochain/models/entra_credentials.hpp"
#include "corochain/observability/log.hpp"
#include "integration/faults/fault_bench.hpp"
#include "support/environment_variable.hpp"

// Calls of all kinds whose credentials, prompts and answers are canaries, to servers that repeat the whole
// request. No canary may be found in a log, an error's text, an attempt's record, a report or a snapshot.

namespace corochain::canary_test {
namespace {
namespace asio = boost::asio;
using namespace test;
using namespace std::chrono_literals;

const std::string canary_key = "canary0key0123456789abcdef";
const std::string canary_prompt = "canary-prompt";
const std::string canary_secret = "canary-secret";
const std::string canary_password = "canary-password";
const std::string canary_token = "canary-token";

/// Records all lines of the log while it exists.
class log_recorder {
 public:
  log_recorder() {
    set_log(LogLevel::debug, [this](const LogRecord& record) {
      const std::lock_guard lock(mutex_);
      log_.append(record.event).append(" ").append(record.text).append("\n");
    });
  }
  ~log_recorder() { set_log(LogLevel::off, nullptr); }
  log_recorder(const log_recorder&) = delete;
  log_recorder& operator=(const log_recorder&) = delete;

  std::string log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  mutable std::mutex mutex_;
  std::string log_;
};

void expect_no_canary(const std::string& text, const char* where) {
  EXPECT_EQ(text.find("canary"), std::string::npos) << where << ": " << text;
}

void expect_no_canary(const Error& error) {
  expect_no_canary(error.what(), "what()");
  expect_no_canary(error.code().message(), "code()");
  expect_no_canary(error.cause().message(), "cause()");
  expect_no_canary(error.request_id(), "request_id()");
  for (const AttemptRecord& each : error.attempts()) {
    expect_no_canary(each.error, "an attempt's error");
    expect_no_canary(each.request_id, "an attempt's request id");
  }
}

/// Expects that the results of the calls hold no canary. Only a report holds questions and answers.
void expect_no_canary(std::vector<QueryResult> results) {
  for (QueryResult& each : results) {
    if (each.error && each.error->error()) expect_no_canary(*each.error->error());
    for (const AttemptRecord& attempt : each.attempts) expect_no_canary(attempt.error, "an attempt's error");
    expect_no_canary(each.request_id, "request_id");
    each.question = "q";
    each.answer = "a";
  }
  const QueryReport report(std::move(results), 1s);
  std::ostringstream table;
  table << report;
  expect_no_canary(report.to_json(), "JSON");
  expect_no_canary(report.to_csv(), "CSV");
  expect_no_canary(table.str(), "table");
}

void expect_no_canary(asio::io_context& loop) {
  for (const EndpointSnapshot& each : connection_snapshot(loop)) expect_no_canary(each.endpoint, "snapshot");
}

std::string repeated() { return canary_key + " " + canary_prompt; }
std::string said(const std::string& code) {
  return R"({"error":{"message":")" + repeated() + R"(","code":")" + code + R"(","param":")" + repeated() +
         R"(","type":")" + repeated() + R"("}})";
}

/// The actions of a server that repeats the request in every way.
std::vector<server_action> repeating_actions() {
  std::vector<server_action> all;
  // 429 comes first: one refusal is then the majority of all answers, so the deployment pauses.
  for (const int code : {429, 400, 401, 403, 404, 408, 409, 413, 422, 500, 503, 600})
    all.push_back(writes([code](const fault_setup& at) {
      return with_length(at.head("retry-after-ms: 1\r\nx-request-id: " + repeated() + "\r\n",
                                 std::to_string(code) + " " + repeated()),
                         said(repeated()));
    }));
  for (const char* code :
       {"content_filter", "context_length_exceeded", "insufficient_quota", "unsupported_parameter"})
    for (const char* status : {"400 X", "429 X"})
      all.push_back(
          writes([=](const fault_setup& at) { return with_length(at.head("", status), said(code)); }));
  for (const std::string& bytes : std::vector<std::string>{
           repeated() + "\r\n\r\n", "HTTP/1.1 " + repeated() + "\r\n\r\n",
           "HTTP/1.1 200 OK\r\n" + repeated() + "\r\n\r\n",
           "HTTP/1.1 302 X\r\nLocation: https://" + canary_key + ":" + canary_key + "@x/" + canary_key +
               "\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 302 X\r\nLocation: https://x.example/" + canary_key + "\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: " + repeated() + "\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Encoding: " + canary_key + "\r\n\r\nx",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + repeated() + "\r\n",
           "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + repeated()})
    all.push_back(writes(bytes));
  for (const std::string& body :
       {repeated(), "<html>" + repeated() + "</html>", "{\"" + repeated() + "\":1}",
        "{\"choices\":\"" + repeated() + "\"}", event(repeated()), event(said("server_error")),
        text_event(repeated()), text_event(repeated()) + event("{\"" + repeated()),
        text_event(repeated()) + "event: error\n" + event(repeated())})
    all.push_back(writes([body](const fault_setup& at) { return with_length(at.head(), body); }));
  all.push_back([](raw_connection& client, const fault_setup& at) {  // half an answer
    client.write(at.head("Content-Length: 5000\r\n\r\n") + at.body(repeated()));
    client.reset();
  });
  all.push_back([](raw_connection& client, const fault_setup&) { client.reset(); });
  all.push_back(writes(""));  // and no more: the call's time ends
  all.push_back(writes([](const fault_setup& at) { return at.answer(repeated()); }));
  return all;
}

class Canary : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, Canary,
                         ::testing::ValuesIn(setups_where([](const fault_setup& at) { return !at.reused; })),
                         &setup_name);

TEST_P(Canary, calls_of_all_kinds) {
  const log_recorder recorder;
  const auto all = repeating_actions();
  std::atomic<std::size_t> turn{0};
  std::atomic<bool> key_came{false};
  const fault_setup at = GetParam();
  raw_server server(
      [&](raw_connection& client, std::size_t) {
        for (;;) {
          const std::string request = client.read_request();
          if (request.empty()) break;
          if (request.find("api-key: " + canary_key) != std::string::npos) key_came = true;
          const std::size_t now = turn;
          if (now == all.size()) break;  // read late: its call is over
          all[now](client, at);
        }
      },
      at.tls);
  AzureOptions options = options_for(server);
  options.api_key = Secret(canary_key);
  options.streaming = at.streamed;
  options.max_retries = 1;
  options.read_timeout = 200ms;
  options.first_byte_timeout = 200ms;
  const auto chain = chain_without_backoff(options);
  asio::io_context loop;
  std::vector<QueryResult> results;
  std::size_t quoted = 0, failed = 0;
  for (; turn < all.size(); ++turn) {
    const QueryResult result = finish(loop, query(chain, canary_prompt));
    if (result.error) {
      ASSERT_TRUE(result.error->error()) << result.error->message();
      ++failed;
      if (result.error->error()->server_message().find("canary") != std::string::npos) ++quoted;
    }
    results.push_back(result);
  }
  EXPECT_TRUE(key_came);
  EXPECT_GE(failed, all.size() - 4);
  EXPECT_GE(quoted, 15u);  // there, and there alone
  EXPECT_EQ(results.back().answer, repeated());
  expect_no_canary(std::move(results));
  expect_no_canary(loop);
  const std::string log = recorder.log();
  for (const char* part :
       {"connection.opened", "attempt.failed", "call.failed", "call.ended", "deployment.paused"})
    EXPECT_NE(log.find(part), std::string::npos) << part;
  expect_no_canary(log, "log");
}

TEST(CanaryOfProxies, whatever_they_answer) {
  const log_recorder recorder;
  for (const std::string& answer :
       {std::string("HTTP/1.1 407 " + canary_password + "\r\nContent-Length: 0\r\n\r\n"),
        "HTTP/1.1 502 X\r\n\r\n" + canary_password, canary_password + "\r\n\r\n", std::string()}) {
    std::atomic<bool> asked{false};
    raw_server proxy([&](raw_connection& client, std::size_t) {
      asked = client.read_head().find("Proxy-Authorization: Basic ") != std::string::npos;
      client.write(answer);
    });
    AzureOptions options = options_to("https://model.example");
    options.api_key = Secret(canary_key);
    options.proxy.url =
        Secret("http://user:" + canary_password + "@127.0.0.1:" + std::to_string(proxy.port()));
    asio::io_context loop;
    const QueryResult result = finish(loop, query(chain_without_backoff(options), canary_prompt));
    EXPECT_TRUE(asked);
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->kind(), ErrorKind::connect);
    expect_no_canary({result});
    expect_no_canary(loop);
  }
  expect_no_canary(recorder.log(), "log");
}

/// A proxy for plain http gets the credentials with each request, and may repeat them.
TEST(CanaryOfProxies, whatever_they_answer_to_a_request) {
  const log_recorder recorder;
  const std::string basic = codec::encode_base64("user:" + canary_password);
  for (const std::string& answer :
       {with_length("HTTP/1.1 407 " + canary_password + "\r\nX-Seen: " + basic + "\r\n", canary_password),
        with_length("HTTP/1.1 200 OK\r\n", canary_password), canary_password + "\r\n\r\n", std::string()}) {
    std::atomic<bool> asked{false};
    raw_server proxy([&](raw_connection& client, std::size_t) {
      asked =
          client.read_request().find("\r\nProxy-Authorization: Basic " + basic + "\r\n") != std::string::npos;
      client.write(answer);
    });
    AzureOptions options = options_to("http://model.example");
    options.api_key = Secret(canary_key);
    options.proxy.url =
        Secret("http://user:" + canary_password + "@127.0.0.1:" + std::to_string(proxy.port()));
    asio::io_context loop;
    const QueryResult result = finish(loop, query(chain_without_backoff(options), canary_prompt));
    EXPECT_TRUE(asked);
    ASSERT_TRUE(result.error) << result.answer;
    EXPECT_EQ(result.error->message().find(basic), std::string::npos);
    expect_no_canary({result});
    expect_no_canary(loop);
  }
  EXPECT_EQ(recorder.log().find(basic), std::string::npos);
  expect_no_canary(recorder.log(), "log");
}

TEST(CanaryOfTokens, of_entra_and_of_providers) {
  const log_recorder recorder;
  std::atomic<int> turn{0};
  raw_server server(
      [&](raw_connection& client, std::size_t) {
        for (;;) {
          const std::string request = client.read_request();
          if (request.empty()) break;
          const bool for_token = request.find("/oauth2/") != std::string::npos;
          if (for_token && turn == 0)
            client.write(with_length("HTTP/1.1 401 X\r\n",
                                     R"({"error":"invalid_client","error_description":"AADSTS7: )" +
                                         canary_secret + " " + canary_token + "\"}"));
          else if (for_token && turn == 1)
            client.write(with_length("HTTP/1.1 200 OK\r\n", "{\"access_token\":\"" + canary_token + "\""));
          else if (for_token)
            client.write(with_length("HTTP/1.1 200 OK\r\n",
                                     R"({"expires_in":3600,"access_token":")" + canary_token + "\"}"));
          else if (turn == 3)
            client.write(http_answer("fine"));
          else
            client.write(with_length("HTTP/1.1 401 X\r\n", said(canary_token)));
        }
      },
      true);
  ClientSecretOptions credential;
  credential.tenant_id = "tenant";
  credential.client_id = "client";
  credential.client_secret = Secret(canary_secret);
  credential.authority_host = server.endpoint();
  credential.tls.ca_pem = server.ca_pem();
  credential.proxy.from_environment = false;
  AzureOptions options;
  options.azure_endpoint = server.endpoint();
  options.azure_deployment = "gpt";
  options.azure_ad_token_provider = ClientSecretCredential(credential);
  options.tls.ca_pem = server.ca_pem();
  asio::io_context loop;
  std::vector<QueryResult> results;
  for (; turn < 4; ++turn)
    results.push_back(finish(loop, query(chain_without_backoff(options), canary_prompt)));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(results[static_cast<std::size_t>(i)].ok()) << i;
  EXPECT_EQ(results[3].answer, "fine");
  expect_no_canary(std::move(results));
  expect_no_canary(loop);
  expect_no_canary(recorder.log(), "log");
}

/// App Service gives a program the value of a header that opens its identity's endpoint (IDENTITY_HEADER).
TEST(CanaryOfTokens, of_the_services_identity) {
  const log_recorder recorder;
  const std::string header = "canary-identity-header";
  std::atomic<std::size_t> turn{0};
  std::atomic<std::size_t> told{0};
  const std::string repeated_header = header + " " + canary_token;
  const std::vector<std::string> answers{
      with_length("HTTP/1.1 400 " + repeated_header + "\r\nx-request-id: " + repeated_header + "\r\n",
                  R"({"error":"invalid_scope","error_description":")" + repeated_header + "\"}"),
      with_length("HTTP/1.1 401 X\r\n", R"({"statusCode":401,"message":")" + repeated_header + "\"}"),
      with_length("HTTP/1.1 403 X\r\n", "<html>" + repeated_header),
      with_length("HTTP/1.1 500 X\r\n", repeated_header),
      with_length("HTTP/1.1 302 X\r\nLocation: http://x.example/" + header + "\r\n", ""),
      with_length("HTTP/1.1 200 OK\r\n", repeated_header),
      with_length("HTTP/1.1 200 OK\r\n",
                  R"({"expires_on":")" + header + R"(","access_token":")" + canary_token + "\"}"),
      "HTTP/1.1 " + repeated_header + "\r\n\r\n"};
  raw_server identity([&](raw_connection& client, std::size_t) {
    for (;;) {
      const std::string request = client.read_request();
      if (request.empty()) break;
      if (request.find("X-IDENTITY-HEADER: " + header + "\r\n") != std::string::npos) ++told;
      client.write(answers[turn]);
      if (turn + 1 == answers.size()) break;
    }
  });
  const environment_variable endpoint("IDENTITY_ENDPOINT", identity.endpoint() + "/msi/token");
  const environment_variable value("IDENTITY_HEADER", header);
  AzureOptions options;
  options.azure_endpoint = identity.endpoint();  // is never asked: there is no token
  options.azure_deployment = "gpt";
  options.azure_ad_token_provider = ManagedIdentityCredential();
  options.timeout = 20s;
  options.max_retries = 0;
  asio::io_context loop;
  std::vector<QueryResult> results;
  for (; turn < answers.size(); ++turn) {
    results.push_back(finish(loop, query(chain_without_backoff(options), canary_prompt)));
    ASSERT_TRUE(results.back().error && results.back().error->error()) << turn;
  }
  EXPECT_GE(told, answers.size());
  expect_no_canary(std::move(results));
  expect_no_canary(loop);
  const std::string log = recorder.log();
  EXPECT_NE(log.find("call.failed"), std::string::npos) << log;
  expect_no_canary(log, "log");
}

TEST(CanaryOfTokens, of_a_services_identity_that_cannot_be_used) {
  const log_recorder recorder;
  const environment_variable endpoint("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token");
  for (const char* broken : {"canary\r\nX-More: canary", "canary\nx", "canary\x7f"}) {
    const environment_variable value("IDENTITY_HEADER", broken);
    try {
      ManagedIdentityCredential();
      ADD_FAILURE() << "accepted";
    } catch (const ConfigError& error) {
      expect_no_canary(error);
      EXPECT_NE(std::string(error.what()).find("X-IDENTITY-HEADER"), std::string::npos) << error.what();
    }
  }
  const environment_variable value("IDENTITY_HEADER", "canary");
  const environment_variable nowhere("IDENTITY_ENDPOINT", "http://canary@127.0.0.1:1/msi/token");
  try {
    ManagedIdentityCredential();
    ADD_FAILURE() << "accepted";
  } catch (const ConfigError& error) {
    expect_no_canary(error);
  }
  expect_no_canary(recorder.log(), "log");
}

TEST(CanaryOfOptions, whatever_is_wrong_with_them) {
  const auto silent = [](void (*change)(AzureOptions&), int line = __builtin_LINE()) {
    SCOPED_TRACE(line);
    AzureOptions options = options_to("https://host.example");
    options.api_key = Secret(canary_key);
    change(options);
    try {
      chain_without_backoff(options);
      ADD_FAILURE() << "accepted";
    } catch (const ConfigError& error) {
      expect_no_canary(error);
    }
  };
  silent([](AzureOptions& o) { o.api_key = Secret(canary_key + "\r\n"); });
  silent([](AzureOptions& o) { o.azure_ad_token = Secret(canary_token); });
  silent([](AzureOptions& o) { o.azure_endpoint = "https://" + canary_key + "@host"; });
  silent([](AzureOptions& o) { o.proxy.url = Secret("http://u:" + canary_password + "@host:99999"); });
  silent([](AzureOptions& o) { o.proxy.url = Secret("http://u:" + canary_password + "\r\n@host:1"); });
  silent([](AzureOptions& o) { o.proxy.url = Secret("ftp://u:" + canary_password + "@host:1"); });
  silent([](AzureOptions& o) { o.default_headers = {{"x-key", canary_key + "\n"}}; });
  silent([](AzureOptions& o) { o.default_headers = {{"api-key", canary_key}}; });
  silent([](AzureOptions& o) { o.extra_body = "{\"" + canary_key; });
  silent([](AzureOptions& o) { o.response_format = canary_prompt; });
  silent([](AzureOptions& o) { o.tls.ca_pem = canary_key; });
}

}  // namespace
}  // namespace corochain::canary_test
