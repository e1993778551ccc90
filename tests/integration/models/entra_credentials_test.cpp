// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/entra_credentials.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>

#include "support/environment_variable.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"
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

/// All texts of an error.
std::string words_of(const Error& error) {
  const ErrorDetails& details = error.details();
  return std::string(error.what()) + '\n' + details.server_message + '\n' + details.server_code + '\n' +
         details.param;
}

/// Repeats the request's form as real servers do.
MockReply echo(const testing::RecordedRequest& request, std::size_t way) {
  std::string form = request.body;
  if (way == 0) return MockReply::raw(400, "text/plain", form);
  if (way == 1) return MockReply::raw(400, "application/json", R"({"error_description":")" + form + "\"}");
  if (way == 2) {  // with small letters in the escapes
    for (std::size_t at = form.find('%'); at != std::string::npos; at = form.find('%', at + 1))
      for (const std::size_t digit : {at + 1, at + 2})
        form[digit] = static_cast<char>(std::tolower(static_cast<unsigned char>(form[digit])));
    return MockReply::raw(400, "text/plain", form);
  }
  form.erase(0, form.find("&client_") + 1);
  return MockReply::raw(429, "application/json", R"({"error":")" + form.substr(0, 200) + "\"}")
      .header("retry-after-ms", "1");
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

TEST(ClientSecretCredential, posts_the_form_and_reads_the_token) {
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

TEST(ClientSecretCredential, refusals_are_typed_and_quote_no_secret) {
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

TEST(ClientSecretCredential, keeps_its_secret_out_of_the_endpoints_words) {
  for (const char* secret : {"canary/+secret&=7", "plain-canary-secret"})
    for (std::size_t way = 0; way < 4; ++way) {
      MockServer server;
      server.respond_with([way](const testing::RecordedRequest& request) { return echo(request, way); });
      ClientSecretOptions options = secret_options(server);
      options.client_secret = Secret(std::string(secret));
      try {
        ask(ClientSecretCredential(options));
        ADD_FAILURE() << way;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), way < 3 ? ErrorKind::authentication : ErrorKind::rate_limit);
        EXPECT_EQ(words_of(error).find("canary"), std::string::npos) << words_of(error);
        EXPECT_NE(words_of(error).find("client_secret=***"), std::string::npos) << words_of(error);
      }
    }
  MockServer server;  // one that decodes the form
  server.reply(MockReply::raw(400, "application/json", R"({"error":"canary\/+secret&=7"})"));
  ClientSecretOptions options = secret_options(server);
  options.client_secret = "canary/+secret&=7";
  try {
    ask(ClientSecretCredential(options));
    ADD_FAILURE();
  } catch (const AuthenticationError& error) {
    EXPECT_EQ(error.details().server_code, "***");
    EXPECT_EQ(words_of(error).find("canary"), std::string::npos) << words_of(error);
  }
}

/// The refusal of a proxy for plain http arrives as an answer, which may be truncated.
TEST(ClientSecretCredential, a_refusal_of_its_proxy_is_a_connect_error) {
  MockServer authority(test::plain_http());
  for (const char* body : {"Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\n{", "\r\nno"}) {
    test::raw_server proxy([&](test::raw_connection& client, std::size_t) {
      client.read_request();
      client.write(std::string("HTTP/1.1 407 Proxy Authentication Required\r\n") + body);
      client.wait_for_end();
    });
    ClientSecretOptions options = secret_options(authority);
    options.proxy.url = Secret("http://user:canary@127.0.0.1:" + std::to_string(proxy.port()));
    try {
      ask(ClientSecretCredential(options));
      ADD_FAILURE() << body;
    } catch (const ConnectError& error) {
      EXPECT_EQ(error.problem(), ConnectProblem::proxy) << error.what();
      EXPECT_NE(std::string(error.what()).find("407"), std::string::npos) << error.what();
    }
    EXPECT_EQ(proxy.connections(), 1u) << body;
  }
  EXPECT_EQ(authority.request_count(), 0u);
}

TEST(ClientSecretCredential, tries_again_what_passes) {
  MockServer server;
  server.reply(MockReply::error(503, "x", "later").header("retry-after-ms", "1"));
  server.reply(MockReply::error(429, "x", "later").header("retry-after-ms", "1"));
  server.reply(token("tok", R"("expires_in":"60")"));
  EXPECT_EQ(ask(ClientSecretCredential(secret_options(server))).token.reveal(), "tok");
  EXPECT_EQ(server.request_count(), 3u);
}

TEST(ClientSecretCredential, does_not_ask_before_the_time_that_is_advised) {
  MockServer server;
  server.reply(MockReply::error(503, "x", "later").header("Retry-After", "3600"));
  EXPECT_THROW(ask(ClientSecretCredential(secret_options(server))), Error);
  EXPECT_EQ(server.request_count(), 1u);
}

TEST(ClientSecretCredential, names_what_is_missing) {
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

TEST(WorkloadIdentityCredential, reads_its_file_for_each_fetch) {
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

TEST(WorkloadIdentityCredential, keeps_its_assertion_out_of_the_endpoints_words) {
  MockServer server;
  const test::temporary_folder folder;
  WorkloadIdentityOptions options;
  options.tenant_id = "t";
  options.client_id = "c";
  options.token_file_path = folder.file("token", "eyJ.canary-assertion+/==\n");
  options.authority_host = server.endpoint();
  options.tls.ca_pem = server.ca_pem();
  for (std::size_t way = 0; way < 4; ++way) {
    server.respond_with([way](const testing::RecordedRequest& request) { return echo(request, way); });
    try {
      ask(WorkloadIdentityCredential(options));
      ADD_FAILURE() << way;
    } catch (const Error& error) {
      EXPECT_EQ(words_of(error).find("canary"), std::string::npos) << words_of(error);
      EXPECT_NE(words_of(error).find("client_assertion=***"), std::string::npos) << words_of(error);
    }
  }
}

TEST(WorkloadIdentityCredential, takes_a_file_of_any_useful_size) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) { return token("tok"); });
  const test::temporary_folder folder;
  WorkloadIdentityOptions options;
  options.tenant_id = "t";
  options.client_id = "c";
  options.authority_host = server.endpoint();
  options.tls.ca_pem = server.ca_pem();
  for (const std::size_t size : {std::size_t{1}, std::size_t{100} * 1000}) {
    const std::string assertion(size, 'j');
    std::filesystem::create_symlink(folder.file("token" + std::to_string(size), assertion),
                                    folder.path() + "/link" + std::to_string(size));
    options.token_file_path = folder.path() + "/link" + std::to_string(size);  // as Kubernetes has it
    EXPECT_EQ(ask(WorkloadIdentityCredential(options)).token.reveal(), "tok");
    EXPECT_NE(server.requests().back().body.find("&client_assertion=" + assertion + "&"), std::string::npos);
  }
  for (const std::string& useless : {folder.file("empty", ""), folder.file("blank", " \n"), folder.path(),
                                     folder.file("huge", std::string(std::size_t{300} * 1024, 'j'))}) {
    options.token_file_path = useless;
    EXPECT_THROW(ask(WorkloadIdentityCredential(options)), ConfigError) << useless;
  }
  EXPECT_EQ(server.request_count(), 2u);
}

TEST(ManagedIdentityCredential, asks_the_machines_endpoint) {
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

TEST(ManagedIdentityCredential, asks_the_services_endpoint_where_there_is_one) {
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

TEST(ClientSecretCredential, a_stalled_endpoint_fails_all_calls_at_once) {
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

TEST(StaticTokenCredential, is_sent_as_it_is) {
  MockServer server;
  auto options = test::options_for(server);
  options.api_key = Secret();
  options.azure_ad_token_provider = StaticTokenCredential("static-token");
  EXPECT_EQ(test::chain_for(options).invoke("q"), "echo: q");
  EXPECT_EQ(header_of(server.requests().at(0), "Authorization"), "Bearer static-token");
}

TEST(ClientSecretCredential, a_status_stands_whatever_becomes_of_its_body) {
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

TEST(ClientSecretCredential, asks_for_the_scope_of_the_request) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) { return token("tok"); });
  ClientSecretOptions options = secret_options(server);
  run(ClientSecretCredential(options)(TokenRequest("https://ai.azure.com/.default")));
  EXPECT_EQ(scope_in(server.requests().back()), "https%3A%2F%2Fai.azure.com%2F.default");
  options.scope = "api://mine/.default";
  run(ClientSecretCredential(options)(TokenRequest("https://ai.azure.com/.default")));
  EXPECT_EQ(scope_in(server.requests().back()), "api%3A%2F%2Fmine%2F.default");
}

TEST(ClientSecretCredential, takes_an_authority_without_a_scheme) {
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

/// The host that a fetch goes to, as its proxy sees it.
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

TEST(ClientSecretCredential, asks_the_authority_of_the_scopes_cloud) {
  EXPECT_EQ(authority_for(""), "login.microsoftonline.com:443");
  EXPECT_EQ(authority_for("https://ai.azure.com/.default"), "login.microsoftonline.com:443");
  EXPECT_EQ(authority_for("api://mine/.default"), "login.microsoftonline.com:443");
  EXPECT_EQ(authority_for("https://ai.azure.us/.default"), "login.microsoftonline.us:443");
  EXPECT_EQ(authority_for("https://cognitiveservices.azure.cn/.default"), "login.chinacloudapi.cn:443");
  EXPECT_EQ(authority_for("https://ai.azure.us/.default", "login.example"), "login.example:443");
}

TEST(Credentials, are_told_the_scope_by_each_model) {
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

TEST(Credentials, are_named_by_the_error_of_a_401) {
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
