// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"
#include "support/mock_embeddings.hpp"

namespace corochain {
namespace {
using test::embeddings_options_for;
using test::input_of;
using test::numbered_texts;
using test::vectors;
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;
using namespace std::chrono_literals;

class EmbeddingBatches : public test::http_and_https {
 protected:
  AzureOpenAIEmbeddingsOptions options = embeddings_options_for(server);

  AzureOpenAIEmbeddings embeddings() const { return AzureOpenAIEmbeddings(options); }

  /// [7] for "text 7", the first batch last and each batch in reverse.
  void answer_in_reverse() {
    options.dimensions.reset();
    server.respond_with([](const RecordedRequest& request) {
      const auto input = input_of(request);
      auto reply = MockReply::raw(200, "application/json", test::numbers_of(input));
      return input.at(0) == "text 0" ? reply.latency(100ms) : reply;
    });
  }
  std::vector<std::size_t> sizes_sent() const {
    std::vector<std::size_t> sizes;
    for (const auto& request : server.requests()) sizes.push_back(input_of(request).size());
    std::sort(sizes.rbegin(), sizes.rend());
    return sizes;
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, EmbeddingBatches, ::testing::Bool(), &test::scheme_of);

TEST_P(EmbeddingBatches, AreCutByCountAndComeBackInOrder) {
  answer_in_reverse();
  options.chunk_size = 3;
  vectors expected;
  for (int i = 0; i < 11; ++i) expected.push_back({static_cast<float>(i)});
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(11)), expected);
  EXPECT_EQ(sizes_sent(), (std::vector<std::size_t>{3, 3, 3, 2}));
}

TEST_P(EmbeddingBatches, AreCutByTokens) {
  answer_in_reverse();
  options.max_tokens_per_request = 16;  // each text has six bytes and counts for eight
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(5)), (vectors{{0}, {1}, {2}, {3}, {4}}));
  EXPECT_EQ(sizes_sent(), (std::vector<std::size_t>{2, 2, 1}));
}

TEST_P(EmbeddingBatches, HaveAzuresLimitsByDefault) {
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(2049)).size(), 2049u);
  EXPECT_EQ(sizes_sent(), (std::vector<std::size_t>{2048, 1}));
  EXPECT_EQ(OpenAIEmbeddingsOptions().chunk_size, 1000u);
}

TEST_P(EmbeddingBatches, RunAtOnceUpToTheirLimit) {
  options.chunk_size = 1;
  options.max_concurrency = 3;
  server.hold_until(3);  // goes on only if three are there together
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(8)).size(), 8u);
  EXPECT_EQ(server.max_in_flight(), 3u);
}

TEST_P(EmbeddingBatches, ShareTheBudgetOfTheirRun) {
  options.chunk_size = 1;
  options.max_concurrency = 8;
  std::vector<awaitable<vectors>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(embeddings().aembed_documents(numbered_texts(4)));
  const auto all = run(gather(std::move(calls), {.max_concurrency = 2}));
  EXPECT_EQ(all.size(), 3u);
  EXPECT_EQ(server.request_count(), 12u);
  EXPECT_LE(server.max_in_flight(), 2u);
}

TEST_P(EmbeddingBatches, EndWithTheFirstFailure) {
  options.chunk_size = 1;
  options.max_concurrency = 4;
  server.respond_with([](const RecordedRequest& request) {
    if (input_of(request).at(0) == "text 2") return MockReply::error(400, "BadRequest", "no").latency(20ms);
    return MockReply::embeddings({{1, 2, 3, 4}}).latency(1h);
  });
  try {
    embeddings().embed_documents(numbered_texts(100));
    FAIL() << "no error";
  } catch (const BadRequestError& error) {
    EXPECT_EQ(error.attempts().size(), 1u);
  }
  EXPECT_LE(server.request_count(), 4u);  // those that had not begun never did
  // The one that was answered keeps its connection; those that were cancelled have closed theirs.
  EXPECT_TRUE(server.wait_for_connections_open(1, 10s));
}

TEST_P(EmbeddingBatches, AreCancelledTogether) {
  options.chunk_size = 1;
  options.max_concurrency = 3;
  server.hold_until(99);
  boost::asio::io_context loop;
  boost::asio::cancellation_signal stop;
  std::exception_ptr ended;
  boost::asio::co_spawn(loop, embeddings().aembed_documents(numbered_texts(9)),
                        boost::asio::bind_cancellation_slot(
                            stop.slot(), [&](std::exception_ptr error, const vectors&) { ended = error; }));
  while (server.request_count() < 3 && !loop.stopped()) loop.run_one_for(10ms);
  ASSERT_EQ(server.request_count(), 3u);
  stop.emit(boost::asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(ended);
  EXPECT_THROW(std::rethrow_exception(ended), CancelledError);
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
  server.hold_until(0);
  EXPECT_EQ(embeddings().embed_query("next").size(), 4u);
}

TEST_P(EmbeddingBatches, HaveTheDeadlineOfTheirRun) {
  options.chunk_size = 1;
  server.hold_until(99);
  std::vector<awaitable<vectors>> calls;
  calls.push_back(embeddings().aembed_documents(numbered_texts(3)));
  EXPECT_THROW(run(gather(std::move(calls), {.timeout = 200ms})), TimeoutError);
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
}

TEST_P(EmbeddingBatches, AreOfOneLength) {
  options.chunk_size = 1;
  options.dimensions.reset();
  server.reply(MockReply::embeddings({{1, 2}}));
  server.reply(MockReply::embeddings({{1, 2, 3}}));
  try {
    embeddings().embed_documents({"a", "b"});
    FAIL() << "no error";
  } catch (const ResponseFormatError& error) {
    EXPECT_NE(std::string(error.what()).find("different lengths"), std::string::npos) << error.what();
  }
}

TEST_P(EmbeddingBatches, AddUpToWhatAQueryCosts) {
  options.chunk_size = 2;
  auto embed = [model = embeddings()](std::string text) -> awaitable<std::string> {
    std::vector<std::string> texts(5, text);
    const vectors all = co_await model.aembed_documents(std::move(texts));
    co_return std::to_string(all.size());
  };
  const auto chat = test::chain_for(server);
  const QueryResult plain = run(query(chat, "12345678"));
  const QueryResult result = run(query(chat | embed, "12345678"));
  ASSERT_TRUE(result.ok()) << result.error->message();
  EXPECT_EQ(result.answer, "5");
  EXPECT_EQ(result.attempts.size(), 4u);  // a chat and three batches
  // "echo: 12345678" is four tokens to the mock server.
  EXPECT_EQ(result.usage.input_tokens, plain.usage.input_tokens + 5 * 4);
  EXPECT_EQ(result.usage.output_tokens, plain.usage.output_tokens);
  EXPECT_EQ(result.usage.total_tokens, plain.usage.total_tokens + 5 * 4);
  EXPECT_EQ(result.model, "text-embedding-3-small");
  EXPECT_FALSE(result.request_id.empty());
}

}  // namespace
}  // namespace corochain
