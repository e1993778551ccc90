// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Retried batches put the result of input i in slot i, and fail exactly where an item has used up its
// attempts.

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <memory>
#include <random>
#include <vector>

#include "support/function_runnable.hpp"
#include "support/rounds.hpp"

namespace corochain::retry_property_test {
namespace {
using namespace std::chrono_literals;

/// How the items of one batch fail.
struct script {
  std::vector<std::size_t> failures;  ///< attempts of each item that fail before one succeeds
  std::vector<std::size_t> turns;     ///< turns of the loop that each attempt of an item takes
  std::vector<std::size_t> made;      ///< attempts of each item so far
};

Runnable<std::size_t, std::string> chain_of(std::shared_ptr<script> items) {
  const auto answer = [items](std::size_t item) -> awaitable<std::string> {
    const std::size_t number = items->made[item]++;
    for (std::size_t i = 0; i < items->turns[item]; ++i) {
      const auto here = co_await boost::asio::this_coro::executor;
      auto turn = boost::asio::post(here, boost::asio::use_awaitable);
      co_await std::move(turn);
    }
    if (number < items->failures[item])
      throw OutputParserError("item " + std::to_string(item) + ", attempt " + std::to_string(number + 1));
    co_return "answer " + std::to_string(item);
  };
  return test::runnable_of<std::size_t, std::string>(answer);
}

void check_failure(const Failure& failure, std::size_t item, std::size_t attempts) {
  ASSERT_EQ(failure.kind(), ErrorKind::output_parser);
  EXPECT_EQ(failure.message(), "item " + std::to_string(item) + ", attempt " + std::to_string(attempts));
  ASSERT_EQ(failure.error()->earlier().size(), attempts - 1);
  for (std::size_t i = 0; i + 1 < attempts; ++i)
    EXPECT_EQ(Failure(failure.error()->earlier()[i]).message(),
              "item " + std::to_string(item) + ", attempt " + std::to_string(i + 1));
}

TEST(RetryProperty, each_slot_holds_what_comes_from_its_input) {
  std::mt19937 random(20'240'607);
  const auto below = [&random](std::size_t end) { return random() % end; };
  std::size_t failed_items = 0, mended_items = 0, failed_batches = 0;
  const int rounds = test::rounds_of(10'000);
  for (int round = 0; round < rounds; ++round) {
    const std::size_t count = below(6), attempts = 1 + below(4);
    const auto items = std::make_shared<script>();
    std::vector<std::size_t> inputs;
    bool all_succeed = true;
    for (std::size_t i = 0; i < count; ++i) {
      inputs.push_back(i);
      items->failures.push_back(below(2) ? 0 : below(attempts + 1));
      items->turns.push_back(below(4));
      all_succeed = all_succeed && items->failures.back() < attempts;
    }
    items->made.resize(count);
    const auto chain =
        chain_of(items).with_retry({.stop_after_attempt = attempts, .initial = 0s, .jitter = 0s});
    const BatchOptions options{.max_concurrency = below(4)};
    if (round % 2 == 0) {
      std::vector<std::string> answers;
      bool thrown = false;
      try {
        answers = chain.batch(inputs, options);
      } catch (const OutputParserError& error) {
        thrown = true;
        EXPECT_EQ(error.earlier().size(), attempts - 1);
      }
      ASSERT_EQ(thrown, !all_succeed);
      failed_batches += thrown;
      if (thrown) continue;
      ASSERT_EQ(answers.size(), count);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(answers[i], "answer " + std::to_string(i));
    } else {
      auto results = run([](Runnable<std::size_t, std::string> made, std::vector<std::size_t> from,
                            BatchOptions how) -> awaitable<std::vector<std::optional<Result<std::string>>>> {
        std::vector<std::optional<Result<std::string>>> all(from.size());
        auto done = made.abatch_as_completed(std::move(from), how);
        for (;;) {
          auto item = co_await done.next();
          if (!item) break;
          EXPECT_FALSE(all.at(item->index));
          all.at(item->index) = std::move(item->result);
        }
        co_return all;
      }(chain, inputs, options));
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(results[i]);
        ASSERT_EQ(items->made[i], std::min(items->failures[i] + 1, attempts));
        ASSERT_EQ(results[i]->has_value(), items->failures[i] < attempts);
        if (results[i]->has_value()) {
          ASSERT_EQ(results[i]->value(), "answer " + std::to_string(i));
          mended_items += items->failures[i] > 0;
        } else {
          check_failure(results[i]->error(), i, attempts);
          ++failed_items;
        }
      }
    }
  }
  const auto often = static_cast<std::size_t>(rounds / 20);
  EXPECT_GT(failed_items, often);
  EXPECT_GT(mended_items, often);
  EXPECT_GT(failed_batches, often);
}

}  // namespace
}  // namespace corochain::retry_property_test
