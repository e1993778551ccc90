// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Limits and cancels of batches in all forms.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "corochain/testing/fake_chat_model.hpp"
#include "support/numbered_batch.hpp"

namespace corochain::batch_limits_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;
using chain_type = Runnable<Dict, std::string>;
using test::chain_of;
using test::model_of;
using test::numbers;

TEST(Batch, nested_limits_never_multiply) {
  for (const std::size_t limit : {1u, 2u, 5u}) {
    SCOPED_TRACE(limit);
    VirtualTime time;
    const auto model = model_of(time, 1ms);
    const auto leaf = chain_of(model);
    const auto pair =
        RunnableParallel({{"a", leaf}, {"b", leaf}}).with_config(RunConfig().max_concurrency(2));
    const auto nested = [pair](Dict input) -> awaitable<int> {
      const std::vector<Dict> inputs(4, input);
      const auto answers = co_await pair.abatch(inputs, {.max_concurrency = 8});
      co_return static_cast<int>(answers.size());
    };
    const RunnableParallel outer({{"x", nested}, {"y", nested}});
    const auto answers = time.run(outer.abatch(numbers(6), {.max_concurrency = limit}));
    ASSERT_EQ(answers.size(), 6u);
    for (const Dict& answer : answers) EXPECT_EQ(answer.get<std::int64_t>("y"), 4);
    EXPECT_EQ(model.calls(), 6u * 2 * 4 * 2);
    EXPECT_LE(model.max_in_flight(), limit);
    EXPECT_GT(2 * model.max_in_flight(), limit);
  }
}

/// Runs a form of batch over fifty questions. `answers_of` returns how many were answered.
void expect_all_at_once(awaitable<std::size_t> (*answers_of)(chain_type)) {
  VirtualTime time;
  const auto model = model_of(time, 10ms);
  EXPECT_EQ(time.run(answers_of(chain_of(model))), 50u);
  EXPECT_EQ(model.max_in_flight(), 50u);
  EXPECT_EQ(time.now(), 10ms);
}
awaitable<std::size_t> count_of(Completions<std::string> done) {
  std::size_t count = 0;
  while (auto item = co_await done.next()) count += item->result.has_value();
  co_return count;
}

TEST(Batch, a_max_concurrency_of_0_is_no_limit_in_any_form) {
  expect_all_at_once([](chain_type chain) -> awaitable<std::size_t> {
    const auto answers = co_await chain.abatch(numbers(50), {.max_concurrency = 0});
    co_return answers.size();
  });
  expect_all_at_once([](chain_type chain) -> awaitable<std::size_t> {
    const auto results = co_await chain.abatch_results(numbers(50), {.max_concurrency = 0});
    co_return results.size();
  });
  expect_all_at_once([](chain_type chain) {
    return count_of(chain.abatch_as_completed(numbers(50), {.max_concurrency = 0}));
  });
  expect_all_at_once(
      [](chain_type chain) { return count_of(chain.abatch_ordered(numbers(50), {.max_concurrency = 0})); });
  expect_all_at_once([](chain_type chain) -> awaitable<std::size_t> {
    const QueryReport report = co_await query_all(chain, numbers(50), {.max_concurrency = 0});
    co_return report.results.size();
  });
}

TEST(Batch, a_configured_max_concurrency_of_0_is_no_limit) {
  expect_all_at_once([](chain_type chain) -> awaitable<std::size_t> {
    const RunConfig config = RunConfig().max_concurrency(0);
    const auto answers = co_await chain.abatch(numbers(50), BatchOptions(), config);
    co_return answers.size();
  });
  expect_all_at_once([](chain_type chain) {
    return count_of(chain.abatch_as_completed(numbers(50), BatchOptions(), RunConfig().max_concurrency(0)));
  });
  expect_all_at_once([](chain_type chain) {
    return count_of(chain.abatch_ordered(numbers(50), BatchOptions(), RunConfig().max_concurrency(0)));
  });
  expect_all_at_once([](chain_type chain) -> awaitable<std::size_t> {
    const chain_type bound = chain.with_config(RunConfig().max_concurrency(0));
    const auto results = co_await bound.abatch_results(numbers(50));
    co_return results.size();
  });
}

/// Cancels `call` while the model is being asked. It throws, and by then nothing of it is left.
template <class T>
awaitable<void> expect_cut_off(awaitable<T> call, FakeChatModel model) {
  bool cut_off = false;
  try {
    (void)co_await timeout(20ms, std::move(call));
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::run);
    cut_off = true;
  }
  EXPECT_TRUE(cut_off);
  EXPECT_EQ(model.in_flight(), 0u);
}
/// Does the same with the wait for a stream's first item. The stream still exists when the cancel has
/// completed.
awaitable<void> expect_stream_cut_off(Completions<std::string> done, FakeChatModel model) {
  co_await expect_cut_off(done.next(), model);
}

/// The caller of the call that is in flight when the cancel comes.
enum class called_by {
  chain,
  guarded_chain,    ///< with retries and fallbacks for every failure
  relabelling_step  ///< in such a chain: it turns the cancel into a failure of its own
};

/// A model that does not answer in the time of this test, and the steps around it.
class CancelledBatch : public ::testing::TestWithParam<called_by> {
 protected:
  chain_type chain_around_model() const {
    const chain_type plain = chain_of(model);
    const auto relabel = [plain](Dict input) -> awaitable<std::string> {
      try {
        co_return co_await plain.ainvoke(input);
      } catch (const CancelledError&) {
        throw ServerError("a failure like any other");
      }
    };
    RetryOptions retry;
    retry.wait_exponential_jitter = false;
    retry.retry_if = [](const Failure&) { return true; };
    switch (GetParam()) {
      case called_by::chain: break;
      case called_by::guarded_chain: return plain.with_retry(retry).with_fallbacks({chain_of(backup)});
      case called_by::relabelling_step:
        return RunnableLambda(relabel).with_retry(retry).with_fallbacks({chain_of(backup)});
    }
    return plain;
  }
  void TearDown() override {
    EXPECT_GE(model.calls(), 1u);
    EXPECT_LE(model.calls(), 3u);  // no more than run at once: nothing was retried
    EXPECT_EQ(backup.calls(), 0u);
  }

  const FakeChatModel model{FakeReply("late").after(1h)};
  const FakeChatModel backup{"backup"};
  const chain_type chain = chain_around_model();
};

TEST_P(CancelledBatch, gives_no_results) {
  run(expect_cut_off(chain.abatch_results(numbers(9), {.max_concurrency = 3}), model));
}
TEST_P(CancelledBatch, gives_no_report) {
  run(expect_cut_off(query_all(chain, numbers(9), {.max_concurrency = 3}), model));
}
TEST_P(CancelledBatch, gives_no_item_as_completed) {
  run(expect_stream_cut_off(chain.abatch_as_completed(numbers(9), {.max_concurrency = 3}), model));
}
TEST_P(CancelledBatch, gives_no_item_in_order) {
  run(expect_stream_cut_off(chain.abatch_ordered(numbers(9), {.max_concurrency = 3}), model));
}

INSTANTIATE_TEST_SUITE_P(Of, CancelledBatch,
                         ::testing::Values(called_by::chain, called_by::guarded_chain,
                                           called_by::relabelling_step),
                         [](const auto& which) -> std::string {
                           switch (which.param) {
                             case called_by::chain: return "a_plain_chain";
                             case called_by::guarded_chain: return "retries_and_fallbacks";
                             case called_by::relabelling_step:
                               return "retries_and_fallbacks_of_a_relabelled_cancel";
                           }
                           return "";
                         });

}  // namespace
}  // namespace corochain::batch_limits_test
