// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <optional>

#include "support/environment_variable.hpp"
#include "support/forked_server.hpp"
#include "support/http_and_https.hpp"
#include "support/memory_search.hpp"
#include "support/mock_chain.hpp"
#include "support/run_on.hpp"

// A call copies its credential into a head and an output buffer. After the call, the test searches all memory
// of the process, freed memory included, for additional copies.

namespace corochain::wiped_secrets_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::hidden_secret;

/// Answers as a model does, or with an error for the question "fail", and grants tokens. Never repeats the
/// request.
void answer_all(test::raw_connection& client, const hidden_secret& token) {
  for (;;) {
    const std::string request = client.read_request();
    if (request.empty()) return;
    const bool for_token =
        request.find("/msi/token") != std::string::npos || request.find("/oauth2/") != std::string::npos;
    if (for_token) {
      const std::string granted =
          R"({"access_token":")" +
          (request.find("client_id=other") == std::string::npos ? "t" : token.plain()) +
          R"(","expires_in":3600})";
      client.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(granted.size()) + "\r\n\r\n" +
                   granted);
      continue;
    }
    if (request.find("\"fail\"") != std::string::npos)
      client.write("HTTP/1.1 503 X\r\nretry-after-ms: 0\r\nContent-Length: 0\r\n\r\n");
    else if (request.find("\"hang up\"") != std::string::npos)
      return;
    else
      client.write(test::http_answer("fine"));
  }
}

/// The parameter selects TLS.
class WipedSecrets : public ::testing::TestWithParam<bool> {
 protected:
  const hidden_secret secret;
  test::forked_server server{[this](test::raw_connection& client) { answer_all(client, secret); },
                             GetParam()};
  asio::io_context loop;

  void SetUp() override {
    if (!std::getenv("LD_BIND_NOW")) FAIL() << "set LD_BIND_NOW=1, as ctest does: see programs.cmake";
  }

  AzureOptions options() const {
    AzureOptions made = test::options_for(server);
    made.api_key = Secret();
    made.proxy.from_environment = false;
    made.timeout = 20s;
    return made;
  }
  Secret hidden(const std::string& before = "", const std::string& after = "") const {
    std::string text = secret.plain(before, after);
    Secret made(text);
    wipe(text);
    return made;
  }
  std::string ask(const AzureChatOpenAI& model, const std::string& question) {
    try {
      const AIMessage answer = test::run_on(loop, model.ainvoke(question));
      return answer.content;
    } catch (const Error& error) {
      return to_string(error.kind());
    }
  }
  /// Calls that succeed, fail and are repeated leave no additional copies.
  void expect_no_more_after_calls(const AzureChatOpenAI& model, std::size_t before) {
    EXPECT_EQ(ask(model, "q"), "fine");
    EXPECT_EQ(secret.count(), before) << "after a call, its connection kept";
    EXPECT_EQ(ask(model, "q"), "fine");
    EXPECT_EQ(secret.count(), before) << "after another one on that connection";
    EXPECT_EQ(ask(model, "fail"), "server");
    EXPECT_EQ(secret.count(), before) << "after a call that failed three times";
    EXPECT_EQ(ask(model, "hang up"), "connect");
    EXPECT_EQ(secret.count(), before) << "after a call whose connections ended";
  }
  void expect_no_more_after_fetches(const TokenProvider& provider) {
    const std::size_t before = secret.count();
    for (int i = 0; i < 2; ++i) {
      const AccessToken granted = test::run_on(loop, provider());
      EXPECT_EQ(granted.token.reveal(), "t");
      EXPECT_EQ(secret.count(), before) << "after a fetch";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, WipedSecrets, ::testing::Bool(), &test::scheme_of);

TEST_P(WipedSecrets, the_key_of_a_model) {
  ASSERT_EQ(secret.count(), 0u);
  {
    auto made = options();
    made.api_key = hidden();
    ASSERT_EQ(secret.count(), 4u) << "the search finds all pieces of the one that there is";
    const AzureChatOpenAI model(made);
    made.api_key = Secret();
    expect_no_more_after_calls(model, 4u);
  }
  EXPECT_EQ(secret.count(), 0u) << "when the model is gone";
  close_idle(loop);
  EXPECT_EQ(secret.count(), 0u);
}

TEST_P(WipedSecrets, the_header_of_a_gateway) {
  {
    auto made = options();
    made.api_key = Secret("another");
    made.default_headers.emplace_back("x-gateway-key", hidden());
    const std::size_t given = secret.count();
    ASSERT_GT(given, 0u);
    const AzureChatOpenAI model(made);
    made.default_headers.clear();
    made.default_headers.shrink_to_fit();
    expect_no_more_after_calls(model, secret.count());
  }
  EXPECT_EQ(secret.count(), 0u) << "when the model is gone";
  close_idle(loop);
  EXPECT_EQ(secret.count(), 0u);
}

/// `environment_variable` owns the memory of the variable and wipes it.
TEST_P(WipedSecrets, the_header_of_a_services_identity) {
  {
    std::optional<TokenProvider> provider;
    {
      const Secret text = hidden();
      const test::environment_variable endpoint("IDENTITY_ENDPOINT", server.endpoint() + "/msi/token");
      const test::environment_variable header("IDENTITY_HEADER", text.reveal());
      ManagedIdentityOptions made;
      made.tls.ca_pem = server.ca_pem();
      provider.emplace(ManagedIdentityCredential(made));
    }
    ASSERT_EQ(secret.count(), 4u) << "the credential has it, and nobody else";
    expect_no_more_after_fetches(*provider);
  }
  EXPECT_EQ(secret.count(), 0u);
}

TEST_P(WipedSecrets, the_secret_of_a_client) {
  {
    std::optional<TokenProvider> provider;
    {
      ClientSecretOptions made;
      made.tenant_id = "tenant";
      made.client_id = "client";
      made.client_secret = hidden();
      made.authority_host = server.endpoint();
      made.tls.ca_pem = server.ca_pem();
      made.proxy.from_environment = false;
      provider.emplace(ClientSecretCredential(made));
    }
    ASSERT_EQ(secret.count(), 4u);
    expect_no_more_after_fetches(*provider);
  }
  EXPECT_EQ(secret.count(), 0u);
}

TEST_P(WipedSecrets, the_token_that_is_granted) {
  ClientSecretOptions made;
  made.tenant_id = "tenant";
  made.client_id = "other";
  made.client_secret = "s";
  made.authority_host = server.endpoint();
  made.tls.ca_pem = server.ca_pem();
  made.proxy.from_environment = false;
  const ClientSecretCredential provider(made);
  {
    const AccessToken granted = test::run_on(loop, provider());
    EXPECT_EQ(granted.token.size(), hidden_secret::size);
    EXPECT_EQ(secret.count(), 4u) << "in what was granted only";
  }
  EXPECT_EQ(secret.count(), 0u);
}

TEST_P(WipedSecrets, the_credential_in_the_environment) {
  for (const char* name : {"AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"}) {
    {
      std::optional<AzureChatOpenAI> model;
      {
        const Secret text = hidden();
        const test::environment_variable variable(name, text.reveal());
        model.emplace(options());
      }
      EXPECT_EQ(secret.count(), 4u) << "the model has it, and nobody else: " << name;
    }
    EXPECT_EQ(secret.count(), 0u) << name;
  }
}

/// A server is also a proxy for plain http.
class WipedProxySecrets : public WipedSecrets {};
INSTANTIATE_TEST_SUITE_P(Http, WipedProxySecrets, ::testing::Values(false), &test::scheme_of);

TEST_P(WipedProxySecrets, the_credentials_of_a_proxy) {
  const hidden_secret encoded = secret.in_base64();
  ASSERT_EQ(secret.count() + encoded.count(), 0u);
  {
    auto made = options();
    made.api_key = "key";
    made.azure_endpoint = "http://model.example";
    const std::string port = server.endpoint().substr(server.endpoint().rfind(':'));
    made.proxy.url = hidden("http://us:", "@127.0.0.1" + port);
    ASSERT_EQ(secret.count(), 4u);
    const AzureChatOpenAI model(made);
    made.proxy.url = Secret();
    EXPECT_EQ(secret.count(), 0u) << "the URL is taken apart";
    ASSERT_EQ(encoded.count(), 12u) << "both heads of the model have it, and what it masks";
    EXPECT_EQ(ask(model, "q"), "fine");
    EXPECT_EQ(ask(model, "fail"), "server");
    EXPECT_EQ(ask(model, "hang up"), "connect");
    EXPECT_EQ(encoded.count(), 12u);
  }
  EXPECT_EQ(secret.count() + encoded.count(), 0u) << "when the model is gone";
}

TEST_P(WipedSecrets, the_token_of_a_provider) {
  {
    auto made = options();
    made.azure_ad_token_provider = StaticTokenCredential(hidden());
    const AzureChatOpenAI model(made);
    EXPECT_EQ(ask(model, "q"), "fine");
    EXPECT_EQ(secret.count(), 8u) << "the provider has it, and the model, which keeps what it was granted";
    expect_no_more_after_calls(model, 8u);
  }
  EXPECT_EQ(secret.count(), 0u);
}

awaitable<Secret> copy_of(std::shared_ptr<const Secret> kept) { co_return *kept; }

TEST_P(WipedSecrets, the_key_of_a_provider) {
  {
    auto made = options();
    made.api_key_provider =
        KeyProvider([kept = std::make_shared<const Secret>(hidden())] { return copy_of(kept); });
    const AzureChatOpenAI model(made);
    EXPECT_EQ(ask(model, "q"), "fine");
    EXPECT_EQ(secret.count(), 8u) << "the provider has it, and keeps what it was given";
    expect_no_more_after_calls(model, 8u);
  }
  EXPECT_EQ(secret.count(), 0u);
}

}  // namespace
}  // namespace corochain::wiped_secrets_test
