// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/entra/azure_scope.hpp"

#include <gtest/gtest.h>

namespace corochain::codec::azure_scope_test {
namespace {

TEST(azure_scope, a_host_tells_its_cloud) {
  for (const char* host :
       {"r.openai.azure.com", "R.SERVICES.AI.AZURE.COM", "r.cognitiveservices.azure.com.",
        "eastus.api.cognitive.microsoft.com", "login.microsoftonline.com", "gw.azure-api.net"})
    EXPECT_EQ(cloud_of_host(host), azure_cloud::common) << host;
  for (const char* host :
       {"r.openai.azure.us", "r.services.ai.azure.us", "login.microsoftonline.us", "gw.azure-api.us"})
    EXPECT_EQ(cloud_of_host(host), azure_cloud::us_government) << host;
  for (const char* host : {"r.openai.azure.cn", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn"})
    EXPECT_EQ(cloud_of_host(host), azure_cloud::china) << host;
  for (const char* host :
       {"", "127.0.0.1", "localhost", "gw.example.com", "notazure.us", "azure.com.example"})
    EXPECT_EQ(cloud_of_host(host), std::nullopt) << host;
}

TEST(azure_scope, a_url_tells_its_cloud_with_and_without_a_scheme) {
  for (const char* text : {"https://login.microsoftonline.us/", "login.microsoftonline.us",
                           "login.microsoftonline.us:443", "https://cognitiveservices.azure.us/.default"})
    EXPECT_EQ(cloud_of_url(text), azure_cloud::us_government) << text;
  for (const char* text : {"", "https://", "https://gw.example/azure.us", "api://an-application/.default"})
    EXPECT_EQ(cloud_of_url(text), std::nullopt) << text;
}

TEST(azure_scope, has_counterparts_in_every_cloud) {
  EXPECT_EQ(foundry_scope(azure_cloud::common), "https://ai.azure.com/.default");
  EXPECT_EQ(foundry_scope(azure_cloud::us_government), "https://ai.azure.us/.default");
  EXPECT_EQ(foundry_scope(azure_cloud::china), "https://ai.azure.cn/.default");
  EXPECT_EQ(cognitive_services_scope(azure_cloud::common), "https://cognitiveservices.azure.com/.default");
  EXPECT_EQ(cognitive_services_scope(azure_cloud::us_government),
            "https://cognitiveservices.azure.us/.default");
  EXPECT_EQ(cognitive_services_scope(azure_cloud::china), "https://cognitiveservices.azure.cn/.default");
  const azure_cloud all[] = {azure_cloud::common, azure_cloud::us_government, azure_cloud::china};
  for (const azure_cloud from : all)
    for (const azure_cloud to : all) {
      EXPECT_EQ(scope_in(to, foundry_scope(from)), foundry_scope(to));
      EXPECT_EQ(scope_in(to, cognitive_services_scope(from)), cognitive_services_scope(to));
      EXPECT_EQ(scope_in(to, "api://own/.default"), "api://own/.default");
    }
  for (const azure_cloud each : all) {
    EXPECT_EQ(cloud_of_url(foundry_scope(each)), each);
    EXPECT_EQ(cloud_of_url(token_authority(each)), each);
  }
}

TEST(azure_scope, knows_endpoints_of_foundry) {
  EXPECT_TRUE(is_foundry_host("r.services.ai.azure.com"));
  EXPECT_TRUE(is_foundry_host("r.services.ai.azure.us."));
  EXPECT_TRUE(is_foundry_host("r.services.ai.azure.cn"));
  EXPECT_FALSE(is_foundry_host("r.openai.azure.com"));
  EXPECT_FALSE(is_foundry_host("services.ai.azure.com.example"));
}

TEST(azure_scope, a_resource_is_a_scope_without_its_end) {
  EXPECT_EQ(resource_of("https://ai.azure.com/.default"), "https://ai.azure.com");
  EXPECT_EQ(resource_of("api://own"), "api://own");
}

}  // namespace
}  // namespace corochain::codec::azure_scope_test
