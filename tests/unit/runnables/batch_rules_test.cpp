// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/fake_chain.hpp"
#include "support/function_runnable.hpp"

namespace corochain::batch_rules_test {
namespace {
using test::chain_of;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

TEST(BatchRules, the_tightest_of_all_limits_holds) {
  struct limits {
    std::size_t option, given, bound;
  };
  for (const limits& each :
       {limits{0, 0, 2}, limits{5, 0, 2}, limits{2, 5, 0}, limits{5, 2, 0}, limits{0, 2, 5}}) {
    VirtualTime time;
    const FakeChatModel model(FakeReply("yes").after(1s), time);
    const auto chain = chain_of(model)
                           .with_config(RunConfig().max_concurrency(each.bound))
                           .with_config(RunConfig().tag("t"));
    const BatchOptions options{.max_concurrency = each.option};
    const auto answers = time.run(
        chain.abatch(std::vector<std::string>(6, "q"), options, RunConfig().max_concurrency(each.given)));
    EXPECT_EQ(answers.size(), 6u);
    EXPECT_EQ(model.max_in_flight(), 2u) << each.option << each.given << each.bound;
    EXPECT_EQ(time.now(), 3s);
  }
}

TEST(BatchRules, a_timeout_counts_from_the_start) {
  boost::asio::io_context loop;
  const auto chain = chain_of(FakeChatModel("yes"));
  auto batch = chain.abatch({"a", "b"}, BatchOptions(), RunConfig().timeout(1s));
  boost::asio::steady_timer later(loop, 1100ms);
  later.wait();  // longer than the batch may take
  EXPECT_EQ(run(std::move(batch)).size(), 2u);
}

TEST(BatchRules, a_deadline_does_not_move) {
  const auto slow = chain_of(FakeChatModel(FakeReply("late").after(1h)));
  const auto deadline = std::chrono::steady_clock::now() + 50ms;
  auto batch = slow.abatch({"a", "b"}, BatchOptions(), RunConfig().deadline(deadline));
  boost::asio::io_context loop;
  boost::asio::steady_timer later(loop, deadline + 1ms);
  later.wait();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW((void)run(std::move(batch)), TimeoutError);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 49ms) << "it was over before it began";
}

TEST(BatchRules, a_window_beyond_all_numbers_is_none) {
  const auto chain = chain_of(FakeChatModel("yes"));
  std::size_t count = 0;
  const BatchOptions options{.max_concurrency = std::numeric_limits<std::size_t>::max() / 2 + 1};
  for (auto& item : chain.batch_ordered({"a", "b", "c"}, options)) EXPECT_EQ(item.index, count++);
  EXPECT_EQ(count, 3u);
}

TEST(BatchRules, order_is_kept_whatever_comes_early) {
  VirtualTime time;
  const FakeChatModel model(
      [](const Messages& asked) {
        const int number = std::stoi(asked[0].content());
        return FakeReply(asked[0].content()).after(std::chrono::milliseconds((number * 7919) % 101));
      },
      time);
  std::vector<std::string> inputs;
  for (int i = 0; i < 500; ++i) inputs.push_back(std::to_string(i));
  const auto read = [](Completions<std::string> done) -> awaitable<std::size_t> {
    std::size_t next = 0;
    while (auto item = co_await done.next()) {
      EXPECT_EQ(item->index, next);
      EXPECT_EQ(item->result.value(), std::to_string(next));
      ++next;
    }
    co_return next;
  };
  EXPECT_EQ(time.run(read(chain_of(model).abatch_ordered(inputs, {.max_concurrency = 64}))), 500u);
}

class Watcher : public BatchProgress {
 public:
  explicit Watcher(bool throws = false) : throws_(throws) {}
  void on_item(const BatchStatus& status) override {
    indexes.push_back(status.index);
    failed = status.failed;
    if (throws_) throw std::runtime_error("canary of a broken watcher");
  }
  std::vector<std::size_t> indexes;
  std::size_t failed = 0;

 private:
  bool throws_;
};

FakeChatModel fails_at_three(const VirtualTime& time) {
  return FakeChatModel(
      [](const Messages& asked) {
        if (asked[0].content() == "3") return FakeReply::failure(ServerError("no")).after(5ms);
        return FakeReply("yes").after(5ms);
      },
      time);
}

TEST(BatchRules, progress_is_told_of_the_failure_that_ends_a_batch) {
  VirtualTime time;
  Watcher watcher;
  const auto chain = chain_of(fails_at_three(time));
  const BatchOptions options{.max_concurrency = 2, .progress = &watcher};
  EXPECT_THROW((void)time.run(chain.abatch({"0", "1", "2", "3", "4", "5"}, options)), ServerError);
  EXPECT_EQ(watcher.indexes, (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(watcher.failed, 1u);
}

TEST(BatchRules, a_watcher_that_throws_is_reported) {
  VirtualTime time;
  Watcher broken(true);
  std::vector<std::string> lines;
  set_log(LogLevel::warning, [&lines](const LogRecord& record) {
    if (record.event == "callback.failed") lines.emplace_back(record.text);
  });
  (void)time.run(chain_of(fails_at_three(time)).abatch_results({"1", "2", "3"}, {.progress = &broken}));
  set_log(LogLevel::off, nullptr);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find("BatchProgress"), std::string::npos);
  EXPECT_EQ(lines[0].find("canary"), std::string::npos);
}

TEST(BatchRules, functions_of_configurations_are_told_of_items) {
  VirtualTime time;
  Watcher object;
  std::vector<std::size_t> given;
  std::size_t bound = 0;
  const auto chain =
      chain_of(fails_at_three(time)).with_config(RunConfig().progress([&bound](const BatchStatus& status) {
        bound = status.done;
      }));
  auto config =
      RunConfig().tag("t").progress([&given, owned = std::string("kept")](const BatchStatus& status) {
        given.push_back(status.index + owned.size());
      });
  (void)time.run(
      chain.abatch_results({"1", "2", "3"}, {.max_concurrency = 1, .progress = &object}, std::move(config)));
  EXPECT_EQ(given, (std::vector<std::size_t>{4, 5, 6}));
  EXPECT_EQ(object.indexes, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(object.failed, 1u);
  EXPECT_EQ(bound, 3u);
  // A single call is no batch.
  (void)time.run(chain.ainvoke("1"));
  EXPECT_EQ(bound, 3u);
}

TEST(BatchRules, each_batch_verb_tells_a_function_of_its_items) {
  VirtualTime time;
  std::size_t told = 0;
  const auto config =
      RunConfig().progress([&told](const BatchStatus& status) { told += status.total ? 1 : 0; });
  const auto chain = chain_of(fails_at_three(time));
  EXPECT_EQ(time.run(chain.abatch({"0", "1"}, {}, config)).size(), 2u);
  EXPECT_EQ(told, 2u);
  const auto report = time.run(query_all(chain, {"0", "3"}, {}, config));
  EXPECT_EQ(told, 4u);
  const auto read = [](Completions<std::string> items) -> awaitable<void> {
    while (auto item = co_await items.next()) {
    }
  };
  time.run(read(chain.abatch_as_completed({"0", "3"}, {.max_concurrency = 1}, config)));
  time.run(read(chain.abatch_ordered({"0", "3"}, {}, config)));
  EXPECT_EQ(told, 8u);
}

TEST(BatchRules, a_function_that_throws_is_reported_by_itself) {
  VirtualTime time;
  Watcher object;
  std::vector<std::string> lines;
  set_log(LogLevel::warning, [&lines](const LogRecord& record) {
    if (record.event == "callback.failed") lines.emplace_back(record.text);
  });
  const auto config = RunConfig().progress(
      [](const BatchStatus&) { throw std::runtime_error("canary of a broken function"); });
  (void)time.run(chain_of(fails_at_three(time)).abatch_results({"1", "2"}, {.progress = &object}, config));
  set_log(LogLevel::off, nullptr);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("BatchProgress"), std::string::npos);
  EXPECT_EQ(lines[0].find("canary"), std::string::npos);
  EXPECT_EQ(object.indexes.size(), 2u);
  EXPECT_THROW(RunConfig().progress(nullptr), ConfigError);
}

TEST(BatchRules, in_batches_knows_configurations_and_watchers) {
  VirtualTime time;
  Watcher watcher;
  const auto tags = test::runnable_of<int, std::string>([](int) -> awaitable<std::string> {
    const RunConfig config = co_await current_config();
    co_return config.tags().at(0);
  });
  const auto read = [](Batches<int, std::string> groups) -> awaitable<std::size_t> {
    std::size_t all = 0;
    while (auto group = co_await groups.next()) {
      for (const std::string& each : *group) EXPECT_EQ(each, "t");
      all += group->size();
    }
    co_return all;
  };
  const InBatchesOptions options{.batch_size = 2, .progress = &watcher};
  EXPECT_EQ(run(read(in_batches(tags, {1, 2, 3}, options, RunConfig().tag("t")))), 3u);
  EXPECT_EQ(watcher.indexes, (std::vector<std::size_t>{0, 1, 0}));
}

/// Yields three numbers, then throws.
class Broken {
 public:
  awaitable<std::optional<int>> next() {
    std::optional<int> number;
    if (given_ == 3) throw std::runtime_error("the source is broken");
    number = ++given_;
    co_return number;
  }

 private:
  int given_ = 0;
};

awaitable<void> read_broken(Runnable<int, int> chain) {
  auto groups = in_batches(chain, Broken(), {.batch_size = 2});
  auto group = co_await groups.next();
  EXPECT_EQ(group.value(), (std::vector<int>{1, 2}));
  group = co_await groups.next();
  EXPECT_EQ(group.value(), std::vector<int>{3}) << "an item that was drawn is not lost";
  try {
    group = co_await groups.next();
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the source is broken");
  }
  group = co_await groups.next();
  EXPECT_FALSE(group);
}

TEST(BatchRules, in_batches_loses_nothing_when_its_inputs_break) {
  run(read_broken(test::runnable_of<int, int>([](int n) { return n; })));
}

TEST(BatchRules, query_takes_a_configuration) {
  const auto slow = chain_of(FakeChatModel(FakeReply("late").after(1h)));
  const QueryResult late = run(query(slow, "q", RunConfig().timeout(5ms)));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error->kind(), ErrorKind::timeout);
  EXPECT_EQ(late.question, "q");
}

TEST(BatchRules, items_that_a_timeout_hit_have_their_record) {
  const auto chain = chain_of(FakeChatModel([](const Messages& asked) {
    return asked[0].content() == "slow" ? FakeReply("late").after(1h) : FakeReply("yes");
  }));
  const auto read = [](Completions<std::string> done) -> awaitable<void> {
    std::size_t seen = 0;
    while (auto item = co_await done.next()) {
      ++seen;
      EXPECT_NE(item->record, nullptr) << item->index;
      if (!item->record) continue;
      EXPECT_EQ(item->record->ok(), item->index == 0);
      EXPECT_EQ(item->record->question, item->index == 0 ? "quick" : "slow");
      if (item->index == 1) {
        EXPECT_EQ(item->record->error->kind(), ErrorKind::timeout);
      }
    }
    EXPECT_EQ(seen, 2u);
  };
  run(read(chain.abatch_as_completed({"quick", "slow"}, {.timeout = 20ms, .record = true})));
}

awaitable<void> take_all_but_one(Completions<std::string> done) {
  for (std::size_t i = 1; i <= 3; ++i) {
    auto item = co_await done.next();
    EXPECT_EQ(item.value().index, i);
    EXPECT_EQ(item.value().result.value(), "quick");
  }
  co_await done.close();
}

TEST(BatchRules, a_wait_for_the_next_attempt_holds_no_place) {
  const FakeChatModel model([](const Messages& asked) {
    if (asked[0].content() == "slow") return FakeReply::failure(TruncatedError("broke off"));
    return FakeReply("quick");
  });
  const RetryOptions patient{.initial = 1h, .max = 1h};
  const auto chain = chain_of(model).with_retry(patient);
  run(take_all_but_one(chain.abatch_as_completed({"slow", "a", "b", "c"}, {.max_concurrency = 1})));
}

awaitable<void> count_down(int from, Yield<std::string> yield) {
  for (int n = from; n > 0; --n) co_await yield(std::to_string(n) + ' ');
}

TEST(Generators, stand_behind_a_pipe_and_in_a_lambda) {
  const RunnableLambda counts(count_down);
  static_assert(std::is_base_of_v<Runnable<int, std::string>, decltype(counts)>);
  EXPECT_TRUE(counts.streams());
  EXPECT_EQ(counts.invoke(3), "3 2 1 ");
  const auto half = test::runnable_of<int, int>([](int n) { return n / 2; });
  const auto chain = half | count_down;
  std::vector<std::string> chunks;
  for (const auto& chunk : chain.stream(6)) chunks.push_back(chunk);
  EXPECT_EQ(chunks, (std::vector<std::string>{"3 ", "2 ", "1 "}));
  const std::string end = "end";
  const auto captured =
      half | [end](int, Yield<std::string> yield) -> awaitable<void> { co_await yield(end); };
  EXPECT_EQ((captured | [](std::string text) { return text.size(); }).invoke(1), 3u);
}

}  // namespace
}  // namespace corochain::batch_rules_test
