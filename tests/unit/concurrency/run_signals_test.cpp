// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Signals that this process sends to itself, and children of fork that a signal ends.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <latch>
#include <thread>

#include "support/rounds.hpp"
#include "support/wait_forever.hpp"

namespace corochain::run_signals_test {
namespace {
namespace asio = boost::asio;

std::atomic<int> handled{0};
void count_signal(int) { ++handled; }

/// The handlers of the program: they have to be there again after each test.
struct RunSignals : ::testing::Test {
  void SetUp() override {
    handled = 0;
    ::signal(SIGINT, count_signal);
    ::signal(SIGTERM, count_signal);
  }
  void TearDown() override {
    EXPECT_EQ(::signal(SIGINT, SIG_DFL), count_signal);
    EXPECT_EQ(::signal(SIGTERM, SIG_DFL), count_signal);
  }
};

constexpr RunOptions stops{.stop_on_signals = true};

awaitable<void> hop() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
}
awaitable<int> give(int value) { co_return value; }
awaitable<int> raise_and_wait(int number) {
  ::raise(number);
  int alive = 0;
  co_return co_await test::wait_forever(alive);
}

TEST_F(RunSignals, first_one_ends_the_run_with_its_results) {
  for (const int number : {SIGINT, SIGTERM}) {
    auto main = [](int signal) -> awaitable<std::vector<Result<int>>> {
      std::vector<awaitable<int>> calls;
      calls.push_back(give(1));
      calls.push_back(raise_and_wait(signal));
      calls.push_back(give(2));
      auto results = co_await gather_results(std::move(calls), {.max_concurrency = 2});
      const auto cause = stop_cause(co_await asio::this_coro::executor);
      EXPECT_TRUE(cause && cause->error()->details().signal == signal);
      co_return results;
    };
    const auto results = run(main(number), stops);
    EXPECT_EQ(results[0].value(), 1);
    EXPECT_EQ(results[1].error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(results[1].error().message(), number == SIGINT ? "stopped by SIGINT" : "stopped by SIGTERM");
  }
  EXPECT_EQ(handled, 0);
}

TEST_F(RunSignals, of_a_run_without_results_are_thrown) {
  try {
    run(raise_and_wait(SIGTERM), stops);
    FAIL();
  } catch (const CancelledError& error) {
    EXPECT_STREQ(error.what(), "stopped by SIGTERM");
    EXPECT_EQ(error.signal(), SIGTERM);
  }
  auto nothing = []() -> awaitable<void> { co_await raise_and_wait(SIGINT); };
  EXPECT_THROW(run(nothing(), stops), CancelledError);
  EXPECT_EQ(run(give(3), stops), 3) << "the next run is not stopped";
}

TEST_F(RunSignals, go_to_the_program_without_the_option_and_after_the_run) {
  ::raise(SIGINT);
  auto raises = []() -> awaitable<int> {
    ::raise(SIGINT);
    co_await hop();
    co_return 1;
  };
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(run(raises()), 1);
  EXPECT_EQ(handled, 2);
  EXPECT_EQ(run(give(1), stops), 1);
  ::raise(SIGTERM);
  EXPECT_EQ(handled, 3);
}

TEST_F(RunSignals, one_that_comes_too_late_is_raised_again) {
  auto late = []() -> awaitable<int> {
    co_await hop();
    ::raise(SIGINT);
    co_return 1;
  };
  EXPECT_EQ(run(late(), stops), 1);
  EXPECT_EQ(handled, 1);
  auto fails = []() -> awaitable<int> {
    ::raise(SIGINT);
    throw std::out_of_range("own");
    co_return 1;
  };
  EXPECT_THROW(run(fails(), stops), std::out_of_range);
  EXPECT_EQ(handled, 2);
}

TEST_F(RunSignals, are_neither_lost_nor_doubled) {
  int stopped = 0;
  const int rounds = test::rounds_of(500);
  for (int i = 0; i < rounds; ++i) {
    auto short_work = []() -> awaitable<void> {
      for (int hops = 0; hops < 20; ++hops) co_await hop();
    };
    std::thread sender([i] {
      for (int wait = 0; wait < i % 50; ++wait) std::this_thread::yield();
      ::kill(::getpid(), SIGINT);
    });
    try {
      run(short_work(), stops);
    } catch (const CancelledError&) {
      ++stopped;
    }
    sender.join();
    ASSERT_EQ(stopped + handled, i + 1);
  }
}

TEST_F(RunSignals, stop_the_runs_of_all_threads) {
  constexpr int count = 4;
  std::latch begun(count);
  std::atomic<int> stopped{0};
  auto waits = [&begun]() -> awaitable<int> {
    begun.count_down();
    int alive = 0;
    co_return co_await test::wait_forever(alive);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&] {
      try {
        run(waits(), stops);
      } catch (const CancelledError& error) {
        stopped += error.signal() == SIGINT;
      }
    });
  begun.wait();
  ::kill(::getpid(), SIGINT);
  for (auto& each : threads) each.join();
  EXPECT_EQ(stopped, count);
}

TEST_F(RunSignals, stop_a_nested_run_and_the_one_around) {
  bool inner = false;
  auto main = [](bool& inner_stopped) -> awaitable<int> {
    try {
      run(raise_and_wait(SIGINT), stops);
    } catch (const CancelledError& error) {
      inner_stopped = error.signal() == SIGINT;
    }
    int alive = 0;
    co_return co_await test::wait_forever(alive);
  };
  EXPECT_THROW(run(main(inner), stops), CancelledError);
  EXPECT_TRUE(inner);
}

TEST_F(RunSignals, stop_a_run_that_begins_while_another_ends) {
  bool begun = false;
  auto begins = [](bool& at) -> awaitable<int> {
    at = true;
    co_return 1;
  };
  auto main = [&begins](bool& at) -> awaitable<int> {
    try {
      co_await raise_and_wait(SIGINT);
    } catch (const boost::system::system_error&) {
    }
    EXPECT_THROW(run(begins(at), stops), CancelledError);
    co_return 2;
  };
  EXPECT_EQ(run(main(begun), stops), 2);
  EXPECT_FALSE(begun);
  EXPECT_EQ(run(begins(begun), stops), 1);
}

TEST_F(RunSignals, ignored_ones_stay_ignored) {
  ::signal(SIGINT, SIG_IGN);
  auto raises = []() -> awaitable<int> {
    ::raise(SIGINT);
    co_await hop();
    co_return 1;
  };
  EXPECT_EQ(run(raises(), stops), 1);
  EXPECT_EQ(::signal(SIGINT, count_signal), SIG_IGN);
}

void another_handler(int) {}

TEST_F(RunSignals, a_handler_that_was_set_meanwhile_stays) {
  auto sets = []() -> awaitable<void> {
    ::signal(SIGTERM, another_handler);
    co_return;
  };
  run(sets(), stops);
  EXPECT_EQ(::signal(SIGTERM, count_signal), another_handler);
}

/// The status with which a child of fork ends that does `work` and gives its value as the exit code.
template <class Work>
int status_of_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST_F(RunSignals, the_second_one_ends_the_process) {
  for (const int second : {SIGINT, SIGTERM}) {
    const int status = status_of_child([second] {
      auto stubborn = [](int number) -> awaitable<int> {
        try {
          co_await raise_and_wait(SIGINT);
        } catch (const boost::system::system_error&) {
        }
        ::raise(number);
        co_return 1;
      };
      return run(stubborn(second), stops);
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), second);
  }
  // Also at once, when no loop has seen the first one.
  const int status = status_of_child([] {
    auto twice = []() -> awaitable<int> {
      ::raise(SIGINT);
      ::raise(SIGINT);
      co_return 1;
    };
    return run(twice(), stops);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(RunSignals, a_child_of_fork_has_runs_of_its_own) {
  EXPECT_EQ(run(give(3), stops), 3);
  const int status = status_of_child([] {
    try {
      return run(raise_and_wait(SIGINT), stops);
    } catch (const CancelledError&) {
      return 42;
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(run(give(3), stops), 3) << "the parent has not seen the signal of its child";
}

TEST_F(RunSignals, end_a_child_that_was_made_in_a_run) {
  auto main = []() -> awaitable<int> {
    const int status = status_of_child([] {
      ::raise(SIGINT);
      return 1;
    });
    co_await hop();
    co_return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  };
  EXPECT_EQ(run(main(), stops), SIGINT);
}

}  // namespace
}  // namespace corochain::run_signals_test
