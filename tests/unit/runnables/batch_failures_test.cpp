// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Failures in batches: which item takes the free permit, which items continue, and what stays in the failed
// slot.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "corochain/testing/fake_chat_model.hpp"
#include "support/function_runnable.hpp"
#include "support/numbered_batch.hpp"

namespace corochain::batch_failures_test {
namespace {
namespace asio = boost::asio;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;
using test::chain_of;
using test::numbers;

/// Yields one number. When it is cancelled in its wait for the next, it throws a failure of its own.
class breaks_when_cancelled {
 public:
  explicit breaks_when_cancelled(VirtualTime time) : time_(std::move(time)) {}
  awaitable<std::optional<std::string>> next() { return next_of(this); }

 private:
  static awaitable<std::optional<std::string>> next_of(breaks_when_cancelled* self) {
    if (!std::exchange(self->drawn_, true)) co_return "0";
    try {
      co_await self->time_.sleep(1h);
    } catch (const CancelledError&) {
    }
    throw std::runtime_error("the source is broken");
  }

  VirtualTime time_;
  bool drawn_ = false;
};

TEST(BatchFailure, that_came_first_is_thrown_whatever_the_source_does) {
  VirtualTime time;
  const FakeChatModel model([](const Messages&) { return FakeReply::failure(ServerError("no")).after(5ms); },
                            time);
  EXPECT_THROW(time.run(chain_of(model).abatch(breaks_when_cancelled(time), {.max_concurrency = 2})),
               ServerError);
  EXPECT_EQ(time.now(), 5ms);
}

TEST(BatchFallbacks, take_over_failed_items_with_the_given_input) {
  VirtualTime time;
  const auto first = [time](Dict input) -> awaitable<std::string> {
    const std::string question = input.get<std::string>("question");
    input.set("question", "changed");
    co_await time.sleep(std::chrono::milliseconds(std::stoi(question) % 4));
    if (std::stoi(question) % 3 == 0) throw ServerError("first " + question);
    co_return "first " + question;
  };
  const FakeChatModel backup(
      [](const Messages& asked) {
        const std::string& question = asked[0].content();
        FakeReply reply("backup " + question);
        if (question == "6") reply = FakeReply::failure(RateLimitError("backup " + question));
        return reply.after(2ms);
      },
      time);
  const auto safe = RunnableLambda(first).with_fallbacks({chain_of(backup)});
  std::vector<Dict> inputs;
  for (const std::string& number : numbers(10)) inputs.emplace_back(Var("question", number));
  const auto results = time.run(safe.abatch_results(inputs, {.max_concurrency = 3}));

  ASSERT_EQ(results.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(inputs[i].get<std::string>("question"), number);
    if (i == 6) continue;
    ASSERT_TRUE(results[i].has_value());
    EXPECT_EQ(results[i].value(), (i % 3 == 0 ? "backup " : "first ") + number);
  }
  std::vector<std::string> taken_over;
  for (const Messages& asked : backup.received()) taken_over.push_back(asked[0].content());
  std::sort(taken_over.begin(), taken_over.end());
  EXPECT_EQ(taken_over, (std::vector<std::string>{"0", "3", "6", "9"}));

  ASSERT_FALSE(results[6].has_value());
  const Failure& failure = results[6].error();
  EXPECT_EQ(failure.kind(), ErrorKind::rate_limit);
  EXPECT_EQ(failure.message(), "backup 6");
  ASSERT_EQ(failure.error()->earlier().size(), 1u);
  const Failure before(failure.error()->earlier()[0]);
  EXPECT_EQ(before.kind(), ErrorKind::server);
  EXPECT_EQ(before.message(), "first 6");
}

TEST(BatchResults, of_failed_items_go_no_further) {
  VirtualTime time;
  const FakeChatModel model(
      [](const Messages& asked) {
        const std::string& question = asked[0].content();
        FakeReply reply(question + "!");
        if (std::stoi(question) % 3 == 0) reply = FakeReply::failure(ServerError("no answer"));
        return reply.after(std::chrono::milliseconds(10 - std::stoi(question)));
      },
      time);
  std::vector<std::string> checked, shown;
  const auto check = [&checked](std::string answer) {
    checked.push_back(answer);
    if (answer == "4!") throw std::runtime_error("not this one");
    return answer;
  };
  const auto show = [&shown](std::string answer) {
    shown.push_back(answer);
    return answer;
  };
  const auto chain = chain_of(model) | check | show;
  const auto results = time.run(chain.abatch_results(numbers(9), {.max_concurrency = 3}));
  ASSERT_EQ(results.size(), 9u);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(results[i].has_value(), i % 3 != 0 && i != 4);
  EXPECT_EQ(results[3].error().kind(), ErrorKind::server);
  EXPECT_EQ(results[4].error().message(), "not this one");
  std::sort(checked.begin(), checked.end());
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(checked, (std::vector<std::string>{"1!", "2!", "4!", "5!", "7!", "8!"}));
  EXPECT_EQ(shown, (std::vector<std::string>{"1!", "2!", "5!", "7!", "8!"}));
}

TEST(BatchRetry, of_one_item_delays_no_other) {
  // With a barrier between rounds of attempts, the other items would wait for the first one, or its second
  // attempt for theirs.
  VirtualTime time;
  const auto attempts = std::make_shared<int>(0);
  const FakeChatModel model(
      [attempts](const Messages& asked) {
        const std::string& question = asked[0].content();
        FakeReply reply(question);
        if (question != "0") return reply.after(10ms);
        if (++*attempts < 3) reply = FakeReply::failure(OutputParserError("no JSON"));
        return reply.after(15ms);
      },
      time);
  std::map<std::string, std::chrono::milliseconds> ended;
  const auto note = [&ended, time](std::string answer) {
    ended[answer] = std::chrono::duration_cast<std::chrono::milliseconds>(time.now());
    return answer;
  };
  const auto retried =
      chain_of(model).with_retry({.stop_after_attempt = 3, .wait_exponential_jitter = false});
  const auto answers = time.run((retried | note).abatch(numbers(9), {.max_concurrency = 2}));
  EXPECT_EQ(answers, numbers(9));
  EXPECT_EQ(model.calls(), 11u);
  EXPECT_EQ(ended["0"], 45ms);
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(ended[std::to_string(i)], 10ms * i);
  EXPECT_EQ(ended["6"], 55ms);  // another item had the first item's permit as soon as it was free
  EXPECT_EQ(time.now(), 65ms);
}

/// How one item of a batch behaves.
struct item_script {
  std::size_t failures = 0;  ///< attempts that fail before one succeeds
  std::size_t turns = 0;     ///< turns of the loop that an attempt takes
  std::size_t made = 0;      ///< attempts so far
};
using batch_script = std::vector<item_script>;

Runnable<std::size_t, std::string> chain_of(std::shared_ptr<batch_script> items) {
  const auto answer = [items](std::size_t index) -> awaitable<std::string> {
    item_script& item = items->at(index);
    const std::size_t attempt = ++item.made;
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    for (std::size_t i = 0; i < item.turns; ++i) {
      auto turn = asio::post(here, asio::use_awaitable);
      co_await std::move(turn);
    }
    const std::string name = "item " + std::to_string(index);
    if (attempt <= item.failures) throw OutputParserError(name + ", attempt " + std::to_string(attempt));
    co_return name;
  };
  return test::runnable_of<std::size_t, std::string>(answer);
}

awaitable<std::vector<Result<std::string>>> in_order(Completions<std::string> done) {
  std::vector<Result<std::string>> all;
  while (auto item = co_await done.next()) {
    EXPECT_EQ(item->index, all.size());
    all.push_back(std::move(item->result));
  }
  co_return all;
}

TEST(RetryProperty, each_slot_holds_the_result_of_its_input) {
  std::mt19937 random(20'241'128);
  const auto below = [&random](std::size_t end) { return random() % end; };
  std::size_t failed = 0, mended = 0;
  for (int round = 0; round < 2'000; ++round) {
    SCOPED_TRACE(round);
    const std::size_t most = 1 + below(4);
    const auto items = std::make_shared<batch_script>(below(6));
    std::vector<std::size_t> inputs;
    for (item_script& item : *items) {
      item.failures = below(2) * below(most + 1);
      item.turns = below(4);
      inputs.push_back(inputs.size());
    }
    const auto chain =
        chain_of(items).with_retry({.stop_after_attempt = most, .wait_exponential_jitter = false});
    const BatchOptions options{.max_concurrency = below(4)};
    std::vector<Result<std::string>> results;
    if (round % 2 == 0)
      results = run(chain.abatch_results(inputs, options));
    else
      results = run(in_order(chain.abatch_ordered(inputs, options)));
    ASSERT_EQ(results.size(), items->size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      const item_script& item = (*items)[i];
      const std::string name = "item " + std::to_string(i);
      ASSERT_EQ(item.made, std::min(item.failures + 1, most));
      ASSERT_EQ(results[i].has_value(), item.failures < most);
      if (results[i].has_value()) {
        ASSERT_EQ(results[i].value(), name);
        mended += item.failures > 0;
      } else {
        ASSERT_EQ(results[i].error().message(), name + ", attempt " + std::to_string(most));
        ASSERT_EQ(results[i].error().error()->earlier().size(), most - 1);
        ++failed;
      }
    }
  }
  EXPECT_GT(failed, 500u);
  EXPECT_GT(mended, 500u);
}

}  // namespace
}  // namespace corochain::batch_failures_test
