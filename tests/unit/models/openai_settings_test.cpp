// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/openai_settings.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "corochain/concurrency/run.hpp"
#include "corochain/core/error.hpp"
#include "models/token_source.hpp"
#include "support/request_text.hpp"

namespace corochain::models::openai_settings_test {
namespace {

/// The head of a request with these options and variables.
std::string head_of(const OpenAIOptions& options, const std::map<std::string, std::string>& variables) {
  const chat_settings settings =
      openai_settings(options, [&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      });
  const service_settings& service = *settings.service;
  codec::http_request request(service.head);
  request.set_credential(service.credential.header, service.credential.prefix, service.credential.secret);
  return test::request_text(request);
}
bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const std::map<std::string, std::string> all{{"OPENAI_API_KEY", "canary-key"},
                                             {"OPENAI_ORG_ID", "canary-org"},
                                             {"OPENAI_PROJECT_ID", "canary-project"}};

TEST(openai_settings, what_the_environment_holds_goes_to_openai) {
  OpenAIOptions options;
  options.model = "m";
  const std::string head = head_of(options, all);
  EXPECT_TRUE(holds(head, "Host: api.openai.com\r\n"));
  EXPECT_TRUE(holds(head, "Authorization: Bearer canary-key\r\n"));
  EXPECT_TRUE(holds(head, "OpenAI-Organization: canary-org\r\n"));
  EXPECT_TRUE(holds(head, "OpenAI-Project: canary-project\r\n"));
}

TEST(openai_settings, and_to_no_stranger) {
  OpenAIOptions options;
  options.model = "m";
  options.base_url = "https://gateway.example/v1";
  EXPECT_FALSE(holds(head_of(options, all), "canary"));
  options.organization = "mine";
  EXPECT_TRUE(holds(head_of(options, all), "OpenAI-Organization: mine\r\n"));
}

TEST(openai_settings, a_server_of_the_environment_gets_its_key) {
  OpenAIOptions options;
  options.model = "m";
  auto variables = all;
  variables["OPENAI_BASE_URL"] = "https://gateway.example/v1";
  EXPECT_TRUE(holds(head_of(options, variables), "Authorization: Bearer canary-key\r\n"));
}

TEST(openai_settings, models_of_one_endpoint_share_no_pause) {
  OpenAIOptions options;
  options.model = "one";
  options.api_key = "k";
  const auto none = [](const char*) -> std::optional<std::string> { return std::nullopt; };
  const auto first = openai_settings(options, none).service, again = openai_settings(options, none).service;
  options.model = "two";
  EXPECT_EQ(first->deployment, again->deployment);
  EXPECT_NE(first->deployment, openai_settings(options, none).service->deployment);
}

awaitable<Secret> fetched_key() { co_return Secret("canary-fetched"); }

TEST(openai_settings, a_key_provider_takes_the_place_of_a_key) {
  OpenAIOptions options;
  options.model = "m";
  options.api_key_provider = &fetched_key;
  const auto service_with = [&](std::map<std::string, std::string> variables) {
    return openai_settings(options,
                           [variables](const char* name) -> std::optional<std::string> {
                             const auto found = variables.find(name);
                             if (found == variables.end()) return std::nullopt;
                             return found->second;
                           })
        .service;
  };
  for (const auto& service : {service_with({}), service_with(all)}) {
    ASSERT_NE(service->credential.tokens, nullptr);
    EXPECT_TRUE(service->credential.secret.empty());
    EXPECT_EQ(service->credential.header, "Authorization");
    EXPECT_EQ(run(token_source::token(service->credential.tokens)).reveal(), "canary-fetched");
    EXPECT_FALSE(service->sends_client_request_id);
  }
  options.base_url = "https://gateway.example/v1";
  EXPECT_NE(service_with({})->credential.tokens, nullptr);
  options.api_key = "canary-key";
  try {
    service_with({});
    ADD_FAILURE();
  } catch (const ConfigError& error) {
    EXPECT_TRUE(holds(error.what(), "api_key_provider")) << error.what();
    EXPECT_FALSE(holds(error.what(), "canary")) << error.what();
  }
}

TEST(openai_settings, a_limit_is_sent_by_the_name_that_is_asked_for) {
  OpenAIOptions options;
  options.model = "m";
  options.api_key = "k";
  options.max_tokens = 7;
  const auto body = [&] {
    const auto none = [](const char*) -> std::optional<std::string> { return std::nullopt; };
    return openai_settings(options, none).prepared.whole;
  };
  EXPECT_TRUE(holds(body(), R"("max_completion_tokens":7)"));
  options.legacy_max_tokens = true;
  EXPECT_TRUE(holds(body(), R"("max_tokens":7)"));
  EXPECT_FALSE(holds(body(), "max_completion_tokens"));
}

}  // namespace
}  // namespace corochain::models::openai_settings_test
