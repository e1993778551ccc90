// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The usage of the calls of many threads.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace corochain::usage_callback_test {
namespace {
namespace asio = boost::asio;
using testing::FakeChatModel;
using testing::FakeReply;

using Chain = Runnable<Dict, std::string>;

Chain chain_of(const Runnable<Messages, AIMessage>& model) {
  return ChatPromptTemplate::from_template("{question}") | model | StrOutputParser();
}

Usage usage_of(std::int64_t input, std::int64_t output) {
  Usage usage;
  usage.input_tokens = input;
  usage.output_tokens = output;
  usage.total_tokens = input + output;
  usage.cached_tokens = input / 2;
  usage.reasoning_tokens = output / 3;
  return usage;
}

/// Answers with the usage that the question asks for. Every seventh answer is filtered, and every second of
/// those reports its usage.
struct answers {
  std::string model;
  std::int64_t factor;

  Usage cost(std::int64_t n) const { return usage_of(n, factor * n); }
  static bool fails(std::int64_t n) { return n % 7 == 0; }
  static bool tells(std::int64_t n) { return n % 2 == 0; }

  FakeReply operator()(const Messages& asked) const {
    const std::int64_t n = std::stoll(asked[0].content());
    if (fails(n)) {
      ErrorDetails details;
      if (tells(n)) details.usage = cost(n);
      return FakeReply::failure(ContentFilterError("filtered", std::move(details)));
    }
    AIMessage message("answer");
    message.model = model;
    message.usage = cost(n);
    return FakeReply(std::move(message));
  }
};

TEST(UsageCallback, counts_models_apart_and_exactly_on_several_threads) {
  const answers of_first{"m1", 2};
  const answers of_second{"m2", 5};
  const auto odd = [](const Dict& input) { return std::stoll(*input.bare_text()) % 2 != 0; };
  const RunnableBranch branch({{odd, chain_of(FakeChatModel(FakeChatModel::script(of_first)))}},
                              chain_of(FakeChatModel(FakeChatModel::script(of_second))));
  const auto usage = std::make_shared<UsageMetadataCallbackHandler>();
  EXPECT_TRUE(usage->usage_metadata().empty());
  EXPECT_EQ(usage->total(), Usage());

  constexpr std::int64_t batches = 6;
  constexpr std::int64_t length = 40;
  std::map<std::string, Usage> expected;
  Usage sum;
  std::size_t failures = 0;
  std::size_t failed = 0;
  {
    asio::thread_pool pool(2);
    using Results = std::vector<Result<std::string>>;
    std::vector<std::future<Results>> all;
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      std::vector<Dict> inputs;
      for (std::int64_t n = batch * length + 1; n <= (batch + 1) * length; ++n) {
        inputs.push_back(Dict(std::to_string(n)));
        const answers& whose = n % 2 != 0 ? of_first : of_second;
        if (answers::fails(n)) ++failures;
        if (answers::fails(n) && !answers::tells(n)) continue;
        expected[answers::fails(n) ? std::string() : whose.model] += whose.cost(n);
        sum += whose.cost(n);
      }
      all.push_back(asio::co_spawn(
          pool, branch.abatch_results(std::move(inputs), {.max_concurrency = 8}, RunConfig().callback(usage)),
          asio::use_future));
    }
    for (auto& each : all)
      for (const auto& result : each.get())
        if (!result) ++failed;
  }
  EXPECT_EQ(failed, failures);
  const auto counted = usage->usage_metadata();
  const std::vector<std::pair<std::string, Usage>> in_order(expected.begin(), expected.end());
  ASSERT_EQ(in_order.size(), 3u);
  EXPECT_EQ(in_order[0].first, "");
  EXPECT_TRUE(counted == in_order);
  for (std::size_t i = 0; i < counted.size() && i < in_order.size(); ++i) {
    EXPECT_EQ(counted[i].first, in_order[i].first);
    EXPECT_EQ(counted[i].second.total_tokens, in_order[i].second.total_tokens) << counted[i].first;
  }
  EXPECT_EQ(usage->total(), sum);
}

}  // namespace
}  // namespace corochain::usage_callback_test
