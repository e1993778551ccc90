// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Runs on thread pools, with what they send to other threads. Most of what these tests can find,
// ThreadSanitizer says.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <corochain/concurrency/detail/merge_channel.hpp>
#include <corochain/corochain.hpp>
#include <future>

namespace corochain::concurrency_threads_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr int run_count = 40;

awaitable<void> hop() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
}

/// Starts many runs at once and adds up what they give.
template <class Make>
int sum_of_runs(asio::thread_pool& pool, Make make) {
  std::vector<std::future<int>> runs;
  for (int i = 0; i < run_count; ++i) runs.push_back(asio::co_spawn(pool, make(), asio::use_future));
  int sum = 0;
  for (auto& each : runs) sum += each.get();
  return sum;
}

awaitable<void> produce(detail::sender<int> out, int& unguarded) {
  for (int i = 0; i < 10; ++i) {
    co_await hop();
    ++unguarded;
    co_await out.give(1);
  }
}

awaitable<int> merge() {
  int unguarded = 0;
  detail::merge_channel<int> all;
  for (int i = 0; i < 3; ++i) all.add(produce(all.out(), unguarded));
  int sum = 0;
  while (auto next_chunk = co_await all.next()) sum += *next_chunk;
  EXPECT_EQ(unguarded, sum);
  co_return sum;
}

awaitable<int> merge_in_a_budget() {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 2; ++i) calls.push_back(merge());
  const auto sums = co_await gather(std::move(calls), {.max_concurrency = 2});
  co_return sums[0] + sums[1];
}

awaitable<int> one_after_a_hop() {
  co_await hop();
  co_return 1;
}
/// Results that are taken and left on another executor than the run's.
awaitable<int> take_elsewhere() {
  int sum = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 6; ++i) calls.push_back(one_after_a_hop());
    auto done = as_completed(std::move(calls), {.max_concurrency = 2});
    for (int i = 0; i < 3; ++i) {
      auto item = co_await done.next();
      sum += item->result.value();
    }
  }
  co_return sum;
}
awaitable<int> leave_results_elsewhere(asio::thread_pool& other) {
  auto away = [] { return take_elsewhere(); };
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(offload(other.get_executor(), away));
  for (int i = 0; i < 20; ++i) calls.push_back(one_after_a_hop());
  const auto sums = co_await gather(std::move(calls), {.max_concurrency = 6});
  int sum = 0;
  for (const int each : sums) sum += each;
  co_return sum;
}

TEST(ConcurrencyThreads, results_are_left_on_another_executor) {
  asio::thread_pool pool(2);
  asio::thread_pool other(2);
  EXPECT_EQ(sum_of_runs(pool, [&other] { return leave_results_elsewhere(other); }),
            run_count * (4 * 15 + 20));
  other.join();
}

TEST(ConcurrencyThreads, merged_streams_on_a_pool) {
  asio::thread_pool pool(4);
  EXPECT_EQ(sum_of_runs(pool, merge), run_count * 30);  // the consumer is outside the run
  EXPECT_EQ(sum_of_runs(pool, merge_in_a_budget), run_count * 60);
}

awaitable<void> count_up(int to, Yield<std::string> yield) {
  for (int i = 0; i < to; ++i) {
    co_await hop();
    std::string chunk = std::to_string(i);
    co_await yield(std::move(chunk));
  }
}
/// The consumer is outside the run; every other stream is left early.
awaitable<int> read_events() {
  const RunnableGenerator<int, std::string> source(count_up);
  const auto chain = source | [](std::string text) { return text.size(); };
  int seen = 0;
  for (int round = 0; round < 4; ++round) {
    auto events = chain.astream_events(5);
    int left = round % 2 == 0 ? 1000 : 4;
    while (left-- > 0) {
      auto event = co_await events.next();
      if (!event) break;
      ++seen;
    }
  }
  co_return seen;
}

TEST(ConcurrencyThreads, events_on_a_pool) {
  asio::thread_pool pool(4);
  const int each = run(read_events());
  EXPECT_GT(each, 2 * 4);
  EXPECT_EQ(sum_of_runs(pool, read_events), run_count * each);
}

awaitable<int> grow() {
  int unguarded = 0;
  auto child = [](int& value) -> awaitable<void> {
    for (int i = 0; i < 5; ++i) {
      co_await hop();
      ++value;
    }
  };
  task_group group(co_await asio::this_coro::executor);
  for (int i = 0; i < 6; ++i) {
    group.spawn(child(unguarded));
    co_await hop();
  }
  co_await group.join();
  co_return unguarded;
}

TEST(ConcurrencyThreads, task_groups_of_coroutines_outside_a_run) {
  asio::thread_pool pool(4);
  EXPECT_EQ(sum_of_runs(pool, grow), run_count * 30);
}

TEST(ConcurrencyThreads, task_group_is_filled_from_other_threads) {
  asio::thread_pool pool(4);
  auto main = [](asio::thread_pool& other) -> awaitable<int> {
    int unguarded = 0;
    auto child = [](int& value) -> awaitable<void> {
      co_await hop();
      ++value;
    };
    auto body = [&unguarded, &child, &other](task_group& group) -> awaitable<void> {
      auto fill = [&] {
        for (int i = 0; i < 10; ++i) group.spawn(child(unguarded));
      };
      co_await offload(other.get_executor(), fill);
      co_await offload(other.get_executor(), fill);
    };
    co_await with_task_group(body);
    co_return unguarded;
  };
  auto make = [&] { return main(pool); };
  EXPECT_EQ(sum_of_runs(pool, make), run_count * 20);
}

awaitable<int> after(int hops, int value) {
  for (int i = 0; i < hops; ++i) co_await hop();
  co_return value;
}

awaitable<int> races() {
  int sum = 0;
  for (int i = 0; i < 5; ++i) {
    const int winner = co_await race(after(3, 1), after(200, 100), timeout(1min, after(4, 1)));
    sum += winner;
  }
  co_return sum;
}

TEST(ConcurrencyThreads, races_and_time_limits_on_a_pool) {
  asio::thread_pool pool(4);
  EXPECT_EQ(sum_of_runs(pool, races), run_count * 5);
}

awaitable<int> gather_one() {
  std::vector<awaitable<int>> calls;
  calls.push_back(after(1, 1));
  const auto values = co_await gather(std::move(calls));
  co_return values[0];
}

awaitable<int> offloads(asio::thread_pool& other) {
  int unguarded = 0;  // here and there by turns, never at once
  auto plain = [&unguarded] { return ++unguarded; };
  auto below = [&unguarded]() -> awaitable<int> {
    ++unguarded;
    const int nested = co_await gather_one();
    co_return nested;
  };
  for (int i = 0; i < 5; ++i) {
    const int seen = co_await offload(other.get_executor(), plain);
    EXPECT_EQ(seen, unguarded);
    const int one = co_await offload(other.get_executor(), below);
    EXPECT_EQ(one, 1);
  }
  co_return unguarded;
}

TEST(ConcurrencyThreads, offloads_to_another_pool_and_to_the_own) {
  asio::thread_pool pool(3);
  asio::thread_pool other(3);
  auto there = [&] { return offloads(other); };
  EXPECT_EQ(sum_of_runs(pool, there), run_count * 10);
  auto own = [&] { return offloads(pool); };
  EXPECT_EQ(sum_of_runs(pool, own), run_count * 10);
}

/// A cancel at any moment, while the other threads are at it: it ends, in one way or the other.
TEST(ConcurrencyThreads, offloads_are_cancelled_at_any_moment) {
  asio::thread_pool pool(3);
  asio::thread_pool other(2);
  int ended = 0;
  for (int i = 0; i < 300; ++i) {
    const auto strand = asio::make_strand(pool);
    auto signal = std::make_shared<asio::cancellation_signal>();
    std::promise<bool> done;
    auto future = done.get_future();
    asio::co_spawn(strand, offloads(other),
                   asio::bind_cancellation_slot(signal->slot(), [&done](std::exception_ptr error, int) {
                     done.set_value(error != nullptr);
                   }));
    for (int spin = 0; spin < i * 20; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    asio::post(strand, [signal] { signal->emit(asio::cancellation_type::terminal); });
    ASSERT_EQ(future.wait_for(60s), std::future_status::ready) << "stuck in round " << i;
    future.get();
    ++ended;
    std::promise<void> emitted;  // the signal goes on its strand, after the emit
    asio::post(strand, [&signal, &emitted] {
      signal = nullptr;
      emitted.set_value();
    });
    emitted.get_future().wait();
  }
  EXPECT_EQ(ended, 300);
}

// ---- stops

/// Goes on for some turns on another executor after it was cancelled, and asks for the cause there.
awaitable<int> asks_elsewhere() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!stop_cause(here)) co_await asio::post(here, asio::use_awaitable);
  co_return 1;
}
awaitable<void> some_hops(int count) {
  for (int i = 0; i < count; ++i) co_await hop();
}
awaitable<int> stopped_run(asio::thread_pool& other) {
  auto away = [] { return asks_elsewhere(); };
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(offload(other.get_executor(), away));
  for (int i = 0; i < 20; ++i) calls.push_back(one_after_a_hop());
  auto ended = until(gather_results(std::move(calls), {.max_concurrency = 6}), some_hops(5));
  const auto results = co_await std::move(ended);
  int sum = 0;
  for (const auto& each : results) sum += each ? *each : each.error().kind() == ErrorKind::cancelled;
  co_return sum;
}

TEST(ConcurrencyThreads, stops_reach_other_executors) {
  asio::thread_pool pool(4);
  asio::thread_pool other(2);
  EXPECT_EQ(sum_of_runs(pool, [&other] { return stopped_run(other); }), run_count * 24);
  other.join();
}

}  // namespace
}  // namespace corochain::concurrency_threads_test
