// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/entra_credentials.hpp"

#include <gtest/gtest.h>

#include "support/environment_variable.hpp"
#include "support/mock_chain.hpp"
#include "support/temporary_folder.hpp"

namespace corochain::entra_credentials_test {
namespace {
using testing::MockReply;
using testing::MockServer;
using namespace std::chrono_literals;

MockReply token(const std::string& text, const std::string& expiry = R"("expires_in":3599)") {
  return MockReply::raw(200, "application/json",
                        R"({"token_type":"Bearer",)" + expiry + R"(,"access_token":")" + text + "\"}");
}

AccessToken ask(const TokenProvider& provider) { return run(provider()); }

std::string header_of(const testing::RecordedRequest& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers)
    if (name == wanted) return value;
  return "(none)";
}

ClientSecretOptions secret_options(const MockServer& server) {
  ClientSecretOptions options;
  options.tenant_id = "tenant/1";
  options.client_id = "client";
  options.client_secret = "s3cret&=";
  options.authority_host = server.endpoint();
  options.tls.ca_pem = server.ca_pem();
  return options;
}

TEST(ClientSecretCredential, PostsTheFormAndReadsTheToken) {
  MockServer server;
  server.reply(token("tok-1"));
  const auto before = std::chrono::system_clock::now();
  const AccessToken got = ask(ClientSecretCredential(secret_options(server)));
  EXPECT_EQ(got.token.reveal(), "tok-1");
  EXPECT_GE(got.expires_on, before + 3599s);
  EXPECT_LE(got.expires_on, std::chrono::system_clock::now() + 3599s);
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/tenant%2F1/oauth2/v2.0/token");
  EXPECT_EQ(request.body,
            "grant_type=client_credentials&client_id=client&client_secret=s3cret%26%3D&scope=https%3A%2F%2F"
            "cognitiveservices.azure.com%2F.default");
  EXPECT_EQ(header_of(request, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(ClientSecretCredential, RefusalsAreTypedAndQuoteNoSecret) {
  MockServer server;
  server.reply(
      MockReply::raw(401, "application/json",
                     R"({"error":"invalid_client","error_description":"AADSTS7000215: wrong s3cret&="})"));
  try {
    ask(ClientSecretCredential(secret_options(server)));
    ADD_FAILURE();
  } catch (const AuthenticationError& error) {
    EXPECT_NE(std::string(error.what()).find("AADSTS7000215"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("s3cret"), std::string::npos);
  }
  EXPECT_EQ(server.request_count(), 1u);
  for (const char* body :
       {"", "{}", "<html>", R"({"access_token":5})", R"({"access_token":"x"})",
        R"({"access_token":"x","expires_in":"soon"})", R"({"access_token":"x","expires_in":-1})"}) {
    server.reply(MockReply::raw(200, "application/json", body));
    EXPECT_THROW(ask(ClientSecretCredential(secret_options(server))), ResponseFormatError) << body;
  }
}

TEST(ClientSecretCredential, TriesAgainWhatPasses) {
  MockServer server;
  server.reply(MockReply::error(503, "x", "later").header("retry-after-ms", "1"));
  server.reply(MockReply::error(429, "x", "later").header("retry-after-ms", "1"));
  server.reply(token("tok", R"("expires_in":"60")"));
  EXPECT_EQ(ask(ClientSecretCredential(secret_options(server))).token.reveal(), "tok");
  EXPECT_EQ(server.request_count(), 3u);
}

TEST(ClientSecretCredential, NamesWhatIsMissing) {
  MockServer server;
  const auto refused = [&](void (*change)(ClientSecretOptions&), const char* name) {
    auto options = secret_options(server);
    change(options);
    try {
      ClientSecretCredential credential(options);
      ADD_FAILURE() << name;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  };
  refused([](ClientSecretOptions& o) { o.tenant_id.clear(); }, "AZURE_TENANT_ID");
  refused([](ClientSecretOptions& o) { o.client_id.clear(); }, "AZURE_CLIENT_ID");
  refused([](ClientSecretOptions& o) { o.client_secret = Secret(); }, "AZURE_CLIENT_SECRET");
  refused([](ClientSecretOptions& o) { o.authority_host = "http://login.example"; }, "authority_host");
  refused([](ClientSecretOptions& o) { o.tenant_id = "a\r\nb"; }, "tenant_id");
}

TEST(WorkloadIdentityCredential, ReadsItsFileForEachFetch) {
  MockServer server;
  const test::temporary_folder folder;
  WorkloadIdentityOptions options;
  options.tenant_id = "t";
  options.client_id = "c";
  options.token_file_path = folder.path() + "/token";
  options.authority_host = server.endpoint();
  options.tls.ca_pem = server.ca_pem();
  const WorkloadIdentityCredential credential(options);
  EXPECT_THROW(ask(credential), ConfigError);
  for (const char* assertion : {"first\n", "second"}) {
    folder.file("token", assertion);
    server.reply(token("tok"));
    EXPECT_EQ(ask(credential).token.reveal(), "tok");
  }
  EXPECT_NE(server.requests().at(0).body.find("&client_assertion=first&"), std::string::npos);
  EXPECT_NE(server.requests().at(1).body.find("&client_assertion=second&"), std::string::npos);
}

TEST(ManagedIdentityCredential, AsksTheMachinesEndpoint) {
  MockServer server(test::plain_http());
  server.reply(token("tok", R"("expires_on":"4102444800")"));
  ManagedIdentityOptions options;
  options.metadata_endpoint = server.endpoint();
  options.client_id = "user assigned";
  const AccessToken got = ask(ManagedIdentityCredential(options));
  EXPECT_EQ(got.token.reveal(), "tok");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target,
            "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2F"
            "cognitiveservices.azure.com&client_id=user%20assigned");
  EXPECT_EQ(header_of(request, "Metadata"), "true");
}

TEST(ManagedIdentityCredential, AsksTheServicesEndpointWhereThereIsOne) {
  MockServer server(test::plain_http());
  const test::environment_variable endpoint("IDENTITY_ENDPOINT", server.endpoint() + "/msi/token");
  const test::environment_variable header("IDENTITY_HEADER", "canary");
  server.reply(token("tok", R"("expires_on":4102444800)"));
  EXPECT_EQ(ask(ManagedIdentityCredential()).token.reveal(), "tok");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.target,
            "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com");
  EXPECT_EQ(header_of(request, "X-IDENTITY-HEADER"), "canary");
}

TEST(ClientSecretCredential, AStalledEndpointFailsAllCallsInTheTimeOfOne) {
  MockServer authority, server;
  authority.hold_until(99);
  ClientSecretOptions credential = secret_options(authority);
  credential.timeout = 300ms;
  auto options = test::options_for(server);
  options.api_key = Secret();
  options.azure_ad_token_provider = ClientSecretCredential(credential);
  const std::vector<std::string> questions(5, "q");
  const QueryReport report = run(query_all(test::chain_for(options), questions));
  for (const QueryResult& each : report.results) {
    ASSERT_FALSE(each.ok());
    EXPECT_EQ(each.error->kind(), ErrorKind::timeout) << each.error->message();
    EXPECT_EQ(each.attempts.size(), 1u);
  }
  EXPECT_EQ(authority.request_count(), 1u);  // the others did not wait for a fetch of their own
  EXPECT_EQ(server.request_count(), 0u);
}

TEST(StaticTokenCredential, IsSentAsItIs) {
  MockServer server;
  auto options = test::options_for(server);
  options.api_key = Secret();
  options.azure_ad_token_provider = StaticTokenCredential("static-token");
  EXPECT_EQ(test::chain_for(options).invoke("q"), "echo: q");
  EXPECT_EQ(header_of(server.requests().at(0), "Authorization"), "Bearer static-token");
}

TEST(ClientSecretCredential, AStatusStandsWhateverBecomesOfItsBody) {
  MockServer server;
  server.reply(
      MockReply::error(503, "ServiceUnavailable", "later").header("retry-after-ms", "0").cut_body_after(3));
  server.reply(token("tok-2"));
  EXPECT_EQ(ask(ClientSecretCredential(secret_options(server))).token.reveal(), "tok-2");
  EXPECT_EQ(server.request_count(), 2u);
}

std::string scope_in(const testing::RecordedRequest& request) {
  return request.body.substr(request.body.find("scope=") + 6);
}

TEST(ClientSecretCredential, AsksForTheScopeOfTheRequest) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) { return token("tok"); });
  ClientSecretOptions options = secret_options(server);
  run(ClientSecretCredential(options)(TokenRequest("https://ai.azure.com/.default")));
  EXPECT_EQ(scope_in(server.requests().back()), "https%3A%2F%2Fai.azure.com%2F.default");
  options.scope = "api://mine/.default";
  run(ClientSecretCredential(options)(TokenRequest("https://ai.azure.com/.default")));
  EXPECT_EQ(scope_in(server.requests().back()), "api%3A%2F%2Fmine%2F.default");
}

TEST(ClientSecretCredential, TakesAnAuthorityWithoutAScheme) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) { return token("tok"); });
  const std::string host = server.endpoint().substr(std::string("https://").size());
  ClientSecretOptions options = secret_options(server);
  for (const char* end : {"", "/"}) {
    options.authority_host = host + end;
    EXPECT_EQ(ask(ClientSecretCredential(options)).token.reveal(), "tok");
    options.authority_host.clear();
    const test::environment_variable authority("AZURE_AUTHORITY_HOST", host + end);
    EXPECT_EQ(ask(ClientSecretCredential(options)).token.reveal(), "tok");
  }
  EXPECT_EQ(server.request_count(), 4u);
  for (const auto& each : server.requests()) EXPECT_EQ(each.target, "/tenant%2F1/oauth2/v2.0/token");
}

/// Where a fetch goes to, as the proxy in front of it hears.
std::string authority_for(const std::string& scope, const std::string& authority = "") {
  MockServer proxy(test::plain_http());
  ClientSecretOptions options;
  options.tenant_id = "t";
  options.client_id = "c";
  options.client_secret = "s";
  options.authority_host = authority;
  options.proxy.url = proxy.endpoint();
  EXPECT_THROW(run(ClientSecretCredential(options)(TokenRequest(scope))), Error);
  const auto asked = proxy.requests();
  return asked.empty() ? "nobody" : asked[0].target;
}

TEST(ClientSecretCredential, AsksTheAuthorityOfTheScopesCloud) {
  EXPECT_EQ(authority_for(""), "login.microsoftonline.com:443");
  EXPECT_EQ(authority_for("https://ai.azure.com/.default"), "login.microsoftonline.com:443");
  EXPECT_EQ(authority_for("api://mine/.default"), "login.microsoftonline.com:443");
  EXPECT_EQ(authority_for("https://ai.azure.us/.default"), "login.microsoftonline.us:443");
  EXPECT_EQ(authority_for("https://cognitiveservices.azure.cn/.default"), "login.chinacloudapi.cn:443");
  EXPECT_EQ(authority_for("https://ai.azure.us/.default", "login.example"), "login.example:443");
}

TEST(Credentials, AreToldTheScopeByEachModel) {
  MockServer authority, service;
  authority.respond_with([](const testing::RecordedRequest&) { return token("tok"); });
  AzureOptions options = test::options_for(service);
  options.api_key = Secret();
  options.azure_ad_token_provider = ClientSecretCredential(secret_options(authority));
  test::chain_for(options).invoke("q");
  options.api_version = "v1";
  test::chain_for(options).invoke("q");
  options.azure_ad_token_scope = "api://mine/.default";
  test::chain_for(options).invoke("q");
  test::chain_for(options).invoke("q");
  const auto asked = authority.requests();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(scope_in(asked[0]), "https%3A%2F%2Fcognitiveservices.azure.com%2F.default");
  EXPECT_EQ(scope_in(asked[1]), "https%3A%2F%2Fai.azure.com%2F.default");
  EXPECT_EQ(scope_in(asked[2]), "api%3A%2F%2Fmine%2F.default");
}

TEST(Credentials, AreNamedByTheErrorOfA401) {
  MockServer service;
  service.respond_with(
      [](const testing::RecordedRequest&) { return MockReply::error(401, "401", "wrong audience"); });
  AzureOptions options = test::options_for(service);
  const auto text = [&] {
    try {
      test::chain_for(options).invoke("q");
    } catch (const AuthenticationError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(text().find("scope"), std::string::npos);
  options.api_key = Secret();
  options.azure_ad_token_provider = StaticTokenCredential("a-token");
  for (const char* part : {"https://ai.azure.com/.default", "https://cognitiveservices.azure.com/.default",
                           "AzureOptions::azure_ad_token_scope"})
    EXPECT_NE(text().find(part), std::string::npos) << text();
}

}  // namespace
}  // namespace corochain::entra_credentials_test
