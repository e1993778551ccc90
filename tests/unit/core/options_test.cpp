// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Users write options as arguments inside a co_await expression. g++ 11 and 12 destroy temporaries of
// aggregates that own memory twice there. So an options type is a trivially copyable aggregate, or no
// aggregate at all.

#include <gtest/gtest.h>

#include <chrono>
#include <type_traits>

#include "corochain/concurrency/as_completed.hpp"
#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/run.hpp"
#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/attempt.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/chat_parameters.hpp"
#include "corochain/core/choice.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/core/result.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/core/template_grammar.hpp"
#include "corochain/core/tls_options.hpp"
#include "corochain/core/usage.hpp"
#include "corochain/models/azure_chat_openai.hpp"
#include "corochain/models/azure_openai_embeddings.hpp"
#include "corochain/models/chat_openai.hpp"
#include "corochain/models/connections.hpp"
#include "corochain/models/entra_credentials.hpp"
#include "corochain/models/openai_embeddings.hpp"
#include "corochain/observability/log.hpp"
#include "corochain/observability/query_report.hpp"
#include "corochain/prompts/chat_prompt_template.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/call_limits.hpp"
#include "corochain/runnables/listeners.hpp"
#include "corochain/runnables/map_reduce.hpp"
#include "corochain/runnables/message_history.hpp"
#include "corochain/runnables/retry_options.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/mock_server.hpp"
#include "corochain/testing/recorded_request.hpp"

namespace corochain::options_test {
namespace {

template <class T>
inline constexpr bool is_trivial_aggregate = std::is_aggregate_v<T> && std::is_trivially_copyable_v<T>;

// For designated initialisers: {.max_concurrency = 8}.
static_assert(is_trivial_aggregate<ConcurrencyOptions>);
static_assert(is_trivial_aggregate<RunOptions>);
static_assert(is_trivial_aggregate<CallLimits>);
static_assert(is_trivial_aggregate<BatchOptions>);
static_assert(is_trivial_aggregate<InBatchesOptions>);
static_assert(is_trivial_aggregate<MapReduceOptions>);
static_assert(is_trivial_aggregate<RetryOptions>);
static_assert(is_trivial_aggregate<FallbackOptions>);
static_assert(is_trivial_aggregate<RetryBudget>);
static_assert(is_trivial_aggregate<Usage>);
static_assert(is_trivial_aggregate<Timing>);
static_assert(is_trivial_aggregate<LogRecord>);
static_assert(is_trivial_aggregate<TemplateChunk>);

// Filled by assignment.
static_assert(!std::is_aggregate_v<ServiceOptions>);
static_assert(!std::is_aggregate_v<ChatParameters>);
static_assert(!std::is_aggregate_v<ChatModelOptions>);
static_assert(!std::is_aggregate_v<ChatCallOptions>);
static_assert(!std::is_aggregate_v<MessageHistoryKeys>);
static_assert(!std::is_aggregate_v<Listeners>);
static_assert(!std::is_aggregate_v<AzureOptions>);
static_assert(!std::is_aggregate_v<OpenAIOptions>);
static_assert(!std::is_aggregate_v<AzureAccess>);
static_assert(!std::is_aggregate_v<OpenAIAccess>);
static_assert(!std::is_aggregate_v<EmbeddingsOptions>);
static_assert(!std::is_aggregate_v<AzureOpenAIEmbeddingsOptions>);
static_assert(!std::is_aggregate_v<OpenAIEmbeddingsOptions>);
static_assert(!std::is_aggregate_v<ConnectionOptions>);
static_assert(!std::is_aggregate_v<SizeLimits>);
static_assert(!std::is_aggregate_v<ProxyOptions>);
static_assert(!std::is_aggregate_v<TlsOptions>);
static_assert(!std::is_aggregate_v<EntraOptions>);
static_assert(!std::is_aggregate_v<ClientSecretOptions>);
static_assert(!std::is_aggregate_v<WorkloadIdentityOptions>);
static_assert(!std::is_aggregate_v<ManagedIdentityOptions>);
static_assert(!std::is_aggregate_v<testing::MockServerOptions>);

// Values that own memory and are handed to functions.
static_assert(!std::is_aggregate_v<ErrorDetails>);
static_assert(!std::is_aggregate_v<QueryResult>);
static_assert(!std::is_aggregate_v<TypedQueryResult<int>>);
static_assert(!std::is_aggregate_v<QueryReport>);
static_assert(!std::is_aggregate_v<EmbeddingsRequestRecord>);
static_assert(!std::is_aggregate_v<EmbeddingsResult>);
static_assert(!std::is_aggregate_v<AIMessage>);
static_assert(!std::is_aggregate_v<AIMessageChunk>);
static_assert(!std::is_aggregate_v<Choice>);
static_assert(!std::is_aggregate_v<ChoiceChunk>);
static_assert(!std::is_aggregate_v<ToolCall>);
static_assert(!std::is_aggregate_v<ToolCallChunk>);
static_assert(!std::is_aggregate_v<TokenLogprob>);
static_assert(!std::is_aggregate_v<AttemptRecord>);
static_assert(!std::is_aggregate_v<Completed<std::string>>);
static_assert(!std::is_aggregate_v<EndpointSnapshot>);
static_assert(!std::is_aggregate_v<AccessToken>);
static_assert(!std::is_aggregate_v<TokenProvider>);
static_assert(!std::is_aggregate_v<TokenRequest>);
static_assert(!std::is_aggregate_v<KeyProvider>);
static_assert(!std::is_aggregate_v<ClientSecretCredential>);
static_assert(!std::is_aggregate_v<StaticTokenCredential>);
static_assert(!std::is_aggregate_v<Message>);
static_assert(!std::is_aggregate_v<Messages>);
static_assert(!std::is_aggregate_v<MessageTemplate>);
static_assert(!std::is_aggregate_v<MessagesPlaceholder>);
static_assert(!std::is_aggregate_v<Dict>);
static_assert(!std::is_aggregate_v<Value>);
static_assert(!std::is_aggregate_v<Var>);
static_assert(!std::is_aggregate_v<ListArg<std::string>>);
static_assert(!std::is_aggregate_v<Secret>);
static_assert(!std::is_aggregate_v<Failure>);
static_assert(!std::is_aggregate_v<testing::MockReply>);
static_assert(!std::is_aggregate_v<testing::FakeReply>);
static_assert(!std::is_aggregate_v<testing::RecordedRequest>);

awaitable<std::string> endpoint_of(AzureOptions options) {
  co_return options.azure_endpoint + options.tls.ca_pem;
}
awaitable<std::size_t> concurrency_of(BatchOptions options) { co_return options.max_concurrency; }
awaitable<std::string> error_of(AttemptRecord record) { co_return record.error; }
awaitable<std::string> first_refusal(std::vector<Choice> choices) { co_return choices.at(0).refusal; }
awaitable<std::string> content_of(AIMessage message) { co_return message.content; }

TEST(options, can_be_given_inside_a_co_await_expression) {
  run([]() -> awaitable<void> {
    using namespace std::chrono_literals;
    const std::size_t limit = co_await concurrency_of({.max_concurrency = 8, .timeout = 5s});
    EXPECT_EQ(limit, 8u);
    const std::string none = co_await endpoint_of(AzureOptions());
    EXPECT_EQ(none, "");
    const std::string content = co_await content_of(AIMessage(std::string(100, 'x')));
    EXPECT_EQ(content, std::string(100, 'x'));
    const std::string error = co_await error_of(AttemptRecord());
    EXPECT_EQ(error, "");
    const std::string refusal = co_await first_refusal(std::vector<Choice>(2, Choice()));
    EXPECT_EQ(refusal, "");
    AzureOptions options;
    options.azure_endpoint = "https://a-resource-with-a-long-name.openai.azure.com";
    options.tls.ca_pem = "pem";
    const std::string endpoint = co_await endpoint_of(options);
    EXPECT_EQ(endpoint, options.azure_endpoint + "pem");
  }());
}

TEST(options, have_no_limits_of_their_own_by_default) {
  EXPECT_EQ(ConcurrencyOptions().max_concurrency, 0u);
  EXPECT_EQ(ConcurrencyOptions().timeout.count(), 0);
  EXPECT_EQ(BatchOptions().max_concurrency, 0u);
  EXPECT_EQ(BatchOptions().timeout.count(), 0);
  EXPECT_EQ(InBatchesOptions().batch_size, 5u);
  EXPECT_EQ(InBatchesOptions().max_concurrency, 0u);
}

}  // namespace
}  // namespace corochain::options_test
