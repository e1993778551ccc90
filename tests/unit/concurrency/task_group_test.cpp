// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <corochain/corochain.hpp>

#include "support/presence.hpp"
#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::task_group_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using test::wait_forever;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<void> forever(int& alive) { co_await wait_forever(alive); }

awaitable<void> fails(virtual_work& work, std::string text, std::chrono::milliseconds after) {
  co_await work.fail(std::move(text), after);
}

TEST(TaskGroup, join_returns_when_all_have_ended) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(w.wait(5ms));
    EXPECT_EQ(w.alive().now, 1) << "it begins at once";
    co_await w.time().sleep(2ms);
    group.spawn(w.wait(10ms));
    EXPECT_EQ(w.alive().now, 2);
    co_await group.join();
    EXPECT_EQ(w.alive().now, 0);
    EXPECT_EQ(w.now(), 12ms);
    EXPECT_THROW(group.spawn(w.wait(1ms)), ConfigError);
    co_await group.join();  // the second call has nothing to wait for
  };
  time.run(main(work));
  EXPECT_EQ(work.now(), 12ms);
}

TEST(TaskGroup, without_children_it_is_joined_at_once) {
  auto main = []() -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    co_await group.join();
  };
  run(main());
  asio::io_context loop;
  bool ended = false;
  asio::co_spawn(loop, main(), [&](std::exception_ptr error) { ended = !error; });
  loop.run();
  EXPECT_TRUE(ended);
}

awaitable<void> family(task_group& group, virtual_work& work, int generations) {
  co_await work.wait(1ms);
  if (generations > 0) group.spawn(family(group, work, generations - 1));
  if (generations > 0) group.spawn(family(group, work, generations - 1));
}

TEST(TaskGroup, children_spawn_siblings_until_the_last_has_ended) {
  for (const std::size_t most : {0u, 1u, 3u}) {
    VirtualTime time;
    virtual_work work(time);
    auto main = [](virtual_work& w, std::size_t limit) -> awaitable<void> {
      ConcurrencyOptions options;
      options.max_concurrency = limit;
      task_group group(co_await asio::this_coro::executor, options);
      group.spawn(family(group, w, 4));
      co_await group.join();
    };
    time.run(main(work, most));
    EXPECT_EQ(work.alive().now, 0);
    EXPECT_EQ(work.alive().peak, most == 0 ? 16 : static_cast<int>(most));
    EXPECT_EQ(work.now(), most == 0 ? 5ms : most == 1 ? 31ms : work.now());
  }
}

TEST(TaskGroup, first_failure_cancels_the_others_and_is_thrown) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<std::string> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(w.wait(1h));
    group.spawn(fails(w, "first", 3ms));
    group.spawn(fails(w, "second", 4ms));
    co_await w.time().sleep(10ms);
    EXPECT_EQ(w.alive().now, 0) << "the failure cancels the others before the join";
    group.spawn(w.wait(1ms));
    EXPECT_EQ(w.alive().now, 0) << "and nobody begins after it";
    try {
      co_await group.join();
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "no failure";
  };
  EXPECT_EQ(time.run(main(work)), "first");
}

TEST(TaskGroup, a_function_that_was_not_called_moves_nothing) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<std::vector<std::string>> {
    std::vector<std::string> paid{"a", "b", "c"};
    auto use = [](virtual_work& with, std::string value) -> awaitable<void> {
      co_await with.wait(1ms);
      if (value == "b") throw std::runtime_error("b");
    };
    task_group group(co_await asio::this_coro::executor, {.max_concurrency = 1});
    for (auto& each : paid) group.spawn([&w, &use, &each] { return use(w, std::move(each)); });
    EXPECT_THROW(co_await group.join(), std::runtime_error);
    co_return paid;
  };
  EXPECT_EQ(time.run(main(work)), (std::vector<std::string>{"", "", "c"}));
}

TEST(TaskGroup, cancel_ends_the_children_and_the_join_returns) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    for (int i = 0; i < 3; ++i) group.spawn(w.wait(1h));
    group.cancel();
    group.spawn(w.wait(1h));
    co_await group.join();
    EXPECT_EQ(w.alive().now, 0);
  };
  time.run(main(work));
  EXPECT_EQ(work.alive().peak, 3);
  EXPECT_EQ(work.now(), 0ms);
}

TEST(TaskGroup, timeout_of_the_whole) {
  int alive = 0;
  auto main = [](int& count) -> awaitable<void> {
    ConcurrencyOptions options;
    options.timeout = 5ms;
    task_group group(co_await asio::this_coro::executor, options);
    group.spawn(forever(count));
    co_await group.join();
  };
  EXPECT_THROW(run(main(alive)), TimeoutError);
  EXPECT_EQ(alive, 0);
}

TEST(TaskGroup, destroyed_without_join_it_ends_the_children) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    {
      task_group group(co_await asio::this_coro::executor);
      for (int i = 0; i < 3; ++i) group.spawn(w.wait(1h));
      EXPECT_EQ(w.alive().now, 3);
    }
    co_await w.time().sleep(1ms);
    EXPECT_EQ(w.alive().now, 0);
  };
  time.run(main(work));
}

TEST(TaskGroup, cancelled_at_any_step_the_join_waits_for_all) {
  for (int steps = 0; steps < 25; ++steps) {
    int alive = 0;
    int alive_when_thrown = -1;
    asio::io_context loop;
    asio::cancellation_signal signal;
    std::exception_ptr error;
    auto main = [](int& count, int& at_throw) -> awaitable<void> {
      auto body = [&count](task_group& group) -> awaitable<void> {
        for (int i = 0; i < 3; ++i) group.spawn(forever(count));
        co_return;
      };
      try {
        co_await with_task_group(body);
      } catch (const boost::system::system_error& e) {
        EXPECT_TRUE(e.code() == ErrorCondition::cancelled) << e.what();
        at_throw = count;
        throw;
      }
    };
    asio::co_spawn(loop, main(alive, alive_when_thrown),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
    for (int i = 0; i < steps; ++i) loop.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(error) << steps;
    EXPECT_LE(alive_when_thrown, 0) << steps;
    EXPECT_EQ(alive, 0);
  }
}

TEST(TaskGroup, a_loop_destroyed_while_all_wait_leaves_nothing) {
  for (const std::size_t most : {0u, 1u}) {
    for (int steps = 0; steps < 12; ++steps) {
      int alive = 0;
      {
        asio::io_context loop;
        auto main = [](int& count, std::size_t limit) -> awaitable<void> {
          ConcurrencyOptions options;
          options.max_concurrency = limit;
          task_group group(co_await asio::this_coro::executor, options);
          for (int i = 0; i < 3; ++i) group.spawn(forever(count));
          co_await group.join();
        };
        asio::co_spawn(loop, main(alive, most), asio::detached);
        for (int i = 0; i < steps; ++i) loop.poll_one();
      }
      EXPECT_EQ(alive, 0) << steps;
    }
  }
}

// ---- with_task_group

TEST(WithTaskGroup, returns_when_body_and_children_have_ended) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    auto body = [&w](task_group& group) -> awaitable<void> {
      group.spawn(w.wait(5ms));
      group.spawn(family(group, w, 2));
      co_await w.wait(1ms);
    };
    co_await with_task_group(body);
    EXPECT_EQ(w.alive().now, 0);
  };
  time.run(main(work));
  EXPECT_EQ(work.now(), 5ms);
}

TEST(WithTaskGroup, throw_of_the_body_cancels_the_children_and_waits) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<std::string> {
    auto body = [&w](task_group& group) -> awaitable<void> {
      group.spawn(w.wait(1h));
      co_await w.wait(2ms);
      throw std::runtime_error("body");
    };
    try {
      co_await with_task_group(body);
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(w.alive().now, 0);
      co_return error.what();
    }
    co_return "no failure";
  };
  EXPECT_EQ(time.run(main(work)), "body");
  EXPECT_EQ(work.now(), 2ms);
}

TEST(WithTaskGroup, failure_of_a_child_cancels_the_body) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<std::string> {
    auto body = [&w](task_group& group) -> awaitable<void> {
      group.spawn(fails(w, "child", 3ms));
      group.spawn(w.wait(1h));
      co_await w.wait(2h);
    };
    try {
      co_await with_task_group(body);
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(w.alive().now, 0);
      co_return error.what();
    }
    co_return "no failure";
  };
  EXPECT_EQ(time.run(main(work)), "child");
  EXPECT_EQ(work.now(), 3ms);
}

TEST(WithTaskGroup, a_cancel_in_the_join_hides_no_throw_of_the_body) {
  std::exception_ptr ended_with;
  asio::io_context loop;
  asio::cancellation_signal signal;
  auto body = [](task_group& group) -> awaitable<void> {
    group.spawn(test::stop_slowly());
    throw std::runtime_error("body");
    co_return;
  };
  asio::co_spawn(loop, with_task_group(body),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { ended_with = e; }));
  for (int i = 0; i < 10; ++i) loop.poll_one();
  ASSERT_FALSE(ended_with);
  signal.emit(asio::cancellation_type::terminal);
  loop.run();
  std::string said;
  try {
    std::rethrow_exception(ended_with);
  } catch (const std::runtime_error& error) {
    said = error.what();
  }
  EXPECT_EQ(said, "body");
}

TEST(WithTaskGroup, body_that_has_its_answer_cancels_the_rest) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    auto body = [&w](task_group& group) -> awaitable<void> {
      group.spawn(w.wait(1h));
      co_await w.wait(2ms);
      group.cancel();
      co_await w.wait(3ms);  // the body itself continues
    };
    co_await with_task_group(body);
  };
  time.run(main(work));
  EXPECT_EQ(work.now(), 5ms);
  EXPECT_EQ(work.alive().now, 0);
}

TEST(WithTaskGroup, works_in_a_budget_of_one_and_never_exceeds_one) {
  for (const std::size_t most : {1u, 2u, 3u}) {
    VirtualTime time;
    virtual_work work(time);
    auto task = [](virtual_work& w) -> awaitable<void> {
      auto body = [&w](task_group& group) -> awaitable<void> {
        for (int i = 0; i < 3; ++i) group.spawn(family(group, w, 2));
        co_await w.wait(2ms);
      };
      co_await with_task_group(body);
    };
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(task(work));
    time.run(gather(std::move(calls), {.max_concurrency = most}));
    EXPECT_EQ(work.alive().peak, static_cast<int>(most));
    EXPECT_EQ(work.alive().now, 0);
  }
}

TEST(WithTaskGroup, join_inside_the_body_is_no_deadlock) {
  VirtualTime time;
  virtual_work work(time);
  auto main = [](virtual_work& w) -> awaitable<void> {
    auto body = [&w](task_group& group) -> awaitable<void> {
      group.spawn(w.wait(2ms));
      co_await group.join();
      EXPECT_EQ(w.now(), 2ms);
    };
    co_await with_task_group(body);
  };
  time.run(main(work));
}

TEST(WithTaskGroup, a_join_in_the_body_throws_what_ends_the_group) {
  for (const bool caught : {false, true}) {
    VirtualTime time;
    virtual_work work(time);
    auto main = [](virtual_work& w, bool catches) -> awaitable<void> {
      auto body = [&w, catches](task_group& group) -> awaitable<void> {
        group.spawn(fails(w, "the first", 2ms));
        group.spawn(w.wait(1h));
        if (!catches) co_return co_await group.join();
        EXPECT_THROW(co_await group.join(), std::runtime_error);
      };
      co_await with_task_group(body);
    };
    std::string said;
    try {
      time.run(main(work, caught));
    } catch (const std::runtime_error& error) {
      said = error.what();
    }
    EXPECT_EQ(said, "the first");
    EXPECT_EQ(work.alive().now, 0);
  }
}

TEST(WithTaskGroup, a_timeout_is_thrown_of_a_join_inside_the_body) {
  int alive = 0;
  auto main = [](int& count) -> awaitable<void> {
    auto body = [&count](task_group& group) -> awaitable<void> {
      group.spawn(forever(count));
      co_await group.join();
    };
    ConcurrencyOptions options;
    options.timeout = 5ms;
    co_await with_task_group(body, options);
  };
  EXPECT_THROW(run(main(alive)), TimeoutError);
  EXPECT_EQ(alive, 0);
}

TEST(TaskGroup, outside_a_run_on_a_pool_its_children_are_serial) {
  asio::thread_pool pool(4);
  auto main = []() -> awaitable<int> {
    int unguarded = 0;  // ThreadSanitizer would report a race here
    task_group group(co_await asio::this_coro::executor);
    auto bump = [](int& value) -> awaitable<void> {
      for (int i = 0; i < 20; ++i) {
        const asio::any_io_executor here = co_await asio::this_coro::executor;
        co_await asio::post(here, asio::use_awaitable);
        ++value;
      }
    };
    for (int i = 0; i < 20; ++i) group.spawn(bump(unguarded));
    co_await group.join();
    co_return unguarded;
  };
  std::vector<std::future<int>> runs;
  for (int i = 0; i < 8; ++i) runs.push_back(asio::co_spawn(pool, main(), asio::use_future));
  for (auto& each : runs) EXPECT_EQ(each.get(), 400);
}

}  // namespace
}  // namespace corochain::task_group_test
