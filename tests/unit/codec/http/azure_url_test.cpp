// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/azure_url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "corochain/core/error.hpp"

namespace corochain::codec::azure_url_test {
namespace {

azure_address read(const std::string& text) {
  return read_azure_address(parse_url(text, "option"), "option");
}

/// Returns the target of a chat. Parts that are not given come from the endpoint itself.
std::string chat(const std::string& endpoint, const std::string& deployment, const std::string& version) {
  const azure_address address = read(endpoint);
  return azure_target(address, deployment.empty() ? address.deployment : deployment,
                      version.empty() ? address.api_version : version, "/chat/completions");
}

/// Returns the text of the refusal, or an empty text.
std::string refusal(const std::string& endpoint) {
  try {
    read(endpoint);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

const std::vector<std::string> hosts{"https://r.openai.azure.com",
                                     "https://r.services.ai.azure.com",
                                     "https://r.cognitiveservices.azure.com",
                                     "https://r.openai.azure.us",
                                     "https://r.services.ai.azure.us",
                                     "https://r.openai.azure.cn",
                                     "https://r.cognitiveservices.azure.cn",
                                     "https://eastus.api.cognitive.microsoft.com"};

TEST(azure_url, takes_every_form_of_a_resource_on_every_host) {
  for (const std::string& host : hosts)
    for (const char* slashes : {"", "/", "//"}) {
      for (const char* form : {"", "/openai", "/openai/v1"}) {
        EXPECT_EQ(chat(host + form + slashes, "d", ""), "/openai/v1/chat/completions")
            << host << form << slashes;
        EXPECT_EQ(read(host + form + slashes).deployment, "");
      }
      for (const char* form : {"", "/openai"})
        EXPECT_EQ(chat(host + form + slashes, "d", "2024-10-21"),
                  "/openai/deployments/d/chat/completions?api-version=2024-10-21")
            << host << form << slashes;
    }
}

TEST(azure_url, takes_every_target_uri_on_every_host) {
  for (const std::string& host : hosts)
    for (const char* slashes : {"", "/"}) {
      EXPECT_EQ(chat(host + "/openai/v1/chat/completions" + slashes, "d", ""), "/openai/v1/chat/completions");
      EXPECT_EQ(chat(host + "/openai/v1/responses" + slashes, "d", ""), "/openai/v1/chat/completions");
      EXPECT_EQ(
          chat(host + "/openai/deployments/my%20model/chat/completions" + slashes + "?api-version=2024-10-21",
               "", ""),
          "/openai/deployments/my%20model/chat/completions?api-version=2024-10-21");
      EXPECT_EQ(chat(host + "/openai/responses" + slashes + "?api-version=2025-04-01-preview", "d", ""),
                "/openai/deployments/d/chat/completions?api-version=2025-04-01-preview");
    }
}

TEST(azure_url, reads_deployment_and_version_out_of_a_target_uri) {
  const azure_address chat_uri =
      read("https://r.openai.azure.com/openai/deployments/gpt%2D4o/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(chat_uri.deployment, "gpt-4o");
  EXPECT_EQ(chat_uri.api_version, "2024-10-21");
  EXPECT_EQ(chat_uri.operation, "/chat/completions");
  EXPECT_FALSE(chat_uri.names_v1);
  const azure_address embeddings_uri =
      read("https://r.cognitiveservices.azure.com/openai/deployments/e/embeddings?api-version=2023-05-15");
  EXPECT_EQ(embeddings_uri.deployment, "e");
  EXPECT_EQ(embeddings_uri.operation, "/embeddings");
  EXPECT_EQ(azure_target(embeddings_uri, "e", "2023-05-15", "/embeddings"),
            "/openai/deployments/e/embeddings?api-version=2023-05-15");
  const azure_address no_operation = read("https://r.openai.azure.com/openai/deployments/d/");
  EXPECT_EQ(no_operation.deployment, "d");
  EXPECT_EQ(no_operation.operation, "");
}

TEST(azure_url, a_path_of_the_v1_api_beats_dated_versions) {
  for (const char* endpoint :
       {"https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1/chat/completions",
        "https://r.openai.azure.com/openai/v1/chat/completions?api-version=2024-10-21"}) {
    EXPECT_TRUE(read(endpoint).names_v1);
    EXPECT_EQ(chat(endpoint, "d", ""), "/openai/v1/chat/completions");
    EXPECT_EQ(chat(endpoint, "d", "2024-10-21"), "/openai/v1/chat/completions");
  }
  EXPECT_EQ(chat("https://r.openai.azure.com/openai/v1/?api-version=preview", "d", ""),
            "/openai/v1/chat/completions?api-version=preview");
}

TEST(azure_url, knows_the_versions_of_the_v1_api) {
  for (const char* version : {"", "v1", "preview", "latest"}) EXPECT_TRUE(is_azure_v1(version)) << version;
  for (const char* version : {"2024-10-21", "2025-04-01-preview", "v2"})
    EXPECT_FALSE(is_azure_v1(version)) << version;
  EXPECT_EQ(chat("https://r.openai.azure.com", "d", "v1"), "/openai/v1/chat/completions");
  EXPECT_EQ(chat("https://r.openai.azure.com", "d", "preview"),
            "/openai/v1/chat/completions?api-version=preview");
  EXPECT_EQ(chat("https://r.openai.azure.com", "d", "latest"),
            "/openai/v1/chat/completions?api-version=latest");
}

TEST(azure_url, encodes_deployment_and_version) {
  EXPECT_EQ(chat("https://r.openai.azure.com/", "my model/1", "a&b"),
            "/openai/deployments/my%20model%2F1/chat/completions?api-version=a%26b");
}

TEST(azure_url, keeps_a_gateways_path) {
  EXPECT_EQ(chat("https://gw.example.com/team/ai//", "d", ""), "/team/ai/openai/v1/chat/completions");
  EXPECT_EQ(chat("https://gw.example.com/team", "d", "2"),
            "/team/openai/deployments/d/chat/completions?api-version=2");
  EXPECT_EQ(chat("https://gw.example.com/team/openai/v1/chat/completions", "d", ""),
            "/team/openai/v1/chat/completions");
  EXPECT_EQ(chat("https://gw.example.com/openai/team/openai/deployments/d?api-version=2", "", ""),
            "/openai/team/openai/deployments/d/chat/completions?api-version=2");
  EXPECT_EQ(chat("https://gw.example.com/openai-eu", "d", ""), "/openai-eu/openai/v1/chat/completions");
  EXPECT_EQ(chat("https://gw.example.com/my-models", "d", ""), "/my-models/openai/v1/chat/completions");
}

TEST(azure_url, takes_a_deployment_that_is_named_like_the_api) {
  for (const std::string name : {"openai-4o", "openai.eu", "my-openai"}) {
    const std::string endpoint = "https://r.openai.azure.com/openai/deployments/" + name;
    EXPECT_EQ(read(endpoint).deployment, name);
    EXPECT_EQ(chat(endpoint + "/chat/completions?api-version=2", "", ""),
              "/openai/deployments/" + name + "/chat/completions?api-version=2");
  }
}

TEST(azure_url, tells_the_right_form_where_another_api_is_named) {
  for (const char* path : {"/models", "/models/", "/models/chat/completions",
                           "/models/chat/completions?api-version=2024-05-01-preview", "/models/embeddings",
                           "/api/projects/p", "/api/projects/p/", "/api/projects"}) {
    const std::string text = refusal(std::string("https://r.services.ai.azure.com") + path);
    EXPECT_NE(text.find("option is the address of"), std::string::npos) << path << ": " << text;
    EXPECT_NE(text.find("write https://r.services.ai.azure.com/openai/v1"), std::string::npos)
        << path << ": " << text;
  }
}

TEST(azure_url, refuses_what_cannot_work) {
  const azure_address address = read("https://r.openai.azure.com");
  for (std::string_view deployment : {"", ".", "..", "a\nb"})
    EXPECT_THROW(azure_target(address, deployment, "2024-10-21", "/chat/completions"), ConfigError);
  EXPECT_THROW(azure_target(address, "d", "2024\r\n", "/chat/completions"), ConfigError);
  EXPECT_NE(refusal("https://r.openai.azure.com?key=canary").find("default_query"), std::string::npos);
  EXPECT_EQ(refusal("https://r.openai.azure.com?key=canary").find("canary"), std::string::npos);
  EXPECT_NE(refusal("https://server.example/v1/chat/completions").find("base_url"), std::string::npos);
  EXPECT_THROW(chat("https://r.openai.azure.com/openai/deployments/e/embeddings?api-version=1", "", ""),
               ConfigError);
  EXPECT_THROW(azure_target(read("https://r.openai.azure.com/openai/deployments/d/chat/completions"), "d",
                            "1", "/embeddings"),
               ConfigError);
  EXPECT_THROW(chat("https://r.openai.azure.com/openai/deployments/a%0Ab", "", "1"), ConfigError);
}

}  // namespace
}  // namespace corochain::codec::azure_url_test
