// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "corochain/testing/mock_server.hpp"
#include "integration/testing/blocking_client.hpp"
#include "support/base64_text.hpp"

namespace mock_server_tests::mock_embeddings_test {
namespace {

using corochain::testing::MockReply;
using corochain::testing::MockServer;
using corochain::testing::MockServerOptions;
using nlohmann::json;

const std::string embeddings_path = "/openai/deployments/emb/embeddings?api-version=2024-10-21";

class MockEmbeddings : public ::testing::Test {
 protected:
  static MockServerOptions plain() {
    MockServerOptions options;
    options.tls = false;
    return options;
  }
  MockServer server{plain()};
  blocking_client client{server};

  answer ask(const std::string& body, const std::string& path = embeddings_path) {
    client.send(path, body);
    return client.read();
  }
  json body_of(const std::string& body, const std::string& path = embeddings_path) {
    const answer got = ask(body, path);
    EXPECT_EQ(got.message.result_int(), 200u) << got.message.body();
    return json::parse(got.message.body());
  }
};

std::vector<float> decoded(const std::string& text) {
  const std::string bytes = corochain::test::decoded_base64(text).value();
  std::vector<float> values;
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t k = 4; k-- > 0;) bits = bits << 8 | static_cast<unsigned char>(bytes[i + k]);
    values.push_back(std::bit_cast<float>(bits));
  }
  return values;
}

TEST_F(MockEmbeddings, are_a_list_in_the_order_of_the_texts) {
  const json body = body_of(R"({"input":["12345678","b"],"dimensions":8})");
  EXPECT_EQ(body.at("object"), "list");
  EXPECT_EQ(body.at("model"), "emb");
  EXPECT_EQ(body.at("usage"), json::parse(R"({"prompt_tokens":3,"total_tokens":3})"));
  ASSERT_EQ(body.at("data").size(), 2u);
  EXPECT_EQ(body["data"][1].at("index"), 1);
  EXPECT_EQ(body["data"][1].at("object"), "embedding");
  const auto first = body["data"][0].at("embedding").get<std::vector<float>>();
  ASSERT_EQ(first.size(), 8u);
  double squares = 0;
  for (const float value : first) squares += double(value) * double(value);
  EXPECT_NEAR(std::sqrt(squares), 1, 1e-6);
  EXPECT_NE(body["data"][1]["embedding"].get<std::vector<float>>(), first);
  const json again = body_of(R"({"input":"12345678","dimensions":8})");  // a text by itself
  ASSERT_EQ(again.at("data").size(), 1u);
  EXPECT_EQ(again["data"][0]["embedding"].get<std::vector<float>>(), first);
}

TEST_F(MockEmbeddings, are_the_same_in_base64) {
  const json arrays = body_of(R"({"input":["a"],"encoding_format":"float"})");
  const json text = body_of(R"({"input":["a"],"encoding_format":"base64"})");
  const auto values = arrays["data"][0]["embedding"].get<std::vector<float>>();
  EXPECT_EQ(values.size(), 1536u);
  EXPECT_EQ(decoded(text["data"][0]["embedding"].get<std::string>()), values);
}

TEST_F(MockEmbeddings, are_at_all_paths_of_their_kind) {
  for (const char* path : {"/v1/embeddings", "/openai/v1/embeddings"})
    EXPECT_EQ(body_of(R"({"input":["a"],"model":"m"})", path).at("model"), "m");
  for (const char* path : {"/embeddings", "/openai/deployments//embeddings",
                           "/openai/deployments/a/b/embeddings", "/v2/embeddings"})
    EXPECT_EQ(ask(R"({"input":["a"]})", path).message.result_int(), 404u) << path;
}

TEST_F(MockEmbeddings, refuse_what_a_service_refuses) {
  json many;
  many["input"] = std::vector<std::string>(2049, "a");
  for (const std::string& body :
       {std::string("x"), std::string("{}"), std::string(R"({"input":[]})"), std::string(R"({"input":""})"),
        std::string(R"({"input":["a",""]})"), std::string(R"({"input":[5]})"), std::string(R"({"input":5})"),
        std::string(R"({"input":"a","dimensions":0})"), std::string(R"({"input":"a","dimensions":-1})"),
        std::string(R"({"input":"a","dimensions":1.5})"), std::string(R"({"input":"a","dimensions":3073})"),
        many.dump()})
    EXPECT_EQ(ask(body).message.result_int(), 400u) << body.substr(0, 80);
  many["input"].erase(0);
  many["dimensions"] = 1;
  EXPECT_EQ(body_of(many.dump()).at("data").size(), 2048u);
}

TEST_F(MockEmbeddings, are_scripted_too) {
  server.reply(MockReply::embeddings({{1, -2}, {0.5f, 3}}));
  const json body = body_of(R"({"input":["a","b"]})");
  EXPECT_EQ(decoded(body["data"][0]["embedding"].get<std::string>()), (std::vector<float>{1, -2}));
  EXPECT_EQ(decoded(body["data"][1]["embedding"].get<std::string>()), (std::vector<float>{0.5f, 3}));
}

}  // namespace
}  // namespace mock_server_tests::mock_embeddings_test
