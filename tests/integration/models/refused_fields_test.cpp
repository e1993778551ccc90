// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Servers that refuse a field of the request: the error names the option that omits the field, and the option
// helps.

#include <gtest/gtest.h>

#include "support/mock_chain.hpp"
#include "support/mock_embeddings.hpp"

namespace corochain::refused_fields_test {
namespace {
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;

/// A server that refuses a field with this body, and answers other requests.
void refuse(MockServer& server, const std::string& field, int status, const std::string& body,
            const MockReply& answer) {
  server.respond_with([=](const RecordedRequest& request) {
    if (request.body.find('"' + field + '"') == std::string::npos) return answer;
    return MockReply::raw(status, "application/json", body);
  });
}

std::string as_openai(const std::string& field) {
  return R"({"error":{"message":"Unrecognized request argument supplied: )" + field +
         R"(","type":"invalid_request_error","param":null,"code":null}})";
}
std::string as_mistral(const std::string& field) {
  return R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",")" + field +
         R"("],"msg":"Extra inputs are not permitted","input":1}]},"type":"invalid_request_error","param":null})";
}

OpenAIOptions options_for(const MockServer& server) {
  OpenAIOptions options;
  options.base_url = server.endpoint() + "/v1";
  options.model = "m";
  options.tls.ca_pem = server.ca_pem();
  return options;
}

/// The text of the error that a call ends with; empty without one.
template <class Call>
std::string failure_of(const Call& call) {
  try {
    call();
  } catch (const HttpStatusError& error) {
    EXPECT_FALSE(error.retryable());
    return error.what();
  }
  return {};
}
bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string streamed(const OpenAIOptions& options) {
  std::string text;
  for (const auto& chunk : ChatOpenAI(options).stream("q")) text += chunk.content;
  return text;
}

TEST(RefusedFields, stream_options) {
  for (const auto& [status, body] :
       {std::pair(400, as_openai("stream_options")), std::pair(422, as_mistral("stream_options"))}) {
    MockServer server;
    refuse(server, "stream_options", status, body, MockReply::stream({"fi", "ne"}));
    OpenAIOptions options = options_for(server);
    EXPECT_TRUE(holds(failure_of([&] { streamed(options); }), "stream_usage"));
    EXPECT_EQ(server.request_count(), 1u);
    options.streaming = true;
    EXPECT_TRUE(holds(failure_of([&] { ChatOpenAI(options).invoke("q"); }), "stream_usage"));
    options.stream_usage = false;
    EXPECT_EQ(streamed(options), "fine");
    EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "fine");
  }
}

TEST(RefusedFields, max_completion_tokens) {
  for (const auto& [status, body] : {std::pair(400, as_openai("max_completion_tokens")),
                                     std::pair(422, as_mistral("max_completion_tokens"))}) {
    MockServer server;
    refuse(server, "max_completion_tokens", status, body, MockReply::chat("fine"));
    OpenAIOptions options = options_for(server);
    options.max_tokens = 5;
    EXPECT_TRUE(holds(failure_of([&] { ChatOpenAI(options).invoke("q"); }), "legacy_max_tokens"));
    options.legacy_max_tokens = true;
    EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "fine");
    ChatCallOptions bound;
    bound.max_tokens = 7;
    EXPECT_EQ(ChatOpenAI(options).bind(bound).invoke("q").content, "fine");
    EXPECT_TRUE(holds(server.requests().back().body, R"("max_tokens":7)"));
  }
}

TEST(RefusedFields, encoding_format) {
  for (const auto& [status, body] :
       {std::pair(400, as_openai("encoding_format")), std::pair(422, as_mistral("encoding_format"))}) {
    MockServer server;
    refuse(server, "encoding_format", status, body, MockReply::embeddings({{1, 0}}));
    OpenAIEmbeddingsOptions options;
    options.base_url = server.endpoint() + "/v1";
    options.model = "m";
    options.tls.ca_pem = server.ca_pem();
    EXPECT_TRUE(holds(failure_of([&] { OpenAIEmbeddings(options).embed_query("q"); }), "encoding_format"));
    options.encoding_format.clear();
    EXPECT_EQ(OpenAIEmbeddings(options).embed_query("q").size(), 2u);
  }
}

TEST(RefusedFields, are_named_for_azure_too) {
  MockServer server;
  refuse(server, "stream_options", 400, as_openai("stream_options"), MockReply::stream({"fine"}));
  AzureOptions options = test::options_for(server);
  options.streaming = true;
  EXPECT_TRUE(holds(failure_of([&] { test::chain_for(options).invoke("q"); }), "stream_usage"));
  options.stream_usage = false;
  EXPECT_EQ(test::chain_for(options).invoke("q"), "fine");
}

}  // namespace
}  // namespace corochain::refused_fields_test
