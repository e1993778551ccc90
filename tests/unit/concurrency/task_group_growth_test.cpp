// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

// Children that are spawned when the others have ended or are about to end, and the time limit of a group.

namespace corochain::task_group_growth_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<void> forever(int& alive) { co_await test::wait_forever(alive); }

/// Spawns `next` when this task has ended and the waiter was woken but has not resumed yet.
awaitable<void> spawns_behind_itself(task_group& group, awaitable<void> next) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
  asio::post(here, [&group, child = std::move(next)]() mutable { group.spawn(std::move(child)); });
}

TEST(TaskGroupGrowth, after_the_wake_up_of_who_joins_in_a_budget_of_one) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(spawns_behind_itself(group, w.wait(5ms)));
    co_await group.join();
    EXPECT_EQ(w.now(), 5ms);
  };
  std::vector<awaitable<void>> calls;
  calls.push_back(main(work));
  time.run(gather(std::move(calls), {.max_concurrency = 1}));
  EXPECT_EQ(work.alive().peak, 1);
}

TEST(TaskGroupGrowth, after_the_wake_up_is_under_the_timeout_too) {
  int alive = 0;
  auto main = [](int& count) -> awaitable<void> {
    ConcurrencyOptions options;
    options.timeout = 5ms;
    task_group group(co_await asio::this_coro::executor, options);
    group.spawn(spawns_behind_itself(group, forever(count)));
    co_await group.join();
  };
  EXPECT_THROW(run(main(alive)), TimeoutError);
  EXPECT_EQ(alive, 0);
}

awaitable<void> note_deadline(std::optional<std::chrono::steady_clock::time_point>& seen) {
  seen = co_await run_deadline();
}

TEST(TaskGroupGrowth, the_time_counts_from_the_first_child) {
  auto main = []() -> awaitable<void> {
    ConcurrencyOptions options;
    options.timeout = 1h;
    task_group group(co_await asio::this_coro::executor, options);
    const auto made = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() == made) {
    }
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const auto begun = std::chrono::steady_clock::now();
    group.spawn(note_deadline(deadline));
    co_await group.join();
    EXPECT_TRUE(deadline);
    if (!deadline) co_return;
    EXPECT_GE(*deadline, begun + 1h);
  };
  run(main());
}

TEST(TaskGroupGrowth, a_second_join_is_refused_and_disturbs_nothing) {
  VirtualTime time;
  virtual_work work(time);
  auto second = [](task_group& group, virtual_work& w) -> awaitable<void> {
    co_await w.wait(1ms);
    EXPECT_THROW(co_await group.join(), ConfigError);
    EXPECT_TRUE(co_await asio::this_coro::throw_if_cancelled())
        << "a coroutine whose join was refused can still be cancelled";
  };
  auto main = [second](virtual_work& w) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(w.wait(10ms));
    co_await gather(group.join(), second(group, w));
    EXPECT_EQ(w.alive().now, 0);
  };
  time.run(main(work));
  EXPECT_EQ(work.now(), 10ms);
}

awaitable<void> counts(std::atomic<int>& ended) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
  ++ended;
}

TEST(TaskGroupGrowth, from_another_thread_no_child_outlives_the_join) {
  asio::thread_pool pool(2);
  auto main = []() -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    std::atomic<int> ended{0};
    std::atomic<int> taken{0};
    std::atomic<bool> begun{false};
    std::thread other([&] {
      for (int i = 0; i < 20; ++i) {
        try {
          group.spawn(counts(ended));
        } catch (const ConfigError&) {  // the group was joined
          break;
        }
        ++taken;
        begun = true;
      }
      begun = true;
    });
    while (!begun) std::this_thread::yield();
    co_await group.join();
    const int waited_for = ended;
    other.join();
    EXPECT_EQ(waited_for, taken);
    EXPECT_EQ(ended, waited_for);
  };
  for (int i = 0; i < 100; ++i) asio::co_spawn(pool, main(), asio::use_future).get();
}

TEST(TaskGroupGrowth, after_a_join_that_threw_is_refused) {
  VirtualTime time;
  virtual_work work(time);
  auto fails = [](virtual_work& w) -> awaitable<void> { co_await w.fail("on purpose", 1ms); };
  auto main = [fails](virtual_work& w) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(fails(w));
    EXPECT_THROW(co_await group.join(), std::runtime_error);
    EXPECT_THROW(group.spawn(w.wait(1ms)), ConfigError);
  };
  time.run(main(work));
}

/// Another thread that acts once in each round, as soon as the round begins.
class on_each_round {
 public:
  explicit on_each_round(std::function<void()> action)
      : action_(std::move(action)), thread_([this] { work(); }) {}
  ~on_each_round() {
    over_ = true;
    thread_.join();
  }
  void begin() { ++begun_; }
  void wait_for_end() const {
    while (done_ != begun_) std::this_thread::yield();
  }

 private:
  void work() {
    for (int round = 1; !over_; ++round) {
      while (begun_ < round && !over_) std::this_thread::yield();
      if (over_) return;
      action_();
      done_ = round;
    }
  }

  std::function<void()> action_;
  std::atomic<int> begun_{0}, done_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

TEST(TaskGroupGrowth, at_the_end_of_the_join_is_awaited_or_refused) {
  std::atomic<task_group*> current{nullptr};
  std::atomic<int> ended{0};
  std::atomic<int> taken{0};
  on_each_round other([&] {
    try {
      current.load()->spawn(counts(ended));
      ++taken;
    } catch (const ConfigError&) {  // the group was joined
    }
  });
  auto main = [&]() -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    current = &group;
    other.begin();
    for (int turns = ended % 64; turns > 0; --turns) (void)current.load();  // in each round at another time
    co_await group.join();
    const int waited_for = ended;
    other.wait_for_end();
    EXPECT_EQ(waited_for, taken);
  };
  asio::io_context loop;
  for (int round = 0; round < 500 && !::testing::Test::HasFailure(); ++round) {
    bool over = false;
    asio::co_spawn(loop, main(), [&over](std::exception_ptr error) { over = !error; });
    loop.restart();
    loop.run();
    ASSERT_TRUE(over);
  }
}

}  // namespace
}  // namespace corochain::task_group_growth_test
