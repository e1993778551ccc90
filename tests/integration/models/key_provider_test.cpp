// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Keys that change while models live, with each of the models.

#include "corochain/models/key_provider.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>

#include "support/mock_chain.hpp"
#include "support/mock_embeddings.hpp"

namespace corochain::key_provider_test {
namespace {
using testing::MockReply;
using testing::MockServer;
using namespace std::chrono_literals;

/// A store of keys. Each fetch returns the current one.
struct key_store {
  std::string current = "canary-key-1";
  int fetched = 0;

  KeyProvider provider(KeyProvider::duration kept_for = 1min) {
    return KeyProvider([this] { return fetch(this); }, kept_for);
  }
  static awaitable<Secret> fetch(key_store* store) {
    ++store->fetched;
    co_return Secret(store->current);
  }
};

struct kind_of_model {
  const char* name;
  std::string header, prefix;
  /// Makes a model with the provider. Each call of the returned function calls the model.
  std::function<void()> (*make)(const MockServer& server, const KeyProvider& keys);
};

OpenAIOptions openai_options(const MockServer& server) {
  OpenAIOptions options;
  options.base_url = server.endpoint() + "/v1";
  options.model = "m";
  options.tls.ca_pem = server.ca_pem();
  return options;
}

const kind_of_model kinds[] = {
    {"AzureChatOpenAI", "api-key", "",
     [](const MockServer& server, const KeyProvider& keys) -> std::function<void()> {
       auto options = test::options_for(server);
       options.api_key = Secret();
       options.api_key_provider = keys;
       return [model = AzureChatOpenAI(options)] { model.invoke("q"); };
     }},
    {"ChatOpenAI", "authorization", "Bearer ",
     [](const MockServer& server, const KeyProvider& keys) -> std::function<void()> {
       auto options = openai_options(server);
       options.api_key_provider = keys;
       return [model = ChatOpenAI(options)] { model.invoke("q"); };
     }},
    {"AzureOpenAIEmbeddings", "api-key", "",
     [](const MockServer& server, const KeyProvider& keys) -> std::function<void()> {
       auto options = test::embeddings_options_for(server);
       options.api_key = Secret();
       options.api_key_provider = keys;
       return [model = AzureOpenAIEmbeddings(options)] { model.embed_query("q"); };
     }},
    {"OpenAIEmbeddings", "authorization", "Bearer ",
     [](const MockServer& server, const KeyProvider& keys) -> std::function<void()> {
       OpenAIEmbeddingsOptions options;
       options.base_url = server.endpoint() + "/v1";
       options.model = "m";
       options.tls.ca_pem = server.ca_pem();
       options.api_key_provider = keys;
       return [model = OpenAIEmbeddings(options)] { model.embed_query("q"); };
     }},
};

class KeyProviders : public ::testing::TestWithParam<kind_of_model> {
 protected:
  MockServer server;
  key_store store;

  std::string last_sent() const { return server.requests().back().header(GetParam().header); }
  std::string written(const std::string& key) const { return GetParam().prefix + key; }
};
INSTANTIATE_TEST_SUITE_P(AllModels, KeyProviders, ::testing::ValuesIn(kinds),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(KeyProviders, are_asked_once_for_many_calls) {
  const auto call = GetParam().make(server, store.provider());
  for (int i = 0; i < 3; ++i) call();
  EXPECT_EQ(store.fetched, 1);
  EXPECT_EQ(last_sent(), written("canary-key-1"));
}

TEST_P(KeyProviders, are_asked_again_where_a_key_was_replaced) {
  const auto call = GetParam().make(server, store.provider());
  call();
  store.current = "canary-key-2";
  server.reply(MockReply::error(401, "401", "Access denied due to invalid subscription key."));
  EXPECT_NO_THROW(call());
  EXPECT_EQ(store.fetched, 2);
  EXPECT_EQ(server.request_count(), 3u);
  EXPECT_EQ(last_sent(), written("canary-key-2"));
  call();
  EXPECT_EQ(store.fetched, 2);
}

TEST_P(KeyProviders, are_asked_once_more_only) {
  const auto call = GetParam().make(server, store.provider());
  for (int i = 0; i < 2; ++i) server.reply(MockReply::error(401, "401", "no"));
  EXPECT_THROW(call(), AuthenticationError);
  EXPECT_EQ(store.fetched, 2);
  EXPECT_EQ(server.request_count(), 2u);
}

TEST_P(KeyProviders, are_asked_for_each_attempt_where_no_key_is_kept) {
  const auto call = GetParam().make(server, store.provider(0s));
  call();
  store.current = "canary-key-2";
  server.reply(MockReply::error(503, "x", "later").header("retry-after-ms", "1"));
  call();
  EXPECT_EQ(store.fetched, 3);
  EXPECT_EQ(last_sent(), written("canary-key-2"));
}

TEST_P(KeyProviders, end_a_call_by_their_own_errors) {
  const auto failing = [](void (*fail)()) {
    return KeyProvider([fail] {
      return [](void (*failure)()) -> awaitable<Secret> {
        failure();
        co_return Secret();
      }(fail);
    });
  };
  EXPECT_THROW(GetParam().make(server, failing([] { throw ConnectError("the vault cannot be reached"); }))(),
               ConnectError);
  EXPECT_THROW(GetParam().make(server, failing([] { throw std::runtime_error("mine"); }))(),
               std::runtime_error);
  EXPECT_THROW(GetParam().make(server, failing([] {}))(), AuthenticationError);
  EXPECT_EQ(server.connections_accepted(), 0u);
}

TEST(SharedKeyProvider, is_asked_once_for_all_calls_and_models) {
  MockServer server;
  key_store store;
  auto options = test::options_for(server);
  options.api_key = Secret();
  options.api_key_provider = store.provider();
  const auto first = test::chain_for(options), second = test::chain_for(options);
  std::vector<Dict> inputs(10, Dict{{"question", "q"}});
  EXPECT_EQ(first.batch(inputs).size(), 10u);
  EXPECT_EQ(second.batch(inputs).size(), 10u);
  EXPECT_EQ(store.fetched, 1);
}

TEST(SharedKeyProvider, takes_the_place_of_the_environments_key) {
  MockServer server;
  key_store store;
  OpenAIOptions options = openai_options(server);
  options.api_key = "canary";
  options.api_key_provider = store.provider();
  EXPECT_THROW(ChatOpenAI{options}, ConfigError);
  OpenAIEmbeddingsOptions embeddings;
  embeddings.model = "m";
  embeddings.api_key = "canary";
  embeddings.api_key_provider = store.provider();
  EXPECT_THROW(OpenAIEmbeddings{embeddings}, ConfigError);
}

TEST(SharedKeyProvider, gives_keys_that_no_error_and_no_log_shows) {
  static std::mutex mutex;
  static std::string lines;
  set_log(
      LogLevel::debug,
      [](const LogRecord& record) {
        const std::lock_guard lock(mutex);
        lines.append(record.event).append(" ").append(record.text).append(record.content).append("\n");
      },
      LogContents::shown);
  MockServer server;
  key_store store;
  server.respond_with([](const testing::RecordedRequest& request) {
    return MockReply::error(400, "bad", "you sent " + request.header("api-key"));
  });
  auto options = test::options_for(server);
  options.api_key = Secret();
  options.api_key_provider = store.provider();
  const QueryResult result = run(query(test::chain_for(options), "canary-key-1 in a question"));
  set_log(LogLevel::off, nullptr);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->message().find("canary-key"), std::string::npos);
  EXPECT_NE(lines.find("answer.content"), std::string::npos);
  EXPECT_EQ(lines.find("canary-key"), std::string::npos) << lines;
}

}  // namespace
}  // namespace corochain::key_provider_test
