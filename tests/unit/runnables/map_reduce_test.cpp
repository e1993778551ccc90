// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "corochain/testing/fake_chat_model.hpp"
#include "support/numbered_batch.hpp"
#include "support/run_on.hpp"
#include "support/virtual_work.hpp"

namespace corochain::map_reduce_test {
namespace {
namespace asio = boost::asio;
using test::chain_of;
using test::counted_numbers;
using test::numbers;
using test::virtual_work;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;
using indices = std::vector<std::size_t>;
using outcome_type = MapReduceOutcome<std::string>;
using map_type = Runnable<std::string, std::string>;
using combine_type = Runnable<texts, std::string>;

static_assert(!std::is_aggregate_v<outcome_type>);

/// Gives its input after `length`. An input that begins with "bad" fails, and "slow" takes an hour.
map_type map_in(virtual_work& work, std::chrono::milliseconds length) {
  return RunnableLambda([&work, length](std::string input) -> awaitable<std::string> {
    if (input.starts_with("bad")) (void)co_await work.fail(input, length);
    co_await work.wait(input.starts_with("slow") ? 1h : length);
    co_return input;
  });
}
/// Puts its inputs into brackets. A value with a "!" cannot be combined.
combine_type combine_in(virtual_work& work, std::chrono::milliseconds length) {
  return RunnableLambda([&work, length](texts list) -> awaitable<std::string> {
    std::string all = "(";
    for (const auto& each : list) all += (all.size() > 1 ? " " : "") + each;
    if (all.find('!') != std::string::npos) (void)co_await work.fail("not these", length);
    co_await work.wait(length);
    co_return all + ")";
  });
}
std::vector<indices> inputs_of(const outcome_type& outcome) {
  std::vector<indices> all;
  for (const auto& part : outcome.parts) all.push_back(part.inputs);
  return all;
}
/// The letters of a text, without its brackets.
std::string letters_of(std::string text) {
  std::erase_if(text, [](char c) { return c == '(' || c == ')' || c == ' '; });
  return text;
}

TEST(MapReduce, combines_all_in_order_within_one_limit) {
  for (const std::size_t most : {0u, 1u, 2u, 5u}) {
    for (const std::size_t group : {2u, 3u, 4u}) {
      VirtualTime time;
      virtual_work work(time);
      const auto call = [](virtual_work& w, std::size_t limit, std::size_t size) -> awaitable<outcome_type> {
        const auto map = map_in(w, 10ms);
        const auto combine = combine_in(w, 10ms);
        const texts inputs{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
        auto outcome =
            co_await map_reduce(inputs, map, combine, {.max_concurrency = limit, .group_size = size});
        co_return outcome;
      };
      const outcome_type outcome = time.run(call(work, most, group));
      ASSERT_TRUE(outcome.ok());
      EXPECT_EQ(letters_of(*outcome.value), "abcdefghij");
      EXPECT_TRUE(outcome.parts.empty());
      EXPECT_FALSE(outcome.stopped);
      if (most > 0) {
        EXPECT_EQ(work.alive().peak, static_cast<int>(most));
      }
    }
  }
}

outcome_type reduce(virtual_work& work, texts inputs, MapReduceOptions options = {},
                    std::chrono::milliseconds combining = 1ms) {
  return work.time().run(
      map_reduce(std::move(inputs), map_in(work, 1ms), combine_in(work, combining), options));
}

TEST(MapReduce, of_few_inputs) {
  VirtualTime time;
  virtual_work work(time);
  const auto none = reduce(work, {});
  EXPECT_FALSE(none.value);
  EXPECT_FALSE(none.stopped);
  EXPECT_TRUE(none.parts.empty() && none.failures.empty());
  EXPECT_EQ(reduce(work, {"a"}).value, "a") << "nothing is combined";
  EXPECT_EQ(reduce(work, {"a", "b"}).value, "(a b)");
  EXPECT_EQ(reduce(work, {"a", "b", "c"}, {.group_size = 8}).value, "(a b c)");
}

TEST(MapReduce, a_failed_input_is_reported_and_the_rest_combined) {
  for (const bool ordered : {false, true}) {
    for (const std::size_t most : {0u, 1u, 3u}) {
      VirtualTime time;
      virtual_work work(time);
      const auto outcome = reduce(work, {"bad 0", "a", "b", "bad 3", "c", "bad 5"},
                                  {.max_concurrency = most, .keep_order = ordered});
      ASSERT_TRUE(outcome.value);
      EXPECT_FALSE(outcome.ok());
      std::string letters = letters_of(*outcome.value);
      if (!ordered) std::sort(letters.begin(), letters.end());
      EXPECT_EQ(letters, "abc");
      ASSERT_EQ(outcome.failures.size(), 3u);
      for (const auto& each : outcome.failures)
        EXPECT_EQ(each.failure.message(), "bad " + std::to_string(each.inputs.at(0)));
      EXPECT_TRUE(outcome.combine_failures.empty());
    }
  }
}

TEST(MapReduce, of_which_all_inputs_fail_has_no_value) {
  VirtualTime time;
  virtual_work work(time);
  const auto outcome = reduce(work, {"bad 0", "bad 1"});
  EXPECT_FALSE(outcome.value);
  EXPECT_TRUE(outcome.parts.empty());
  EXPECT_EQ(outcome.failures.size(), 2u);
  EXPECT_FALSE(outcome.stopped);
}

TEST(MapReduce, values_that_cannot_be_combined_are_kept) {
  VirtualTime time;
  virtual_work work(time);
  const auto outcome = reduce(work, {"a", "b", "c", "d!", "e", "f"});
  EXPECT_FALSE(outcome.value);
  EXPECT_EQ(inputs_of(outcome), (std::vector<indices>{{0, 1}, {2}, {3}, {4, 5}}));
  EXPECT_EQ(outcome.parts[0].value, "(a b)");
  EXPECT_EQ(outcome.parts[2].value, "d!");
  ASSERT_EQ(outcome.combine_failures.size(), 1u);
  EXPECT_EQ(outcome.combine_failures[0].inputs, (indices{2, 3}));
  EXPECT_EQ(outcome.combine_failures[0].failure.message(), "not these");
  EXPECT_TRUE(outcome.failures.empty());
}

TEST(MapReduce, when_the_time_is_over_it_has_what_was_done) {
  for (const std::size_t most : {0u, 2u}) {
    VirtualTime time;
    virtual_work work(time);
    // "e" and "f" are being combined when the time is over.
    const auto outcome =
        reduce(work, {"a", "b", "slow", "bad", "e", "f", "slow", "h"},
               {.max_concurrency = most, .timeout = most == 0 ? 15ms : 1h}, most == 0 ? 10ms : 1ms);
    ASSERT_TRUE(outcome.stopped);
    EXPECT_EQ(outcome.stopped->kind(), ErrorKind::timeout);
    EXPECT_FALSE(outcome.value);
    EXPECT_EQ(work.alive().now, 0);
    EXPECT_TRUE(outcome.combine_failures.empty()) << "a combination that was stopped did not fail";
    const auto expected =
        most == 0 ? std::vector<indices>{{0, 1}, {4, 5}, {7}} : std::vector<indices>{{0, 1}, {4, 5}};
    EXPECT_EQ(inputs_of(outcome), expected);
    std::vector<std::size_t> failed;
    for (const auto& each : outcome.failures) failed.push_back(each.inputs.at(0));
    EXPECT_EQ(failed, most == 0 ? (indices{2, 3, 6}) : (indices{2, 3, 6, 7}));
    EXPECT_EQ(outcome.failures[0].failure.kind(), ErrorKind::timeout);
    EXPECT_EQ(outcome.failures[1].failure.message(), "bad");
    EXPECT_EQ(outcome.failures.back().failure.kind(), ErrorKind::timeout);
  }
}

TEST(MapReduce, values_that_are_being_combined_at_the_end_are_kept) {
  VirtualTime time;
  virtual_work work(time);
  const auto outcome = reduce(work, {"a", "b", "c"}, {.timeout = 5ms}, 1h);
  ASSERT_TRUE(outcome.stopped);
  EXPECT_EQ(inputs_of(outcome), (std::vector<indices>{{0}, {1}, {2}}));
  EXPECT_TRUE(outcome.failures.empty());
}

TEST(MapReduce, a_stop_around_it_keeps_what_was_done) {
  VirtualTime time;
  virtual_work work(time);
  // "a" and "b" are being combined when the stop comes, and the last input has not begun.
  auto all = map_reduce({"a", "b", "slow", "d", "e"}, map_in(work, 1ms), combine_in(work, 1h),
                        {.max_concurrency = 2});
  const outcome_type outcome = time.run(until(std::move(all), work.wait(5ms)));
  ASSERT_TRUE(outcome.stopped);
  EXPECT_EQ(outcome.stopped->kind(), ErrorKind::cancelled);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_FALSE(outcome.value);
  EXPECT_TRUE(outcome.combine_failures.empty()) << "a combination that was stopped did not fail";
  EXPECT_EQ(inputs_of(outcome), (std::vector<indices>{{0}, {1}}));
  ASSERT_EQ(outcome.failures.size(), 3u);
  for (const auto& each : outcome.failures) EXPECT_EQ(each.failure.message(), outcome.stopped->message());
}

TEST(MapReduce, is_stopped_when_a_call_fails_at_the_end_of_the_time) {
  VirtualTime time;
  virtual_work work(time);
  const auto outcome = reduce(work, {"a", "bad", "b!", "c"}, {.timeout = 1ms});
  EXPECT_TRUE(outcome.stopped);
  EXPECT_TRUE(reduce(work, {"a", "b!"}, {.timeout = 2ms}).stopped);
}

TEST(MapReduce, a_configuration_holds_for_the_whole) {
  VirtualTime time;
  virtual_work work(time);
  const RunConfig config = RunConfig().max_concurrency(3).timeout(1s);
  const auto outcome = time.run(map_reduce(texts{"a", "b", "c", "d", "e", "slow"}, map_in(work, 1ms),
                                           combine_in(work, 1ms), MapReduceOptions(), config));
  EXPECT_EQ(work.alive().peak, 3);
  ASSERT_TRUE(outcome.stopped);
  ASSERT_EQ(outcome.parts.size(), 1u);
  EXPECT_EQ(letters_of(outcome.parts[0].value), "abcde");
}

TEST(MapReduce, draws_its_inputs_as_there_is_room) {
  VirtualTime time;
  virtual_work work(time);
  int drawn = 0;
  auto outcome = time.run(map_reduce(counted_numbers(40, drawn), map_in(work, 1ms), combine_in(work, 1ms),
                                     {.max_concurrency = 4}));
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(drawn, 40);
  drawn = 0;
  outcome = time.run(map_reduce(counted_numbers(40, drawn), map_in(work, 1ms), combine_in(work, 1h),
                                {.max_concurrency = 2, .timeout = 1s}));
  EXPECT_LE(drawn, 4);
}

/// Gives texts, and throws behind the last one.
RunnableGenerator<int, std::string> source(bool breaks) {
  return RunnableGenerator<int, std::string>(
      [breaks](int count, Yield<std::string> yield) -> awaitable<void> {
        for (int i = 0; i < count; ++i) co_await yield(std::string(1, static_cast<char>('a' + i)));
        if (breaks) throw std::runtime_error("the source is broken");
      });
}

TEST(MapReduce, takes_the_inputs_of_a_generator) {
  for (const int count : {0, 1, 2, 9}) {
    VirtualTime time;
    virtual_work work(time);
    const auto outcome = time.run(map_reduce(source(false).astream(count), map_in(work, 1ms),
                                             combine_in(work, 1ms), {.max_concurrency = 2}));
    EXPECT_EQ(outcome.ok(), count > 0);
    if (outcome.value) {
      EXPECT_EQ(letters_of(*outcome.value),
                std::string("abcdefghi").substr(0, static_cast<std::size_t>(count)));
    }
  }
}

TEST(MapReduce, inputs_that_break_lose_nothing) {
  VirtualTime time;
  virtual_work work(time);
  const auto outcome = time.run(map_reduce(source(true).astream(3), map_in(work, 0ms), combine_in(work, 1h)));
  ASSERT_TRUE(outcome.stopped);
  EXPECT_EQ(outcome.stopped->message(), "the source is broken");
  indices seen;
  for (const auto& part : outcome.parts) seen.insert(seen.end(), part.inputs.begin(), part.inputs.end());
  for (const auto& each : outcome.failures) seen.push_back(each.inputs.at(0));
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (indices{0, 1, 2}));
}

TEST(MapReduce, combines_texts_with_a_prompt_and_values_with_a_function) {
  const auto echo = chain_of(FakeChatModel([](const Messages& asked) {
    std::string text = asked[0].content();
    std::replace(text.begin(), text.end(), '\n', '+');
    return FakeReply(text);
  }));
  EXPECT_EQ(run(map_reduce({"a", "b", "c"}, echo, echo, {.max_concurrency = 1})).value, "a++b++c");
  const auto length = [](const std::string& text) { return static_cast<int>(text.size()); };
  const auto plus = [](int a, int b) { return a + b; };
  EXPECT_EQ(run(map_reduce({"a", "bb", "ccc"}, length, plus)).value, 6);
  const auto sum = [](const std::vector<int>& all) { return std::accumulate(all.begin(), all.end(), 0); };
  EXPECT_EQ(run(map_reduce({"a", "bb", "ccc"}, length, sum, {.group_size = 3})).value, 6);
  EXPECT_THROW((void)map_reduce({"a"}, length, plus, {.group_size = 3}), ConfigError);
  EXPECT_THROW((void)map_reduce({"a"}, length, sum, {.group_size = 1}), ConfigError);
}

struct watcher final : BatchProgress {
  void on_item(const BatchStatus& status) override {
    EXPECT_EQ(status.done, ++done);
    EXPECT_EQ(status.total, 6u);
    EXPECT_LT(status.running, 3u);
    EXPECT_EQ(status.failure != nullptr, status.index == 2);
    failed = status.failed;
  }
  std::size_t done = 0;
  std::size_t failed = 0;
};

TEST(MapReduce, tells_the_progress_of_its_inputs) {
  VirtualTime time;
  virtual_work work(time);
  watcher seen;
  const auto outcome =
      reduce(work, {"a", "b", "bad", "c", "d", "e"}, {.max_concurrency = 3, .progress = &seen});
  EXPECT_TRUE(outcome.value);
  EXPECT_EQ(seen.done, 6u);
  EXPECT_EQ(seen.failed, 1u);
}

TEST(MapReduce, a_cancel_is_thrown_and_leaves_nothing) {
  const FakeChatModel model(FakeReply("late").after(1h));
  const auto chain = chain_of(model);
  const auto join = [](const texts& all) { return all[0]; };
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  asio::co_spawn(loop, map_reduce(numbers(5), chain, join),
                 asio::bind_cancellation_slot(signal.slot(),
                                              [&](std::exception_ptr e, const outcome_type&) { error = e; }));
  for (int i = 0; i < 100 && model.in_flight() < 5; ++i) loop.poll_one();
  EXPECT_EQ(model.in_flight(), 5u);
  signal.emit(asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
  EXPECT_EQ(model.in_flight(), 0u);
  // The same loop, without a cancel.
  const auto quick = chain_of(FakeChatModel(FakeReply("x")));
  EXPECT_EQ(test::run_on<bool>(loop,
                               [](map_type map) -> awaitable<bool> {
                                 const auto first = [](const texts& all) { return all[0]; };
                                 const auto outcome = co_await map_reduce(numbers(5), map, first);
                                 co_return outcome.ok();
                               }([](std::string q) { return Dict{{"question", q}}; } | quick)),
            true);
}

/// Random ends of calls: each input is in one part or one failure, and the order is kept.
TEST(MapReduce, property_nothing_is_lost) {
  for (unsigned seed = 0; seed < 150 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    VirtualTime time;
    virtual_work work(time);
    const auto map = RunnableLambda([&](int n) -> awaitable<std::string> {
      const auto length = 1ms * (random() % 20);
      if (random() % 8 == 0) (void)co_await work.fail("bad", length);
      co_await work.wait(length);
      co_return std::string(1, static_cast<char>('a' + n));
    });
    const auto combine = RunnableLambda([&](texts list) -> awaitable<std::string> {
      if (random() % 10 == 0) (void)co_await work.fail("bad", 5ms);
      co_await work.wait(1ms * (random() % 20));
      co_return std::accumulate(list.begin(), list.end(), std::string());
    });
    std::vector<int> inputs(random() % 25);
    std::iota(inputs.begin(), inputs.end(), 0);
    MapReduceOptions options{.max_concurrency = random() % 5, .group_size = 2 + random() % 3};
    options.keep_order = random() % 2 == 0;
    if (random() % 2 == 0) options.timeout = 1ms * (1 + random() % 60);
    auto outcome = time.run(map_reduce(inputs, map, combine, options));
    EXPECT_LE(work.alive().peak,
              options.max_concurrency > 0 ? static_cast<int>(options.max_concurrency) : 25);
    EXPECT_EQ(work.alive().now, 0);
    if (outcome.value) {
      indices all;
      for (int n : inputs) all.push_back(static_cast<std::size_t>(n));
      for (const auto& each : outcome.failures) std::erase(all, each.inputs.at(0));
      outcome.parts.emplace_back(all, *outcome.value);
    }
    std::size_t seen = outcome.failures.size();
    for (const auto& part : outcome.parts) {
      seen += part.inputs.size();
      std::string expected;
      for (const std::size_t input : part.inputs) expected += static_cast<char>('a' + input);
      std::string value = part.value;
      if (!options.keep_order) std::sort(value.begin(), value.end());
      EXPECT_EQ(value, expected);
    }
    EXPECT_EQ(seen, inputs.size());
  }
}

}  // namespace
}  // namespace corochain::map_reduce_test
