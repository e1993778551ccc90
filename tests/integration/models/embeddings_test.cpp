// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"
#include "support/mock_embeddings.hpp"

namespace corochain::embeddings_test {
namespace {
using test::embeddings_options_for;
using test::input_of;
using test::numbered_texts;
using test::vectors;
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;
using namespace std::chrono_literals;

class EmbeddingCalls : public test::http_and_https {
 protected:
  AzureOpenAIEmbeddingsOptions options = embeddings_options_for(server);

  AzureOpenAIEmbeddings embeddings() const { return AzureOpenAIEmbeddings(options); }

  OpenAIEmbeddingsOptions openai() const {
    OpenAIEmbeddingsOptions made;
    made.base_url = server.endpoint() + "/v1";
    made.model = "text-embedding-3-large";
    made.api_key = "canary-key-0123456789";
    made.tls.ca_pem = server.ca_pem();
    made.dimensions = 4;
    return made;
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, EmbeddingCalls, ::testing::Bool(), &test::scheme_of);

TEST_P(EmbeddingCalls, send_what_azure_expects) {
  options.user = "u-1";
  options.extra_body = R"({"input_type":"query"})";
  options.default_headers = {{"x-team", "blue"}};
  const vectors all = embeddings().embed_documents({"What is a \"strand\"?\n", "b"});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].size(), 4u);
  EXPECT_NE(all[0], all[1]);
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21");
  EXPECT_EQ(request.header("api-key"), "canary-key-0123456789");
  EXPECT_EQ(request.header("x-team"), "blue");
  EXPECT_EQ(nlohmann::json::parse(request.body),
            nlohmann::json::parse(R"({"input":["What is a \"strand\"?\n","b"],
      "encoding_format":"base64","dimensions":4,"user":"u-1","input_type":"query"})"));
}

TEST_P(EmbeddingCalls, use_the_v1_api_with_a_bearer_token) {
  options.api_version = "v1";
  options.api_key = Secret();
  options.azure_ad_token = "token";
  embeddings().embed_query("a");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.target, "/openai/v1/embeddings");
  EXPECT_EQ(request.header("authorization"), "Bearer token");
  EXPECT_EQ(nlohmann::json::parse(request.body)["model"], "text-embedding-3-small");
}

TEST_P(EmbeddingCalls, take_a_base_url_as_given) {
  options.azure_endpoint.clear();
  options.base_url = server.endpoint() + "/v1/embeddings";
  options.api_version.clear();
  embeddings().embed_query("a");
  EXPECT_EQ(server.requests().at(0).target, "/v1/embeddings");
}

TEST_P(EmbeddingCalls, go_to_openai_and_its_like_as_well) {
  auto made = openai();
  made.dimensions.reset();
  const auto vector = OpenAIEmbeddings(made).embed_query("a");
  EXPECT_EQ(vector.size(), 1536u);
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.target, "/v1/embeddings");
  EXPECT_EQ(request.header("authorization"), "Bearer canary-key-0123456789");
  EXPECT_EQ(nlohmann::json::parse(request.body),
            nlohmann::json::parse(
                R"({"input":["a"],"model":"text-embedding-3-large","encoding_format":"base64"})"));
}

TEST_P(EmbeddingCalls, give_the_same_numbers_in_either_encoding) {
  const vectors base64 = embeddings().embed_documents({"a", "b"});
  for (const char* format : {"float", ""}) {
    options.encoding_format = format;
    EXPECT_EQ(embeddings().embed_documents({"a", "b"}), base64);
    const auto body = nlohmann::json::parse(server.requests().back().body);
    EXPECT_EQ(body.value("encoding_format", ""), format);
    EXPECT_EQ(body.contains("encoding_format"), *format != '\0');
  }
}

TEST_P(EmbeddingCalls, read_arrays_from_a_server_that_knows_nothing_else) {
  options.dimensions.reset();
  server.respond_with([](const RecordedRequest& request) {
    return MockReply::raw(200, "application/json", test::numbers_of(input_of(request)));
  });
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(3)), (vectors{{0}, {1}, {2}}));
}

TEST_P(EmbeddingCalls, work_asynchronously_too) {
  const auto model = embeddings();
  const vectors expected = model.embed_documents({"a", "b"});
  boost::asio::io_context loop;
  vectors two, named;
  std::vector<float> one;
  boost::asio::co_spawn(
      loop,
      [](Embeddings with, vectors& braced, vectors& of_name, std::vector<float>& query) -> awaitable<void> {
        braced = co_await with.aembed_documents({"a", "b"});
        const std::vector<std::string> texts = {"b", "a", "b"};
        of_name = co_await with.aembed_documents(texts);
        query = co_await with.aembed_query("b");
      }(model, two, named, one),
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  loop.run();
  EXPECT_EQ(two, expected);
  EXPECT_EQ(named, (vectors{expected[1], expected[0], expected[1]}));
  EXPECT_EQ(one, expected[1]);
}

TEST_P(EmbeddingCalls, outlive_their_model) {
  auto call = embeddings().aembed_query("a");
  EXPECT_EQ(run(std::move(call)), embeddings().embed_query("a"));
}

TEST_P(EmbeddingCalls, send_nothing_for_nothing) {
  EXPECT_EQ(embeddings().embed_documents({}), vectors());
  EXPECT_EQ(embeddings().embed_documents(std::vector<std::string>()), vectors());
  EXPECT_EQ(server.request_count(), 0u);
}

TEST_P(EmbeddingCalls, refuse_unusable_texts_before_anything_is_sent) {
  options.chunk_size = 1;
  try {
    embeddings().embed_documents({"canary", "canary", "", "canary"});
    FAIL() << "no error";
  } catch (const PromptError& error) {
    EXPECT_EQ(error.details().message_index, 2u);
    EXPECT_NE(std::string(error.what()).find("text 2 is empty"), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
  }
  EXPECT_THROW(embeddings().embed_documents({"a", "\xFF"}), PromptError);
  EXPECT_THROW(embeddings().embed_query(""), PromptError);
  EXPECT_EQ(server.request_count(), 0u);
}

TEST_P(EmbeddingCalls, pass_over_empty_texts_when_told) {
  options.skip_empty = true;
  const vectors all = embeddings().embed_documents({"", "a", "", "b", ""});
  EXPECT_EQ(input_of(server.requests().at(0)), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(all, (vectors{{}, embeddings().embed_query("a"), {}, embeddings().embed_query("b"), {}}));
  EXPECT_EQ(server.request_count(), 3u);
  EXPECT_EQ(embeddings().embed_documents({"", ""}), (vectors{{}, {}}));
  EXPECT_EQ(embeddings().embed_query(""), std::vector<float>());
  EXPECT_EQ(server.request_count(), 3u);
}

TEST_P(EmbeddingCalls, are_retried) {
  server.reply(MockReply::error(500, "InternalServerError", "again"));
  server.reply(MockReply::error(429, "RateLimitReached", "again").header("retry-after-ms", "1"));
  EXPECT_EQ(embeddings().embed_query("a").size(), 4u);
  EXPECT_EQ(server.request_count(), 3u);
}

TEST_P(EmbeddingCalls, share_connections_with_chats) {
  auto chat = test::options_for(server);
  EXPECT_EQ(AzureChatOpenAI(chat).invoke("hi").content, "echo: hi");
  embeddings().embed_query("a");
  EXPECT_EQ(server.connections_accepted(), 1u);
}

TEST_P(EmbeddingCalls, hold_the_limit_of_the_body) {
  options.limits.response_body = 100;
  try {
    embeddings().embed_query("a");
    FAIL() << "no error";
  } catch (const TooLargeError& error) {
    EXPECT_NE(std::string(error.what()).find("response_body"), std::string::npos) << error.what();
  }
}

TEST_P(EmbeddingCalls, are_never_a_wrong_success) {
  const auto fails_with = [&](MockReply reply, std::string_view part) {
    const std::size_t before = server.request_count();
    server.reply(std::move(reply));
    try {
      embeddings().embed_documents({"a", "b"});
      ADD_FAILURE() << "no error: " << part;
    } catch (const ResponseFormatError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
      EXPECT_EQ(error.attempts().size(), 1u);
      EXPECT_EQ(error.http_status(), 200);
    }
    EXPECT_EQ(server.request_count(), before + 1);  // such an answer is not asked for again
  };
  const auto json = [](const char* text) { return MockReply::raw(200, "application/json", text); };
  fails_with(MockReply::chat("hello"), "'data' is missing");
  fails_with(json("<html>"), "HTML");
  fails_with(MockReply::embeddings({{1, 2, 3, 4}}), "1 elements for 2 texts");
  fails_with(MockReply::embeddings({{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}}), "more than 2 elements");
  fails_with(MockReply::embeddings({{1, 2, 3}, {1, 2, 3}}), "although 4 were asked for");
  fails_with(json(R"({"data":[{"index":0,"embedding":[1,2,3,4]},{"index":0,"embedding":[1,2,3,4]}]})"),
             "'data[1].index' occurs twice");
  fails_with(json(R"({"data":[{"index":0,"embedding":[1,2,3,4]},{"index":2,"embedding":[1,2,3,4]}]})"),
             "'data[1].index' belongs to no text");
  fails_with(json(R"({"data":[{"index":0,"embedding":"AAA"},{"index":1,"embedding":"AAAA"}]})"),
             "'data[0].embedding' is not valid base64");
  options.dimensions.reset();
  fails_with(MockReply::embeddings({{1, 2}, {1}}), "but the first one 2");
  EXPECT_EQ(embeddings().embed_documents({"a", "b"}).size(), 2u);
}

}  // namespace
}  // namespace corochain::embeddings_test
