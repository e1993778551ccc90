// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <map>

#include "models/azure_settings.hpp"
#include "support/mock_chain.hpp"

namespace corochain::bad_input_test {
namespace {
namespace asio = boost::asio;
using test::chain_for;
using test::options_for;
using testing::MockServer;
using testing::MockServerOptions;

/// The error that these options and this environment cause.
std::string config_error(const AzureOptions& options, std::map<std::string, std::string> variables = {}) {
  try {
    models::azure_settings(options, [&](const char* name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    });
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

AzureOptions complete() {
  AzureOptions options;
  options.azure_endpoint = "https://resource.openai.azure.com";
  options.azure_deployment = "gpt";
  options.api_key = "canary";
  return options;
}

TEST(AzureConfig, complete_options_are_fine) {
  EXPECT_EQ(config_error(complete()), "");
  EXPECT_EQ(config_error(AzureOptions(), {{"AZURE_OPENAI_ENDPOINT", "https://resource.openai.azure.com/"},
                                          {"AZURE_OPENAI_DEPLOYMENT", "gpt"},
                                          {"AZURE_OPENAI_API_KEY", "key"},
                                          {"OPENAI_API_VERSION", "2024-10-21"}}),
            "");
}

TEST(AzureConfig, what_is_missing_is_named_with_its_variable) {
  auto options = complete();
  options.azure_endpoint.clear();
  EXPECT_NE(config_error(options).find("AZURE_OPENAI_ENDPOINT"), std::string::npos);
  options = complete();
  options.api_key = Secret();
  EXPECT_NE(config_error(options).find("AZURE_OPENAI_API_KEY"), std::string::npos);
  options = complete();
  options.azure_deployment.clear();
  EXPECT_NE(config_error(options).find("AZURE_OPENAI_DEPLOYMENT"), std::string::npos);
}

TEST(AzureConfig, one_explicit_credential_beats_the_environment) {
  auto options = complete();
  options.azure_ad_token = "token";
  EXPECT_NE(config_error(options).find("more than one"), std::string::npos);
  options = complete();
  EXPECT_EQ(config_error(options, {{"AZURE_OPENAI_AD_TOKEN", "t"}}), "");
  options.api_key = Secret();
  EXPECT_NE(
      config_error(options, {{"AZURE_OPENAI_AD_TOKEN", "t"}, {"AZURE_OPENAI_API_KEY", "k"}}).find("both"),
      std::string::npos);
  EXPECT_EQ(config_error(options, {{"AZURE_OPENAI_AD_TOKEN", "t"}}), "");
}

TEST(AzureConfig, wrong_values_are_refused_and_never_quoted) {
  int number = 0;
  const auto refused = [&number](auto change) {
    SCOPED_TRACE("case " + std::to_string(number++));
    auto options = complete();
    change(options);
    const std::string error = config_error(options);
    EXPECT_NE(error, "");
    EXPECT_EQ(error.find("canary"), std::string::npos) << error;
  };
  refused([](AzureOptions& o) { o.azure_endpoint = "resource.openai.azure.com"; });
  refused([](AzureOptions& o) { o.azure_endpoint = "https://user:canary@host"; });
  refused([](AzureOptions& o) { o.azure_endpoint = "https://host\r\nx: canary"; });
  refused([](AzureOptions& o) { o.azure_endpoint = "ftp://host"; });
  refused([](AzureOptions& o) { o.azure_endpoint = "https://host:99999"; });
  refused([](AzureOptions& o) { o.api_key = "canary\r\nX-Injected: 1"; });
  refused([](AzureOptions& o) { o.azure_deployment = "gpt\n"; });
  refused([](AzureOptions& o) { o.api_version = "2024\r\n"; });
  refused([](AzureOptions& o) { o.default_headers = {{"x-a", "canary\r\nx-b: 1"}}; });
  refused([](AzureOptions& o) { o.default_headers = {{"api-key", "canary"}}; });
  refused([](AzureOptions& o) { o.default_headers = {{"content-length", "3"}}; });
  refused([](AzureOptions& o) { o.temperature = std::numeric_limits<double>::quiet_NaN(); });
  refused([](AzureOptions& o) { o.timeout = std::chrono::seconds(0); });
  refused([](AzureOptions& o) { o.max_retries = -1; });
  refused([](AzureOptions& o) { o.max_tokens = o.max_completion_tokens = 5; });
  refused([](AzureOptions& o) { o.n = 0; });
  refused([](AzureOptions& o) { o.extra_body = "[1]"; });
  refused([](AzureOptions& o) { o.extra_body = R"({"model":"other"})"; });
  refused([](AzureOptions& o) { o.response_format = "json"; });
  refused([](AzureOptions& o) {
    o.api_version = "2024-10-21";
    o.default_query = {{"api-version", "1"}};
  });
  refused([](AzureOptions& o) { o.proxy.url = Secret("https://proxy:1"); });
  refused([](AzureOptions& o) { o.stream_idle_timeout = {}; });
  refused([](AzureOptions& o) { o.tls.ca_file = "/nonexistent/ca.pem"; });
  refused([](AzureOptions& o) { o.tls.ca_pem = "not a certificate"; });
  refused([](AzureOptions& o) { o.base_url = "https://gateway/v1"; });
}

TEST(BadNetwork, unknown_host_is_a_dns_error) {
  AzureOptions options = complete();
  options.azure_endpoint = "https://no-such-host.invalid";
  options.max_retries = 0;
  try {
    chain_for(options).invoke("hi");
    FAIL() << "did not throw";
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.problem(), ConnectProblem::dns);
    EXPECT_NE(std::string(error.what()).find("no-such-host.invalid"), std::string::npos);
  }
}

TEST(BadNetwork, refused_port_says_so_and_is_retried) {
  unsigned short port = 0;
  {
    asio::io_context loop;  // a port that was free a moment ago, and is closed
    asio::ip::tcp::acceptor probe(loop, {asio::ip::address_v4::loopback(), 0});
    port = probe.local_endpoint().port();
  }
  AzureOptions options = complete();
  options.azure_endpoint = "http://127.0.0.1:" + std::to_string(port);
  options.max_retries = 1;
  try {
    chain_for(options).invoke("hi");
    FAIL() << "did not throw";
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.problem(), ConnectProblem::refused);
    EXPECT_EQ(error.attempts().size(), 2u);
  }
}

TEST(BadNetwork, wrong_certificates_are_tls_errors_before_sending) {
  using Certificate = MockServerOptions::Certificate;
  for (const auto certificate :
       {Certificate::expired, Certificate::wrong_host, Certificate::self_signed, Certificate::untrusted}) {
    MockServerOptions made;
    made.certificate = certificate;
    MockServer server(made);
    try {
      chain_for(server).invoke("hi");
      ADD_FAILURE() << "accepted certificate " << static_cast<int>(certificate);
    } catch (const TlsError& error) {
      EXPECT_EQ(error.attempts().size(), 1u);  // never retried
      EXPECT_FALSE(error.retryable());
    }
    EXPECT_EQ(server.request_count(), 0u);
  }
}

TEST(BadNetwork, a_trusted_server_without_our_ca_is_not_trusted) {
  MockServer server;
  auto options = options_for(server);
  options.tls.ca_pem.clear();
  EXPECT_THROW(chain_for(options).invoke("hi"), TlsError);
}

TEST(BadNetwork, the_wrong_scheme_is_typed) {
  MockServer plain(test::plain_http());  // answers the handshake with a 400, as it is no request
  auto options = options_for(plain);
  options.azure_endpoint.replace(0, 4, "https");
  options.max_retries = 0;
  EXPECT_THROW(chain_for(options).invoke("hi"), TlsError);
  MockServer tls;
  options = options_for(tls);
  options.azure_endpoint.replace(0, 5, "http");
  options.max_retries = 0;
  EXPECT_THROW(chain_for(options).invoke("hi"), Error);
}

TEST(BadNetwork, names_and_addresses_are_verified) {
  MockServer server;
  auto options = options_for(server);
  options.azure_endpoint = "https://localhost:" + std::to_string(server.port());
  options.max_retries = 0;
  EXPECT_EQ(chain_for(options).invoke("hi"), "echo: hi");  // looked up, connected by IPv4 or IPv6 in turn
}

TEST(BadInput, invalid_utf8_is_a_prompt_error_before_sending) {
  MockServer server(test::plain_http());
  try {
    chain_for(server).invoke({{"question", "broken \xff text"}});
    FAIL() << "did not throw";
  } catch (const PromptError& error) {
    EXPECT_EQ(error.message_index(), 1u);
  }
  EXPECT_EQ(server.connections_accepted(), 0u);
}

}  // namespace
}  // namespace corochain::bad_input_test
