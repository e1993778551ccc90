// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "corochain/testing/fake_chat_model.hpp"
#include "support/numbered_batch.hpp"
#include "support/virtual_work.hpp"

namespace corochain::batch_inputs_test {
namespace {
using test::chain_of;
using test::numbers;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

/// How far a generator has come.
struct generated {
  int drawn = 0;
  int waiting = 0;
  int most_waiting = 0;
};

/// Yields numbers as texts, one per millisecond. Throws in place of the number `fails_at`.
class Numbers {
 public:
  Numbers(VirtualTime time, int count, std::shared_ptr<generated> seen, int fails_at = -1)
      : time_(std::move(time)), count_(count), seen_(std::move(seen)), fails_at_(fails_at) {}

  awaitable<std::optional<std::string>> next() { return next_of(this); }

 private:
  static awaitable<std::optional<std::string>> next_of(Numbers* self) {
    self->seen_->most_waiting = std::max(self->seen_->most_waiting, ++self->seen_->waiting);
    co_await self->time_.sleep(1ms);
    --self->seen_->waiting;
    std::optional<std::string> number;
    if (self->seen_->drawn == self->fails_at_) throw std::runtime_error("the source is broken");
    if (self->seen_->drawn < self->count_) number = std::to_string(self->seen_->drawn++);
    co_return number;
  }

  VirtualTime time_;
  int count_;
  std::shared_ptr<generated> seen_;
  int fails_at_;
};

/// Answers "<number>!" after `length`, the number 0 after `straggle`. Every multiple of `fails` fails.
FakeChatModel model_of(VirtualTime time, std::chrono::milliseconds length,
                       std::chrono::milliseconds straggle = 0ms, int fails = 0) {
  return FakeChatModel(
      [=](const Messages& asked) {
        const int number = std::stoi(asked[0].content());
        FakeReply reply(asked[0].content() + "!");
        if (fails > 0 && number % fails == 0) reply = FakeReply::failure(ServerError("no"));
        return reply.after(number == 0 && straggle > 0ms ? straggle : length);
      },
      time);
}

awaitable<std::vector<std::size_t>> indexes_of(Completions<std::string> done) {
  std::vector<std::size_t> all;
  while (auto item = co_await done.next()) {
    EXPECT_EQ(item->result.value(), std::to_string(item->index) + "!");
    all.push_back(item->index);
  }
  co_return all;
}

TEST(BatchInputs, are_awaited_from_a_generator_one_at_a_time) {
  VirtualTime time;
  const auto seen = std::make_shared<generated>();
  const auto model = model_of(time, 10ms);
  const auto answers = time.run(chain_of(model).abatch(Numbers(time, 40, seen), {.max_concurrency = 4}));
  ASSERT_EQ(answers.size(), 40u);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], std::to_string(i) + "!");
  EXPECT_EQ(seen->most_waiting, 1);
  EXPECT_LE(model.max_in_flight(), 4u);
  EXPECT_GE(model.max_in_flight(), 3u);
  const auto none = time.run(chain_of(model).abatch(Numbers(time, 0, std::make_shared<generated>())));
  EXPECT_TRUE(none.empty());
}

TEST(BatchInputs, may_be_a_stream_of_another_chain) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 1ms));
  const RunnableGenerator<int, std::string> count([](int to, Yield<std::string> yield) -> awaitable<void> {
    for (int i = 0; i < to; ++i) co_await yield(std::to_string(i));
  });
  const auto answers = time.run(chain.abatch(count.astream(7), {.max_concurrency = 2}));
  EXPECT_EQ(answers, (std::vector<std::string>{"0!", "1!", "2!", "3!", "4!", "5!", "6!"}));
}

TEST(BatchInputs, a_generator_that_throws_ends_the_batch) {
  VirtualTime time;
  const auto model = model_of(time, 1h);
  EXPECT_THROW(time.run(chain_of(model).abatch(Numbers(time, 9, std::make_shared<generated>(), 3))),
               std::runtime_error);
  EXPECT_EQ(model.in_flight(), 0u);
  EXPECT_EQ(model.calls(), 3u);
  EXPECT_LT(time.now(), 1s);  // the drawing did not wait for the calls
  // A stream hands out the items first that were done before.
  const auto quick = chain_of(model_of(time, 0ms));
  const auto read = [](Completions<std::string> done) -> awaitable<int> {
    int taken = 0;
    try {
      while (auto item = co_await done.next()) ++taken;
      ADD_FAILURE() << "it ended without its error";
    } catch (const std::runtime_error&) {
    }
    co_return taken;
  };
  EXPECT_EQ(time.run(read(quick.abatch_as_completed(Numbers(time, 9, std::make_shared<generated>(), 3)))), 3);
}

/// A source that never waits: numbers up to the one that it fails at.
class ReadyNumbers {
 public:
  explicit ReadyNumbers(int fails_at) : fails_at_(fails_at) {}
  awaitable<std::optional<std::string>> next() { return next_of(this); }

 private:
  static awaitable<std::optional<std::string>> next_of(ReadyNumbers* self) {
    if (self->drawn_ == self->fails_at_) throw std::runtime_error("the source is broken");
    co_return std::to_string(self->drawn_++);
  }
  int fails_at_;
  int drawn_ = 0;
};

TEST(BatchInputs, a_generator_that_throws_at_once_ends_the_batch) {
  for (const int fails_at : {0, 1, 2, 5})
    for (const std::size_t most : {1u, 3u, 100u}) {
      VirtualTime time;
      const auto chain = chain_of(model_of(time, 5ms));
      std::string said;
      try {
        (void)time.run(chain.abatch(ReadyNumbers(fails_at), {.max_concurrency = most}));
      } catch (const std::runtime_error& error) {
        said = error.what();
      }
      EXPECT_EQ(said, "the source is broken") << fails_at << " of " << most;
    }
}

TEST(BatchInputs, of_a_batch_that_fails_are_drawn_no_further) {
  VirtualTime time;
  const auto seen = std::make_shared<generated>();
  const auto chain = chain_of(model_of(time, 5ms, 0ms, 1));  // all fail
  EXPECT_THROW(time.run(chain.abatch(Numbers(time, 1000, seen), {.max_concurrency = 2})), ServerError);
  EXPECT_LE(seen->drawn, 4);
}

TEST(BatchInputs, more_concurrency_than_inputs_is_fine) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 5ms));
  EXPECT_EQ(time.run(chain.abatch(numbers(3), {.max_concurrency = 1000})).size(), 3u);
  EXPECT_TRUE(time.run(chain.abatch(numbers(0), {.max_concurrency = 8})).empty());
  EXPECT_TRUE(time.run(chain.abatch_results(numbers(0))).empty());
  EXPECT_TRUE(time.run(indexes_of(chain.abatch_as_completed(numbers(0)))).empty());
  EXPECT_TRUE(time.run(indexes_of(chain.abatch_ordered(numbers(0)))).empty());
}

TEST(BatchResults, have_each_items_own_end) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 5ms, 0ms, 3));
  const auto results = time.run(chain.abatch_results(numbers(7), {.max_concurrency = 2}));
  ASSERT_EQ(results.size(), 7u);
  for (std::size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(results[i].has_value(), i % 3 != 0);
    if (results[i]) {
      EXPECT_EQ(results[i].value(), std::to_string(i) + "!");
    } else {
      EXPECT_EQ(results[i].error().kind(), ErrorKind::server);
    }
  }
}

TEST(BatchResults, of_items_that_a_timeout_left_are_timeouts) {
  const FakeChatModel model([](const Messages& asked) {
    return FakeReply(asked[0].content())
        .after(asked[0].content() == "0" ? 0ms : std::chrono::milliseconds(1h));
  });
  const auto results = chain_of(model).batch_results(numbers(5), {.max_concurrency = 2, .timeout = 50ms});
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].value(), "0");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(results[i].error().kind(), ErrorKind::timeout);
  EXPECT_EQ(model.calls(), 3u);
}

TEST(BatchOrdered, gives_results_in_the_order_of_the_inputs) {
  VirtualTime time;
  const auto chain = chain_of(FakeChatModel(
      [](const Messages& asked) {
        const int number = std::stoi(asked[0].content());
        return FakeReply(asked[0].content() + "!").after(std::chrono::milliseconds((number * 7919) % 23));
      },
      time));
  const auto indexes = time.run(indexes_of(chain.abatch_ordered(numbers(100), {.max_concurrency = 8})));
  ASSERT_EQ(indexes.size(), 100u);
  for (std::size_t i = 0; i < indexes.size(); ++i) EXPECT_EQ(indexes[i], i);
}

TEST(BatchOrdered, holds_no_more_than_its_window_behind_a_straggler) {
  for (const std::size_t window : {0u, 3u, 6u}) {
    VirtualTime time;
    const auto model = model_of(time, 1ms, 1000ms);
    const auto read = [](VirtualTime clock, FakeChatModel asked, std::size_t at_most,
                         Completions<std::string> done) -> awaitable<void> {
      auto first = co_await done.next();
      EXPECT_EQ(first->index, 0u);
      EXPECT_EQ(clock.now(), 1000ms);
      EXPECT_EQ(asked.calls(), at_most + 1);  // the window, long ago, and one for the item that was taken
      std::size_t next = 1;
      while (auto item = co_await done.next()) EXPECT_EQ(item->index, next++);
      EXPECT_EQ(next, 50u);
    };
    const std::size_t held = window == 0 ? 8 : window;  // four times the concurrency
    time.run(
        read(time, model, held,
             chain_of(model).abatch_ordered(numbers(50), {.max_concurrency = 2, .reorder_window = window})));
  }
}

TEST(BatchOrdered, goes_on_when_its_window_opens_meanwhile) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 5ms));
  const auto seen = std::make_shared<generated>();
  const auto read = [](Completions<std::string> done, VirtualTime clock,
                       std::shared_ptr<generated> source) -> awaitable<void> {
    std::size_t taken = 0;
    while (auto item = co_await done.next()) {
      EXPECT_EQ(item->index, taken++);
      co_await clock.sleep(20ms);
      EXPECT_EQ(source->drawn, std::min(static_cast<int>(taken) + 4, 20));
    }
    EXPECT_EQ(taken, 20u);
  };
  time.run(read(chain.abatch_ordered(Numbers(time, 20, seen), {.reorder_window = 4}), time, seen));
}

TEST(BatchOrdered, keeps_failures_in_their_place) {
  VirtualTime time;
  const auto read = [](Completions<std::string> done) -> awaitable<std::vector<bool>> {
    std::vector<bool> all;
    while (auto item = co_await done.next()) all.push_back(item->result.has_value());
    co_return all;
  };
  const auto chain = chain_of(model_of(time, 5ms, 50ms, 3));
  const auto ok = time.run(read(chain.abatch_ordered(numbers(7), {.max_concurrency = 3})));
  EXPECT_EQ(ok, (std::vector<bool>{false, true, true, false, true, true, false}));
}

class Watcher : public BatchProgress {
 public:
  explicit Watcher(bool throws = false) : throws_(throws) {}
  void on_item(const BatchStatus& status) override {
    done = status.done;
    failed = status.failed;
    total = status.total;
    if (status.failure) {
      EXPECT_EQ(status.failure->kind(), ErrorKind::server);
    }
    indexes.push_back(status.index);
    if (throws_) throw std::runtime_error("a broken watcher");
  }
  std::size_t done = 0;
  std::size_t failed = 0;
  std::optional<std::size_t> total;
  std::vector<std::size_t> indexes;

 private:
  bool throws_;
};

TEST(BatchProgress, is_told_of_each_item_in_whatever_form) {
  for (const bool throws : {false, true}) {
    VirtualTime time;
    const auto chain = chain_of(model_of(time, 5ms, 50ms, 3));
    Watcher results(throws), completed(throws), ordered(throws), queries(throws), generator(throws);
    (void)time.run(chain.abatch_results(numbers(7), {.max_concurrency = 2, .progress = &results}));
    const auto drain = [](Completions<std::string> done) -> awaitable<void> {
      while (auto item = co_await done.next()) EXPECT_LT(item->index, 7u);
    };
    time.run(drain(chain.abatch_as_completed(numbers(7), {.max_concurrency = 2, .progress = &completed})));
    time.run(drain(chain.abatch_ordered(numbers(7), {.max_concurrency = 2, .progress = &ordered})));
    (void)time.run(query_all(chain, numbers(7), {.max_concurrency = 2, .progress = &queries}));
    time.run(drain(chain.abatch_as_completed(Numbers(time, 7, std::make_shared<generated>()),
                                             {.max_concurrency = 2, .progress = &generator})));
    for (const Watcher* each : {&results, &completed, &ordered, &queries, &generator}) {
      EXPECT_EQ(each->done, 7u);
      EXPECT_EQ(each->failed, 3u);
      EXPECT_EQ(each->indexes.size(), 7u);
      EXPECT_EQ(each->total, each == &generator ? std::nullopt : std::optional<std::size_t>(7));
    }
  }
}

TEST(BatchProgress, is_not_told_of_items_that_outlive_the_results) {
  for (const bool in_run : {true, false}) {
    VirtualTime time;
    // Their ends are on their way when the results are abandoned: the calls answer at once.
    const RunnableLambda<std::string, std::string> chain([](std::string text) { return text + "!"; });
    auto watcher = std::make_unique<Watcher>(false);
    const auto leave = [](Runnable<std::string, std::string> called, std::unique_ptr<Watcher> watches,
                          VirtualTime clock) -> awaitable<void> {
      {
        const auto held = std::move(watches);
        auto done = called.abatch_as_completed(numbers(200), {.max_concurrency = 8, .progress = held.get()});
        auto item = co_await done.next();
        EXPECT_TRUE(item);
        EXPECT_GE(held->done, 1u);
      }
      co_await clock.sleep(100ms);
    };
    auto call = leave(chain, std::move(watcher), time);
    if (in_run) call = detail::enter_run(std::move(call));
    time.run(std::move(call));
  }
}

TEST(BatchRecord, tells_what_each_item_cost) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 5ms, 50ms, 3));
  const auto read = [](Completions<std::string> done, bool asked_for) -> awaitable<void> {
    std::size_t count = 0;
    while (auto item = co_await done.next()) {
      ++count;
      EXPECT_EQ(item->record != nullptr, asked_for);
      if (!item->record) continue;
      EXPECT_EQ(item->record->question, std::to_string(item->index));
      EXPECT_EQ(item->record->ok(), item->result.has_value());
      EXPECT_GT(item->record->time_taken, 0);
    }
    EXPECT_EQ(count, 7u);
  };
  time.run(read(chain.abatch_as_completed(numbers(7), {.max_concurrency = 2, .record = true}), true));
  time.run(read(chain.abatch_ordered(numbers(7), {.max_concurrency = 2, .record = true}), true));
  time.run(read(chain.abatch_as_completed(numbers(7), {.max_concurrency = 2}), false));
}

TEST(BatchBlocking, forms_give_the_same) {
  const auto chain =
      chain_of(FakeChatModel([](const Messages& asked) { return FakeReply(asked[0].content() + "!"); }));
  std::vector<bool> seen(20);
  for (auto& item : chain.batch_as_completed(numbers(20), {.max_concurrency = 3})) {
    EXPECT_EQ(item.result.value(), std::to_string(item.index) + "!");
    seen[item.index] = true;
  }
  EXPECT_EQ(seen, std::vector<bool>(20, true));
  std::size_t next = 0;
  for (auto& item : chain.batch_ordered(numbers(20), {.max_concurrency = 3})) EXPECT_EQ(item.index, next++);
  EXPECT_EQ(next, 20u);
}

}  // namespace
}  // namespace corochain::batch_inputs_test
