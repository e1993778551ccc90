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

namespace corochain::embedding_batches_test {
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

  /// Answers [7] for "text 7": the first batch last, and each batch in reverse order.
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

TEST_P(EmbeddingBatches, are_cut_by_count_and_come_back_in_order) {
  answer_in_reverse();
  options.chunk_size = 3;
  vectors expected;
  for (int i = 0; i < 11; ++i) expected.push_back({static_cast<float>(i)});
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(11)), expected);
  EXPECT_EQ(sizes_sent(), (std::vector<std::size_t>{3, 3, 3, 2}));
}

TEST_P(EmbeddingBatches, are_cut_by_tokens) {
  answer_in_reverse();
  options.max_tokens_per_request = 16;  // each text has six bytes and counts for eight
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(5)), (vectors{{0}, {1}, {2}, {3}, {4}}));
  EXPECT_EQ(sizes_sent(), (std::vector<std::size_t>{2, 2, 1}));
}

TEST_P(EmbeddingBatches, have_azures_limits_by_default) {
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(2049)).size(), 2049u);
  EXPECT_EQ(sizes_sent(), (std::vector<std::size_t>{2048, 1}));
  EXPECT_EQ(OpenAIEmbeddingsOptions().chunk_size, 1000u);
}

TEST_P(EmbeddingBatches, run_at_once_up_to_their_limit) {
  options.chunk_size = 1;
  options.max_concurrency = 3;
  server.hold_until(3);  // goes on only if three are there together
  EXPECT_EQ(embeddings().embed_documents(numbered_texts(8)).size(), 8u);
  EXPECT_EQ(server.max_in_flight(), 3u);
}

TEST_P(EmbeddingBatches, share_the_budget_of_their_run) {
  options.chunk_size = 1;
  options.max_concurrency = 8;
  std::vector<awaitable<vectors>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(embeddings().aembed_documents(numbered_texts(4)));
  const auto all = run(gather(std::move(calls), {.max_concurrency = 2}));
  EXPECT_EQ(all.size(), 3u);
  EXPECT_EQ(server.request_count(), 12u);
  EXPECT_LE(server.max_in_flight(), 2u);
}

TEST_P(EmbeddingBatches, end_with_the_first_failure) {
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
  // The answered call keeps its connection; the cancelled calls have closed theirs.
  EXPECT_TRUE(server.wait_for_connections_open(1, 10s));
}

TEST_P(EmbeddingBatches, are_cancelled_together) {
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

TEST_P(EmbeddingBatches, have_the_deadline_of_their_run) {
  options.chunk_size = 1;
  server.hold_until(99);
  std::vector<awaitable<vectors>> calls;
  calls.push_back(embeddings().aembed_documents(numbered_texts(3)));
  EXPECT_THROW(run(gather(std::move(calls), {.timeout = 200ms})), TimeoutError);
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
}

TEST_P(EmbeddingBatches, are_of_one_length) {
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

/// This service counts two tokens for "text 7". Its answers hold the number of earlier requests.
MockReply detailed_answer(const RecordedRequest& request) {
  const auto input = input_of(request);
  auto body = nlohmann::json::parse(test::numbers_of(input));
  body["model"] = "the-model";
  body["usage"] = {{"prompt_tokens", 2 * input.size()}, {"total_tokens", 2 * input.size()}};
  return MockReply::raw(200, "application/json", body.dump())
      .header("x-request-id", "id-of-" + input.at(0).substr(5))
      .header("x-ms-region", "Sweden Central")
      .header("openai-processing-ms", "12")
      .header("x-ratelimit-remaining-requests", std::to_string(100 - input.size()))
      .header("x-ratelimit-remaining-tokens", "4711");
}

TEST_P(EmbeddingBatches, tell_what_each_request_cost) {
  options.dimensions.reset();
  options.chunk_size = 2;
  options.max_concurrency = 1;
  options.skip_empty = true;
  server.reply(MockReply::error(503, "ServiceUnavailable", "later").header("retry-after-ms", "1"));
  server.respond_with(&detailed_answer);
  std::vector<std::string> texts = numbered_texts(5);
  texts.insert(texts.begin() + 1, "");
  const EmbeddingsResult result = embeddings().embed_documents_with_details(texts);
  EXPECT_EQ(result.vectors, (vectors{{0}, {}, {1}, {2}, {3}, {4}}));
  EXPECT_EQ(result.usage.input_tokens, 10);
  EXPECT_EQ(result.usage.total_tokens, 10);
  EXPECT_EQ(result.usage.output_tokens, 0);
  ASSERT_EQ(result.requests.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const EmbeddingsRequestRecord& each = result.requests[i];
    const std::size_t count = i == 2 ? 1 : 2;
    EXPECT_EQ(each.texts, count);
    EXPECT_EQ(each.model, "the-model");
    ASSERT_TRUE(each.usage);
    EXPECT_EQ(each.usage->input_tokens, static_cast<std::int64_t>(2 * count));
    EXPECT_EQ(each.request_id, "id-of-" + std::to_string(2 * i));
    EXPECT_EQ(each.region, "Sweden Central");
    EXPECT_EQ(each.processing, 12ms);
    EXPECT_EQ(each.remaining_requests, static_cast<std::int64_t>(100 - count));
    EXPECT_EQ(each.remaining_tokens, 4711);
    ASSERT_EQ(each.attempts.size(), i == 0 ? 2u : 1u);
    EXPECT_EQ(each.attempts.back().status, 200);
    EXPECT_EQ(each.attempts.back().request_id, each.request_id);
    EXPECT_GT(each.timing.total, 0ms);
    EXPECT_GE(each.timing.total, each.timing.first_byte);
  }
  EXPECT_EQ(result.requests[0].attempts[0].status, 503);
  EXPECT_TRUE(result.requests[0].attempts[1].retried);
}

TEST_P(EmbeddingBatches, tell_nothing_that_nobody_said) {
  options.dimensions.reset();
  server.respond_with([](const RecordedRequest& request) {
    return MockReply::raw(200, "application/json", test::numbers_of(input_of(request)));
  });
  const EmbeddingsResult result = run(embeddings().aembed_documents_with_details({"text 3"}));
  EXPECT_EQ(result.vectors, (vectors{{3}}));
  EXPECT_EQ(result.usage, Usage());
  ASSERT_EQ(result.requests.size(), 1u);
  const EmbeddingsRequestRecord& only = result.requests[0];
  EXPECT_FALSE(only.usage || only.processing || only.remaining_requests || only.remaining_tokens);
  EXPECT_EQ(only.request_id + only.region + only.model, "");
  EXPECT_EQ(only.attempts.size(), 1u);
  EXPECT_TRUE(embeddings().embed_documents_with_details({}).requests.empty());
}

TEST_P(EmbeddingBatches, add_up_to_what_a_query_costs) {
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
  // The mock server counts four tokens for "echo: 12345678".
  EXPECT_EQ(result.usage.input_tokens, plain.usage.input_tokens + 5 * 4);
  EXPECT_EQ(result.usage.output_tokens, plain.usage.output_tokens);
  EXPECT_EQ(result.usage.total_tokens, plain.usage.total_tokens + 5 * 4);
  EXPECT_EQ(result.model, "text-embedding-3-small");
  EXPECT_FALSE(result.request_id.empty());
}

}  // namespace
}  // namespace corochain::embedding_batches_test
