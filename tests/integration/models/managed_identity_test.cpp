// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Managed identities: a server of the test takes the place of each endpoint, and the environment names it.

#include <gtest/gtest.h>

#include <optional>

#include "support/environment_variable.hpp"
#include "support/mock_chain.hpp"
#include "support/temporary_folder.hpp"

namespace corochain::managed_identity_test {
namespace {
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;
using namespace std::chrono_literals;

MockReply token(const std::string& text) {
  return MockReply::raw(200, "application/json",
                        R"({"expires_on":"4102444800","access_token":")" + text + "\"}");
}
std::string ask(const TokenProvider& provider, const std::string& scope = "") {
  return std::string(run(provider(TokenRequest(scope))).token.reveal());
}

/// A machine of Azure Arc: its agent wants the content of a file of the folder.
class ArcMachine : public ::testing::Test {
 protected:
  const test::temporary_folder folder;
  MockServer agent{test::plain_http()};
  const test::environment_variable identity{"IDENTITY_ENDPOINT",
                                            agent.endpoint() + "/metadata/identity/oauth2/token"};
  const test::environment_variable imds{"IMDS_ENDPOINT", agent.endpoint()};
  std::string realm = folder.file("challenge.key", "canary-key\n");
  MockReply after_the_key = token("arc-token");

  ArcMachine() {
    agent.respond_with([this](const RecordedRequest& request) {
      if (request.header("authorization") == "Basic canary-key") return after_the_key;
      return MockReply::raw(401, "application/json", "{}").header("WWW-Authenticate", "Basic realm=" + realm);
    });
  }
  ManagedIdentityOptions options() const {
    ManagedIdentityOptions made;
    made.arc_key_directory = folder.path();
    return made;
  }
  std::string refusal() {
    try {
      return ask(ManagedIdentityCredential(options()));
    } catch (const AuthenticationError& error) {
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
      return error.what();
    }
  }
};

TEST_F(ArcMachine, proves_itself_by_the_file_that_the_agent_names) {
  EXPECT_EQ(ask(ManagedIdentityCredential(options())), "arc-token");
  const auto requests = agent.requests();
  ASSERT_EQ(requests.size(), 2u);
  for (const RecordedRequest& each : requests) {
    EXPECT_EQ(each.method, "GET");
    EXPECT_EQ(each.target,
              "/metadata/identity/oauth2/token?api-version=2019-11-01&resource=https%3A%2F%2F"
              "cognitiveservices.azure.com");
    EXPECT_EQ(each.header("metadata"), "true");
  }
  EXPECT_EQ(requests[0].header("authorization"), "");
  EXPECT_EQ(requests[1].header("authorization"), "Basic canary-key");
}

TEST_F(ArcMachine, reads_the_file_for_each_fetch) {
  const ManagedIdentityCredential credential(options());
  EXPECT_EQ(ask(credential), "arc-token");
  realm = folder.file("next.key", "canary-key");
  EXPECT_EQ(ask(credential), "arc-token");
  EXPECT_EQ(agent.request_count(), 4u);
}

TEST_F(ArcMachine, sends_no_other_file) {
  for (const std::string& other :
       {std::string("/etc/passwd"), folder.path() + "/../challenge.key", folder.file("canary.txt", "x"),
        folder.path() + "/missing.key", folder.file("large.key", std::string(5000, 'k'))}) {
    realm = other;
    const std::size_t before = agent.request_count();
    EXPECT_NE(refusal().find("Azure Arc"), std::string::npos) << other;
    EXPECT_EQ(agent.request_count(), before + 1) << "nothing is sent after the challenge";
  }
}

TEST_F(ArcMachine, ends_at_a_second_refusal) {
  after_the_key = MockReply::raw(401, "application/json", R"({"error":"invalid","error_description":"no"})")
                      .header("WWW-Authenticate", "Basic realm=" + realm);
  EXPECT_NE(refusal().find("HTTP 401"), std::string::npos);
  EXPECT_EQ(agent.request_count(), 2u);
}

TEST_F(ArcMachine, is_asked_again_after_what_passes) {
  agent.reply(MockReply::error(503, "x", "later").header("retry-after-ms", "1"));
  EXPECT_EQ(ask(ManagedIdentityCredential(options())), "arc-token");
  EXPECT_EQ(agent.request_count(), 3u);
}

/// A 401 to the first request does not decide the second exchange.
TEST_F(ArcMachine, is_asked_again_after_an_unanswered_request) {
  for (const MockReply& failure : {MockReply::reset(), MockReply::drop()}) {
    std::size_t tries = 0;
    agent.respond_with([&](const RecordedRequest& request) {
      if (request.header("authorization").empty())
        return MockReply::raw(401, "application/json", "{}")
            .header("WWW-Authenticate", "Basic realm=" + realm)
            .close();
      return ++tries == 1 ? failure : after_the_key;
    });
    EXPECT_EQ(ask(ManagedIdentityCredential(options())), "arc-token");
    EXPECT_EQ(tries, 2u);
  }
}

TEST_F(ArcMachine, keeps_its_key_out_of_the_agents_words) {
  after_the_key = MockReply::raw(400, "application/json",
                                 R"({"error":"canary-key","error_description":"Basic canary-key is old"})");
  try {
    ask(ManagedIdentityCredential(options()));
    ADD_FAILURE();
  } catch (const AuthenticationError& error) {
    EXPECT_EQ(error.details().server_code, "***");
    EXPECT_EQ(error.server_message(), "Basic *** is old");
  }
}

TEST_F(ArcMachine, has_one_identity_only) {
  ManagedIdentityOptions other = options();
  other.client_id = "another";
  EXPECT_THROW(ManagedIdentityCredential{other}, ConfigError);
}

/// Azure Machine Learning.
class MachineLearning : public ::testing::Test {
 protected:
  MockServer server{test::plain_http()};
  const test::environment_variable endpoint{"MSI_ENDPOINT", server.endpoint() + "/MSI/auth"};
  const test::environment_variable secret{"MSI_SECRET", "canary-secret"};

  MachineLearning() {
    server.respond_with([](const RecordedRequest&) { return token("ml-token"); });
  }
  std::string last_target() const { return server.requests().back().target; }
};

TEST_F(MachineLearning, is_told_the_secret) {
  EXPECT_EQ(ask(ManagedIdentityCredential()), "ml-token");
  EXPECT_EQ(server.requests().at(0).method, "GET");
  EXPECT_EQ(server.requests().at(0).header("secret"), "canary-secret");
  EXPECT_EQ(last_target(),
            "/MSI/auth?api-version=2017-09-01&resource=https%3A%2F%2Fcognitiveservices.azure.com");
}

TEST_F(MachineLearning, keeps_the_secret_out_of_the_endpoints_words) {
  server.respond_with([](const RecordedRequest& request) {
    return MockReply::raw(400, "text/plain",
                          request.header("secret") + request.header("x-identity-header") + " is wrong");
  });
  const auto words = [] {
    try {
      return ask(ManagedIdentityCredential());
    } catch (const AuthenticationError& error) {
      return error.server_message();
    }
  };
  EXPECT_EQ(words(), "*** is wrong");
  const test::environment_variable identity("IDENTITY_ENDPOINT", server.endpoint() + "/msi/token");
  const test::environment_variable header("IDENTITY_HEADER", "canary-header");
  EXPECT_EQ(words(), "*** is wrong");
}

TEST_F(MachineLearning, is_asked_for_the_identity_that_is_named) {
  const test::environment_variable default_identity("DEFAULT_IDENTITY_CLIENT_ID", "of the cluster");
  EXPECT_EQ(ask(ManagedIdentityCredential(), "https://ai.azure.com/.default"), "ml-token");
  EXPECT_EQ(
      last_target(),
      "/MSI/auth?api-version=2017-09-01&resource=https%3A%2F%2Fai.azure.com&clientid=of%20the%20cluster");
  ManagedIdentityOptions mine;
  mine.client_id = "mine";
  EXPECT_EQ(ask(ManagedIdentityCredential(mine)), "ml-token");
  EXPECT_TRUE(last_target().ends_with("&clientid=mine"));
}

TEST_F(MachineLearning, gives_way_to_app_service_and_comes_before_arc) {
  MockServer other(test::plain_http());
  other.respond_with([](const RecordedRequest&) { return token("other-token"); });
  const test::environment_variable identity("IDENTITY_ENDPOINT", other.endpoint() + "/msi/token");
  const test::environment_variable imds("IMDS_ENDPOINT", other.endpoint());
  EXPECT_EQ(ask(ManagedIdentityCredential()), "ml-token");
  const test::environment_variable header("IDENTITY_HEADER", "h");
  EXPECT_EQ(ask(ManagedIdentityCredential()), "other-token");
}

TEST_F(MachineLearning, refuses_a_secret_that_is_no_header) {
  const test::environment_variable broken("MSI_SECRET", "canary\r\nx: y");
  EXPECT_THROW(ManagedIdentityCredential{}, ConfigError);
}

TEST(ManagedIdentity, is_asked_for_the_scope_of_the_model) {
  MockServer machine(test::plain_http()), service;
  machine.respond_with([](const RecordedRequest&) { return token("t"); });
  ManagedIdentityOptions identity;
  identity.metadata_endpoint = machine.endpoint();
  AzureOptions options = test::options_for(service);
  options.api_key = Secret();
  options.azure_ad_token_provider = ManagedIdentityCredential(identity);
  const auto dated = test::chain_for(options);
  options.api_version = "v1";
  const auto current = test::chain_for(options);
  EXPECT_EQ(dated.invoke("q"), "echo: q");
  EXPECT_EQ(current.invoke("q"), "echo: q");
  EXPECT_EQ(dated.invoke("q"), "echo: q");
  EXPECT_EQ(current.invoke("q"), "echo: q");
  const auto asked = machine.requests();
  ASSERT_EQ(asked.size(), 2u) << "tokens are kept by their scope, for all models with the credential";
  EXPECT_NE(asked[0].target.find("resource=https%3A%2F%2Fcognitiveservices.azure.com"), std::string::npos);
  EXPECT_NE(asked[1].target.find("resource=https%3A%2F%2Fai.azure.com"), std::string::npos);
}

}  // namespace
}  // namespace corochain::managed_identity_test
