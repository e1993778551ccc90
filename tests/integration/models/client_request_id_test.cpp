// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The client's id of a call to Azure: each attempt sends it, and each record keeps it.

#include <gtest/gtest.h>

#include <set>

#include "support/mock_chain.hpp"
#include "support/mock_embeddings.hpp"

namespace corochain::client_request_id_test {
namespace {
using testing::MockReply;
using testing::MockServer;

std::string id_of(const testing::RecordedRequest& request) {
  return request.header("x-ms-client-request-id");
}

TEST(ClientRequestId, is_the_same_for_all_attempts_of_a_call) {
  MockServer server;
  server.reply(MockReply::error(503, "x", "later").header("retry-after-ms", "1"));
  server.reply(MockReply::error(500, "x", "later").header("retry-after-ms", "1"));
  const QueryResult result = run(query(test::chain_for(server), "q"));
  ASSERT_TRUE(result.ok()) << result.error->message();
  ASSERT_EQ(result.attempts.size(), 3u);
  const auto requests = server.requests();
  const std::string id = id_of(requests.at(0));
  EXPECT_EQ(id.size(), 36u);
  for (const auto& each : requests) EXPECT_EQ(id_of(each), id);
  for (const AttemptRecord& each : result.attempts) EXPECT_EQ(each.client_request_id, id);
}

TEST(ClientRequestId, differs_from_call_to_call) {
  MockServer server;
  const std::vector<std::string> questions(20, "q");
  const QueryReport report = run(query_all(test::chain_for(server), questions));
  std::set<std::string> ids;
  for (const QueryResult& each : report.results) ids.insert(each.attempts.at(0).client_request_id);
  EXPECT_EQ(ids.size(), 20u);
  std::set<std::string> sent;
  for (const auto& each : server.requests()) sent.insert(id_of(each));
  EXPECT_EQ(sent, ids);
}

TEST(ClientRequestId, is_in_streams_in_errors_and_in_reports) {
  MockServer server;
  AzureOptions options = test::options_for(server);
  options.streaming = true;
  QueryReport report = run(query_all(test::chain_for(options), {"q"}));
  ASSERT_TRUE(report.results.at(0).ok());
  const std::string id = report.results[0].attempts.at(0).client_request_id;
  EXPECT_EQ(id, id_of(server.requests().at(0)));
  EXPECT_NE(report.to_json().find("\"client_request_id\":\"" + id + "\""), std::string::npos);
  server.reply(MockReply::error(400, "bad", "no"));
  try {
    test::chain_for(server).invoke("q");
    ADD_FAILURE();
  } catch (const BadRequestError& error) {
    EXPECT_EQ(error.attempts().at(0).client_request_id, id_of(server.requests().at(1)));
  }
}

TEST(ClientRequestId, is_sent_for_embeddings) {
  MockServer server;
  const AzureOpenAIEmbeddings model(test::embeddings_options_for(server));
  const EmbeddingsResult result = model.embed_documents_with_details(test::numbered_texts(2));
  const std::string id = id_of(server.requests().at(0));
  EXPECT_EQ(id.size(), 36u);
  EXPECT_EQ(result.requests.at(0).attempts.at(0).client_request_id, id);
}

TEST(ClientRequestId, is_the_callers_own_where_it_is_set) {
  MockServer server;
  AzureOptions options = test::options_for(server);
  options.default_headers = {{"X-Ms-Client-Request-Id", "mine"}};
  const QueryResult result = run(query(test::chain_for(options), "q"));
  ASSERT_TRUE(result.ok());
  const testing::RecordedRequest request = server.requests().at(0);
  std::size_t sent = 0;
  for (const auto& [name, value] : request.headers)
    if (name == "X-Ms-Client-Request-Id" || name == "x-ms-client-request-id") ++sent;
  EXPECT_EQ(id_of(request), "mine");
  EXPECT_EQ(sent, 1u);
  EXPECT_EQ(result.attempts.at(0).client_request_id, "");
}

TEST(ClientRequestId, is_for_azure_only) {
  MockServer server;
  OpenAIOptions options;
  options.base_url = server.endpoint() + "/v1";
  options.model = "m";
  options.tls.ca_pem = server.ca_pem();
  const auto chain = ChatPromptTemplate::from_template("{q}") | ChatOpenAI(options) | StrOutputParser();
  const QueryReport report = run(query_all(chain, {"q"}));
  ASSERT_TRUE(report.results.at(0).ok());
  EXPECT_EQ(id_of(server.requests().at(0)), "");
  EXPECT_EQ(report.results[0].attempts.at(0).client_request_id, "");
  EXPECT_EQ(report.to_json().find("client_request_id"), std::string::npos);
}

}  // namespace
}  // namespace corochain::client_request_id_test
