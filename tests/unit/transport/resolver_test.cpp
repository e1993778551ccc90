// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/resolver.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "corochain/concurrency/run.hpp"

namespace corochain::transport::resolver_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A system whose answers are held back until the test releases them.
class stalling_system {
 public:
  lookup_result ask(const std::string& host) {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    if (host.starts_with("stalls")) changed_.wait(lock, [this] { return open_; });
    lookup_result result;
    if (host == "missing")
      result.error = asio::error::host_not_found;
    else
      result.addresses.push_back(asio::ip::make_address("127.0.0.9"));
    return result;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_asked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }
  bool asked_within(int times, std::chrono::steady_clock::duration time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return asked_ >= times; });
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int asked_ = 0;
};

struct fixture {
  std::shared_ptr<stalling_system> system = std::make_shared<stalling_system>();
  resolver names{[system = system](const std::string& host) { return system->ask(host); }};
  ~fixture() { system->open(); }
};

TEST(Resolver, finds_and_keeps_and_shares_results) {
  fixture f;
  for (int i = 0; i < 3; ++i) {
    const auto found = run(resolver::finish(f.names.begin("host")));
    ASSERT_FALSE(found.error);
    EXPECT_EQ(found.addresses.at(0).to_string(), "127.0.0.9");
  }
  EXPECT_EQ(f.system->asked(), 1);
}

TEST(Resolver, results_are_kept_for_a_minute) {
  std::atomic<int> asked{0};
  std::atomic<resolver::clock::time_point> now{resolver::clock::time_point()};
  resolver names(
      [&](const std::string&) {
        ++asked;
        return lookup_result{{}, {asio::ip::address_v4::loopback()}};
      },
      [&] { return now.load(); });
  for (const int second : {0, 1, 59}) {
    now = resolver::clock::time_point(std::chrono::seconds(second));
    EXPECT_FALSE(run(resolver::finish(names.begin("host"))).error);
    EXPECT_EQ(asked, 1) << second;
  }
  now = resolver::clock::time_point(std::chrono::seconds(60));
  EXPECT_FALSE(run(resolver::finish(names.begin("host"))).error);
  EXPECT_EQ(asked, 2);
}

TEST(Resolver, failures_are_not_kept) {
  fixture f;
  EXPECT_EQ(run(resolver::finish(f.names.begin("missing"))).error, asio::error::host_not_found);
  EXPECT_EQ(run(resolver::finish(f.names.begin("missing"))).error, asio::error::host_not_found);
  EXPECT_EQ(f.system->asked(), 2);
}

TEST(Resolver, one_look_up_serves_all_who_wait_for_the_name) {
  fixture f;
  asio::io_context loop;
  int found = 0;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(loop, resolver::finish(f.names.begin("stalls")),
                   [&](std::exception_ptr, lookup_result result) { found += result.error ? 0 : 1; });
  loop.poll();
  f.system->open();
  loop.run();
  EXPECT_EQ(found, 20);
  EXPECT_EQ(f.system->asked(), 1);
}

TEST(Resolver, a_stalled_name_holds_up_no_other) {
  fixture f;
  auto stalled = f.names.begin("stalls");
  f.system->wait_until_asked(1);
  EXPECT_FALSE(run(resolver::finish(f.names.begin("other"))).error);
}

int threads_of_this_process() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

TEST(Resolver, many_stalled_names_start_four_threads) {
  fixture f;
  std::vector<std::shared_ptr<lookup_wait>> waits;
  const int before = threads_of_this_process();
  for (int i = 0; i < 10; ++i) waits.push_back(f.names.begin("stalls-" + std::to_string(i)));
  EXPECT_LE(threads_of_this_process() - before, 4);
  EXPECT_TRUE(f.system->asked_within(4, 10s));
  EXPECT_EQ(f.system->asked(), 4);
  f.system->open();
  for (const auto& each : waits) EXPECT_FALSE(run(resolver::finish(each)).error);
  EXPECT_EQ(f.system->asked(), 10);
}

TEST(Resolver, two_names_at_once_need_a_second_thread) {
  fixture f;
  EXPECT_FALSE(run(resolver::finish(f.names.begin("host"))).error);
  std::this_thread::sleep_for(20ms);  // the thread that found it is idle now
  const auto stalled = f.names.begin("stalls"), other = f.names.begin("other");
  EXPECT_TRUE(f.system->asked_within(3, 10s));
}

TEST(Resolver, cancelled_it_returns_at_once_and_the_loop_ends) {
  fixture f;
  asio::io_context loop;
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(
      loop, resolver::finish(f.names.begin("stalls")),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, lookup_result) { ended = true; }));
  loop.poll();
  signal.emit(asio::cancellation_type::terminal);
  loop.run();  // returns although the system still stalls
  EXPECT_TRUE(ended);
}

TEST(Resolver, a_destroyed_context_does_not_wait_or_leak) {
  fixture f;
  {
    asio::io_context loop;
    asio::co_spawn(loop, resolver::finish(f.names.begin("stalls")), asio::detached);
    loop.poll();
    f.system->wait_until_asked(1);
  }
  f.system->open();  // nobody waits for the late result
}

TEST(Resolver, a_child_of_fork_has_one_of_its_own) {
  const auto before = resolver::system();
  const ::pid_t child = ::fork();
  if (child == 0) ::_exit(resolver::system() != before && resolver::system() == resolver::system() ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace corochain::transport::resolver_test
