// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Consumers that are slow, stop early or come after the deadline, and inputs that have no items.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "concurrency/permit_wait.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/numbered_batch.hpp"

namespace corochain::batch_consumers_test {
namespace {
namespace asio = boost::asio;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;
using test::chain_of;
using test::counted_numbers;
using test::model_of;
using test::numbers;

/// Takes one item per second, and checks how far the drawn inputs are ahead of it.
awaitable<void> take_slowly(VirtualTime time, Completions<std::string> done, const int& drawn, int most) {
  int taken = 0, ahead = 0;
  while (auto item = co_await done.next()) {
    ++taken;
    EXPECT_LE(drawn - taken, most);
    co_await time.sleep(1s);
    EXPECT_LE(drawn - taken, most);
    ahead = std::max(ahead, drawn - taken);
  }
  EXPECT_EQ(taken, 60);
  EXPECT_EQ(drawn, 60);
  EXPECT_GE(ahead, 4);
}

TEST(BatchConsumer, that_is_slow_stops_the_drawing_of_inputs) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 1ms));
  int drawn = 0;
  auto completed = chain.abatch_as_completed(counted_numbers(60, drawn), {.max_concurrency = 4});
  time.run(take_slowly(time, std::move(completed), drawn, 2 * 4 + 1));
  drawn = 0;
  auto ordered = chain.abatch_ordered(counted_numbers(60, drawn), {.max_concurrency = 4});
  time.run(take_slowly(time, std::move(ordered), drawn, 16));
}

TEST(BatchConsumer, that_is_slow_stops_a_generator_too) {
  VirtualTime time;
  const auto chain = chain_of(model_of(time, 1ms));
  int drawn = 0;
  const RunnableGenerator<int, std::string> count(
      [&drawn](int to, Yield<std::string> yield) -> awaitable<void> {
        for (int i = 0; i < to; ++i) {
          ++drawn;
          co_await yield(std::to_string(i));
        }
      });
  auto completed = chain.abatch_as_completed(count.astream(60), {.max_concurrency = 4});
  time.run(take_slowly(time, std::move(completed), drawn, 2 * 4 + 1));
  drawn = 0;
  auto ordered = chain.abatch_ordered(count.astream(60), {.max_concurrency = 4});
  time.run(take_slowly(time, std::move(ordered), drawn, 16));
}

/// Returns the position of the first input's result among the results.
awaitable<std::size_t> place_of_first(Completions<std::string> done) {
  std::size_t taken = 0, place = 0;
  while (auto item = co_await done.next()) {
    EXPECT_TRUE(item->result.has_value());
    if (item->index == 0) place = taken;
    ++taken;
  }
  EXPECT_EQ(taken, 1000u);
  co_return place;
}

TEST(BatchConsumer, soon_has_the_result_of_a_retried_input) {
  for (const std::size_t most : {1u, 3u}) {
    VirtualTime time;
    const auto model = model_of(time, 1ms);
    // The first input waits as a retry does, without its permit, and then for a permit again.
    const auto first_waits = [time](std::string question) -> awaitable<std::string> {
      const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
      const call_context context = detail::context_on(here);
      if (question == "0") co_await detail::without_permit(context, time.sleep(5ms));
      co_return question;
    };
    const auto chain = RunnableLambda(first_waits) | chain_of(model);
    int drawn = 0;
    auto done = chain.abatch_as_completed(counted_numbers(1000, drawn), {.max_concurrency = most});
    EXPECT_LE(time.run(place_of_first(std::move(done))), 10 * most);
  }
}

/// Takes one item and destroys the stream while the others are in flight.
awaitable<void> leave_after_one(VirtualTime time, FakeChatModel model, Completions<std::string> made,
                                const int& drawn) {
  {
    Completions<std::string> done = std::move(made);
    const auto first = co_await done.next();
    EXPECT_TRUE(first.has_value());
    EXPECT_GE(model.in_flight(), 3u);
  }
  const int drawn_before = drawn;
  const std::size_t calls_before = model.calls();
  co_await time.sleep(0ms);  // until nothing else can happen at this time
  EXPECT_EQ(model.in_flight(), 0u);
  EXPECT_EQ(time.now(), 1ms);
  co_await time.sleep(3h);
  EXPECT_EQ(drawn, drawn_before);
  EXPECT_EQ(model.calls(), calls_before);
}

TEST(BatchConsumer, that_leaves_early_stops_items_and_draws_no_more) {
  for (const bool in_order : {false, true}) {
    SCOPED_TRACE(in_order);
    VirtualTime time;
    const auto model = model_of(time, 1h, 1ms);
    const auto chain = chain_of(model);
    int drawn = 0;
    const auto inputs = counted_numbers(60, drawn);
    const BatchOptions options{.max_concurrency = 4};
    auto done = in_order ? chain.abatch_ordered(inputs, options) : chain.abatch_as_completed(inputs, options);
    time.run(leave_after_one(time, model, std::move(done), drawn));
    EXPECT_LE(drawn, 5);
  }
}

/// The loop of the range handles its events after the consumer has left, with the cancel behind them.
TEST(BatchConsumer, that_leaves_a_range_has_no_more_inputs_drawn) {
  std::optional<asio::steady_timer> timer;
  const auto first_at_once = [&timer](std::string number) -> awaitable<std::string> {
    if (number == "0") co_return number;
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    asio::steady_timer own(here, asio::steady_timer::time_point::max());
    if (number == "1") timer.emplace(here, asio::steady_timer::time_point::max());
    asio::steady_timer& waits = number == "1" ? *timer : own;
    boost::system::error_code ignored;
    co_await waits.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return number;
  };
  const RunnableLambda chain(first_at_once);
  int drawn = 0, drawn_before = 0;
  for (const auto& item : chain.batch_as_completed(counted_numbers(60, drawn), {.max_concurrency = 2})) {
    EXPECT_EQ(item.index, 0u);
    ASSERT_TRUE(timer) << "the second one waits";
    drawn_before = drawn;
    timer->cancel();
    break;
  }
  EXPECT_EQ(drawn, drawn_before);
  timer.reset();
}

/// Returns when no call of the model is in flight.
awaitable<void> until_idle(FakeChatModel model) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here);
  while (model.in_flight() > 0) {
    timer.expires_after(1ms);
    auto wait = timer.async_wait(asio::use_awaitable);
    co_await std::move(wait);
  }
}

/// The results of a stream whose time limit has passed when its first item is taken.
struct read_late {
  std::vector<std::size_t> answered, cut_off;
};
awaitable<read_late> read_after_the_end(Completions<std::string> done, FakeChatModel model) {
  read_late seen;
  while (auto item = co_await done.next()) {
    if (item->result) {
      EXPECT_EQ(item->result.value(), std::to_string(item->index) + "!");
      seen.answered.push_back(item->index);
    } else {
      EXPECT_EQ(item->result.error().kind(), ErrorKind::timeout);
      seen.cut_off.push_back(item->index);
    }
    co_await until_idle(model);  // the time limit has passed when the calls without an answer are cancelled
  }
  EXPECT_EQ(model.in_flight(), 0u);
  co_return seen;
}

TEST(BatchTimeout, hands_out_timely_results_first) {
  for (const bool ordered : {false, true}) {
    SCOPED_TRACE(ordered);
    const FakeChatModel model([](const Messages& asked) {
      const int number = std::stoi(asked[0].content());
      FakeReply reply(asked[0].content() + "!");
      return number < 4 || number == 6 ? reply : reply.after(1h);
    });
    const auto chain = chain_of(model);
    const BatchOptions options{.timeout = 100ms};
    auto done =
        ordered ? chain.abatch_ordered(numbers(9), options) : chain.abatch_as_completed(numbers(9), options);
    const read_late seen = run(read_after_the_end(std::move(done), model));
    // The last one although it was held back.
    EXPECT_EQ(seen.answered, (std::vector<std::size_t>{0, 1, 2, 3, 6}));
    EXPECT_EQ(model.calls(), 9u);
    if (ordered) {
      EXPECT_EQ(seen.cut_off, (std::vector<std::size_t>{4, 5, 7, 8}));
    }
  }
}

TEST(BatchTimeout, gives_an_item_for_each_input_whose_number_is_known) {
  for (const bool ordered : {false, true}) {
    for (const bool known : {false, true}) {
      SCOPED_TRACE(ordered);
      VirtualTime time;
      const auto model = model_of(time, 1h);
      const auto chain = chain_of(model);
      const auto count_to = [time](int to, Yield<std::string> yield) -> awaitable<void> {
        for (int i = 0; i < to; ++i) co_await yield(std::to_string(i));
      };
      const RunnableGenerator<int, std::string> count(count_to);
      Inputs<Dict> inputs = known ? Inputs<Dict>(numbers(9)) : Inputs<Dict>(count.astream(9));
      const BatchOptions options{.max_concurrency = 3, .timeout = 1s};
      auto done = ordered ? chain.abatch_ordered(std::move(inputs), options)
                          : chain.abatch_as_completed(std::move(inputs), options);
      read_late seen = time.run(read_after_the_end(std::move(done), model));
      EXPECT_TRUE(seen.answered.empty());
      if (!ordered) std::sort(seen.cut_off.begin(), seen.cut_off.end());
      std::vector<std::size_t> all(known ? 9 : 3);
      std::iota(all.begin(), all.end(), 0u);
      EXPECT_EQ(seen.cut_off, all);
      EXPECT_EQ(model.calls(), 3u);
    }
  }
}

TEST(BatchInputs, that_are_none_give_nothing_in_the_other_forms_too) {
  VirtualTime time;
  const auto model = model_of(time, 1ms);
  const auto chain = chain_of(model);
  const QueryReport report = time.run(query_all(chain, numbers(0), {.max_concurrency = 4}));
  EXPECT_TRUE(report.results.empty());
  EXPECT_EQ(report.failed(), 0u);
  EXPECT_EQ(report.speed_up(), 0);
  EXPECT_EQ(report.seconds_at(0.99), 0);
  auto groups = in_batches(chain, numbers(0), {.batch_size = 5});
  EXPECT_FALSE(time.run(groups.next()).has_value());
  EXPECT_FALSE(time.run(groups.next()).has_value());
  for (auto& item : chain.batch_as_completed(numbers(0))) ADD_FAILURE() << item.index;
  for (auto& item : chain.batch_ordered(numbers(0), {.max_concurrency = 4})) ADD_FAILURE() << item.index;
  EXPECT_EQ(model.calls(), 0u);
}

/// Yields three numbers, one per millisecond, and throws in place of the fourth.
Stream<std::string> broken_source(VirtualTime time) {
  const RunnableGenerator<int, std::string> count(
      [time](int to, Yield<std::string> yield) -> awaitable<void> {
        for (int i = 0; i < to; ++i) {
          co_await time.sleep(1ms);
          co_await yield(std::to_string(i));
        }
        co_await time.sleep(1ms);
        throw std::runtime_error("the source is broken");
      });
  return count.astream(3);
}
/// Takes items in order until the source's exception comes, and returns how many.
awaitable<std::size_t> take_until_broken(Completions<std::string> done) {
  std::size_t taken = 0;
  try {
    while (auto item = co_await done.next()) {
      EXPECT_EQ(item->index, taken++);
      EXPECT_EQ(item->result.value(), std::to_string(item->index) + "!");
    }
    ADD_FAILURE() << "it ended without the source's exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the source is broken");
  }
  co_return taken;
}

TEST(BatchInputs, a_throwing_generator_ends_an_ordered_batch) {
  VirtualTime time;
  const auto quick = chain_of(model_of(time, 0ms));
  EXPECT_EQ(time.run(take_until_broken(quick.abatch_ordered(broken_source(time)))), 3u);
  // Nothing is handed out beyond an item that is still in flight. That item is cancelled.
  const auto straggling = model_of(time, 0ms, 1h);
  EXPECT_EQ(time.run(take_until_broken(chain_of(straggling).abatch_ordered(broken_source(time)))), 0u);
  EXPECT_EQ(straggling.calls(), 3u);
  EXPECT_EQ(straggling.in_flight(), 0u);
  EXPECT_LT(time.now(), 1s);
}

TEST(BatchInputs, a_generator_that_throws_ends_a_report) {
  VirtualTime time;
  const auto model = model_of(time, 1h, 0ms);
  try {
    (void)time.run(query_all(chain_of(model), broken_source(time)));
    FAIL() << "it ended without the source's exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the source is broken");
  }
  EXPECT_EQ(model.calls(), 3u);
  EXPECT_EQ(model.in_flight(), 0u);
  EXPECT_LT(time.now(), 1s);
}

}  // namespace
}  // namespace corochain::batch_consumers_test
