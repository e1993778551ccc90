// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/azure_settings.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "corochain/concurrency/run.hpp"
#include "corochain/core/error.hpp"
#include "models/embeddings_settings.hpp"
#include "models/token_source.hpp"
#include "support/request_text.hpp"

namespace corochain::models::azure_settings_test {
namespace {

using variable_values = std::map<std::string, std::string>;

environment variables_of(variable_values values) {
  return [values](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

awaitable<AccessToken> scope_as_token(TokenRequest request) {
  co_return AccessToken(Secret(request.scope), std::chrono::system_clock::time_point::max());
}
awaitable<Secret> a_key() { co_return Secret("canary"); }

AzureOptions by_key(const std::string& endpoint, const std::string& deployment = "",
                    const std::string& version = "") {
  AzureOptions options;
  options.azure_endpoint = endpoint;
  options.azure_deployment = deployment;
  options.api_version = version;
  options.api_key = "canary";
  return options;
}
AzureOptions by_token(const std::string& endpoint, const std::string& version = "") {
  AzureOptions options = by_key(endpoint, "d", version);
  options.api_key = Secret();
  options.azure_ad_token_provider = &scope_as_token;
  return options;
}

/// The target of the request line, and the model in the body.
std::string call_of(const AzureOptions& options, const variable_values& variables = {}) {
  const chat_settings settings = azure_settings(options, variables_of(variables));
  const std::string head = test::head_text(settings.service->head);
  const auto body = nlohmann::json::parse(R"({"messages":[)" + settings.prepared.whole);
  const std::string model = body.value("model", "");
  return head.substr(5, head.find(" HTTP/") - 5) + (model.empty() ? "" : " model=" + model);
}
std::string scope_of(const AzureOptions& options, const variable_values& variables = {}) {
  const auto settings = azure_settings(options, variables_of(variables)).service;
  return std::string(run(token_source::token(settings->credential.tokens)).reveal());
}
std::string complaint_about(const AzureOptions& options, const variable_values& variables = {}) {
  try {
    azure_settings(options, variables_of(variables));
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
    return error.what();
  }
  return "no error";
}
bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr const char* dated_uri =
    "https://r.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21";
constexpr const char* dated_call = "/openai/deployments/gpt/chat/completions?api-version=2024-10-21";

TEST(azure_settings, a_target_uri_fills_deployment_and_version) {
  EXPECT_EQ(call_of(by_key(dated_uri)), dated_call);
  EXPECT_EQ(call_of(by_key(dated_uri, "gpt", "2024-10-21")), dated_call);
  EXPECT_EQ(call_of(by_key(dated_uri),
                    {{"AZURE_OPENAI_DEPLOYMENT", "other"}, {"OPENAI_API_VERSION", "2023-05-15"}}),
            dated_call);
  EXPECT_EQ(call_of(by_key("https://r.openai.azure.com/openai/deployments/gpt/"),
                    {{"OPENAI_API_VERSION", "2024-10-21"}}),
            dated_call);
  EXPECT_EQ(call_of(by_key("https://r.openai.azure.com/openai/deployments/gpt")),
            "/openai/v1/chat/completions model=gpt");
  EXPECT_EQ(call_of(by_key("https://r.services.ai.azure.com/openai/v1/chat/completions/", "gpt")),
            "/openai/v1/chat/completions model=gpt");
}

TEST(azure_settings, a_value_that_contradicts_the_target_uri_is_refused) {
  EXPECT_TRUE(holds(complaint_about(by_key(dated_uri, "other")), "AzureOptions::azure_deployment"));
  for (const char* version : {"2023-05-15", "v1", "preview"})
    EXPECT_TRUE(holds(complaint_about(by_key(dated_uri, "", version)), "AzureOptions::api_version"))
        << version;
  EXPECT_TRUE(holds(complaint_about(by_key("https://r.openai.azure.com/openai/v1", "d", "2024-10-21")),
                    "AzureOptions::api_version"));
  EXPECT_EQ(complaint_about(by_key("https://r.openai.azure.com/openai/v1", "d", "v1")), "no error");
  EXPECT_EQ(call_of(by_key("https://r.openai.azure.com/openai/v1/", "d", "preview")),
            "/openai/v1/chat/completions?api-version=preview model=d");
}

TEST(azure_settings, explicit_values_beat_the_environments_endpoint) {
  const variable_values variables{{"AZURE_OPENAI_ENDPOINT", dated_uri}};
  EXPECT_EQ(call_of(by_key(""), variables), dated_call);
  EXPECT_EQ(call_of(by_key("", "mine"), variables),
            "/openai/deployments/mine/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(call_of(by_key("", "", "v1"), variables), "/openai/v1/chat/completions model=gpt");
  EXPECT_EQ(call_of(by_key("", "d", "2024-10-21"),
                    {{"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/openai/v1"}}),
            "/openai/deployments/d/chat/completions?api-version=2024-10-21");
}

TEST(azure_settings, a_v1_path_beats_the_environments_version) {
  const variable_values variables{{"OPENAI_API_VERSION", "2024-10-21"}};
  EXPECT_EQ(call_of(by_key("https://r.openai.azure.com/openai/v1/", "d"), variables),
            "/openai/v1/chat/completions model=d");
  EXPECT_EQ(call_of(by_key("https://r.openai.azure.com/openai/", "gpt"), variables), dated_call);
}

TEST(azure_settings, embeddings_take_the_same_forms) {
  AzureOpenAIEmbeddingsOptions options;
  options.api_key = "canary";
  const auto target = [&](const std::string& endpoint, const variable_values& variables = {}) {
    options.azure_endpoint = endpoint;
    const std::string head =
        test::head_text(azure_embeddings_settings(options, variables_of(variables)).service->head);
    return head.substr(5, head.find(" HTTP/") - 5);
  };
  EXPECT_EQ(target("https://r.openai.azure.com/openai/deployments/e/embeddings?api-version=2023-05-15"),
            "/openai/deployments/e/embeddings?api-version=2023-05-15");
  EXPECT_EQ(target("", {{"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/openai/v1/chat/completions"},
                        {"AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT", "e"}}),
            "/openai/v1/embeddings");
  EXPECT_THROW(target(dated_uri), ConfigError);
  EXPECT_THROW(target("https://r.services.ai.azure.com/models/embeddings"), ConfigError);
  options.azure_deployment = "e";
  EXPECT_EQ(target("", {{"AZURE_OPENAI_ENDPOINT", dated_uri}}),
            "/openai/deployments/e/embeddings?api-version=2024-10-21");
}

TEST(azure_settings, other_apis_are_refused_with_the_right_form) {
  for (const char* path :
       {"/models", "/models/chat/completions?api-version=2024-05-01-preview", "/api/projects/p/"}) {
    const std::string endpoint = std::string("https://r.services.ai.azure.com") + path;
    const std::string text = complaint_about(by_key(endpoint, "d"));
    EXPECT_TRUE(holds(text, "AzureOptions::azure_endpoint is the address of")) << text;
    EXPECT_TRUE(holds(text, "write https://r.services.ai.azure.com/openai/v1")) << text;
    EXPECT_TRUE(holds(complaint_about(by_key("", "d"), {{"AZURE_OPENAI_ENDPOINT", endpoint}}),
                      "AZURE_OPENAI_ENDPOINT is the address of"));
  }
}

TEST(azure_settings, the_surface_chooses_the_scope) {
  for (const char* endpoint : {"https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1/",
                               "https://r.services.ai.azure.com", "https://r.cognitiveservices.azure.com"})
    EXPECT_EQ(scope_of(by_token(endpoint)), "https://ai.azure.com/.default") << endpoint;
  for (const char* endpoint : {"https://r.openai.azure.com", "https://r.cognitiveservices.azure.com/"})
    EXPECT_EQ(scope_of(by_token(endpoint, "2024-10-21")), "https://cognitiveservices.azure.com/.default")
        << endpoint;
  EXPECT_EQ(scope_of(by_token("https://r.services.ai.azure.com", "2024-10-21")),
            "https://ai.azure.com/.default");
  EXPECT_EQ(scope_of(by_token("https://r.openai.azure.com", "preview")), "https://ai.azure.com/.default");
}

TEST(azure_settings, host_and_authority_choose_the_cloud) {
  EXPECT_EQ(scope_of(by_token("https://r.openai.azure.us")), "https://ai.azure.us/.default");
  EXPECT_EQ(scope_of(by_token("https://r.openai.azure.us", "2024-10-21")),
            "https://cognitiveservices.azure.us/.default");
  EXPECT_EQ(scope_of(by_token("https://r.openai.azure.cn")), "https://ai.azure.cn/.default");
  EXPECT_EQ(scope_of(by_token("https://r.openai.azure.cn", "2024-10-21")),
            "https://cognitiveservices.azure.cn/.default");
  for (const char* authority : {"https://login.microsoftonline.us", "login.microsoftonline.us/"}) {
    const variable_values variables{{"AZURE_AUTHORITY_HOST", authority}};
    EXPECT_EQ(scope_of(by_token("https://gw.example.com"), variables), "https://ai.azure.us/.default");
    EXPECT_EQ(scope_of(by_token("https://r.openai.azure.com"), variables), "https://ai.azure.com/.default");
  }
  EXPECT_EQ(scope_of(by_token("https://gw.example.com"), {{"AZURE_AUTHORITY_HOST", "no url at all"}}),
            "https://ai.azure.com/.default");
  AzureOptions gateway = by_token("", "2024-10-21");
  gateway.base_url = "https://gw.example.com/x";
  EXPECT_EQ(scope_of(gateway), "https://cognitiveservices.azure.com/.default");
  gateway.api_version.clear();
  EXPECT_EQ(scope_of(gateway, {{"OPENAI_API_VERSION", "2024-10-21"}}), "https://ai.azure.com/.default");
}

TEST(azure_settings, the_version_of_a_base_url_chooses_the_scope) {
  AzureOptions gateway = by_token("");
  for (const char* query : {"?api-version=2024-10-21", "?team=a&api-version=2024-10-21",
                            "?api-version=2025-01-01-preview&team=a", "?api-version=2024%2D10%2D21"}) {
    gateway.base_url = std::string("https://gw.example.com/x") + query;
    EXPECT_EQ(scope_of(gateway), "https://cognitiveservices.azure.com/.default") << query;
  }
  for (const char* query : {"?api-version=preview", "?api-version=v1", "?my-api-version=2024-10-21",
                            "?team=api-version=2024-10-21", "?api-version="}) {
    gateway.base_url = std::string("https://gw.example.com/x") + query;
    EXPECT_EQ(scope_of(gateway), "https://ai.azure.com/.default") << query;
  }
}

TEST(azure_settings, an_option_replaces_both_scopes) {
  for (const char* version : {"", "2024-10-21"}) {
    AzureOptions options = by_token("https://r.openai.azure.us", version);
    options.azure_ad_token_scope = "api://mine/.default";
    EXPECT_EQ(scope_of(options), "api://mine/.default");
    options.azure_ad_token_scope = "a\r\nb";
    EXPECT_TRUE(holds(complaint_about(options), "azure_ad_token_scope"));
  }
}

TEST(azure_settings, a_401_names_both_scopes_and_the_option) {
  const auto advice = [](const AzureOptions& options) {
    return azure_settings(options, variables_of({})).service->unauthorized_advice;
  };
  AzureOptions own = by_token("https://r.openai.azure.com");
  own.azure_ad_token_scope = "api://mine/.default";
  AzureOptions fixed = by_key("https://r.openai.azure.com", "d");
  fixed.api_key = Secret();
  fixed.azure_ad_token = "canary";
  for (const AzureOptions& options : {by_token("https://r.openai.azure.com"),
                                      by_token("https://r.openai.azure.com", "2024-10-21"), own, fixed}) {
    const std::string text = advice(options);
    EXPECT_TRUE(holds(text, "https://ai.azure.com/.default")) << text;
    EXPECT_TRUE(holds(text, "https://cognitiveservices.azure.com/.default")) << text;
    EXPECT_TRUE(holds(text, "AzureOptions::azure_ad_token_scope")) << text;
    EXPECT_FALSE(holds(text, "canary")) << text;
  }
  EXPECT_TRUE(
      holds(advice(by_token("https://r.openai.azure.us")), "https://cognitiveservices.azure.us/.default"));
  EXPECT_EQ(advice(by_key("https://r.openai.azure.com", "d")), "");
}

TEST(azure_settings, at_most_one_credential_is_taken) {
  const auto with = [](int which) {
    AzureOptions options = by_key("https://r.openai.azure.com", "d");
    options.api_key = which & 1 ? Secret("canary") : Secret();
    if (which & 2) options.api_key_provider = &a_key;
    if (which & 4) options.azure_ad_token = "canary";
    if (which & 8) options.azure_ad_token_provider = &scope_as_token;
    return options;
  };
  for (int which = 0; which < 16; ++which) {
    const bool one = which == 1 || which == 2 || which == 4 || which == 8;
    const std::string text = complaint_about(with(which));
    EXPECT_EQ(text == "no error", one) << which << ": " << text;
    if (!one) {
      EXPECT_TRUE(holds(text, "api_key_provider")) << text;
    }
    const variable_values variables{{"AZURE_OPENAI_API_KEY", "canary"}, {"AZURE_OPENAI_AD_TOKEN", "canary"}};
    EXPECT_EQ(complaint_about(with(which), variables) == "no error", one) << "explicit beats environment";
  }
}

TEST(azure_settings, a_call_is_named_unless_the_caller_names_it) {
  AzureOptions options = by_key("https://r.openai.azure.com", "d");
  EXPECT_TRUE(azure_settings(options, variables_of({})).service->sends_client_request_id);
  options.default_headers = {{"X-MS-Client-Request-Id", "mine"}};
  EXPECT_FALSE(azure_settings(options, variables_of({})).service->sends_client_request_id);
}

}  // namespace
}  // namespace corochain::models::azure_settings_test
