// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/open_files.hpp>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "resources.hpp"

namespace example {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

inline void headline(const std::string& text) {
  std::cout << '\n' << text << '\n' << std::string(64, '-') << '\n';
}

/// Throws the first failure of a report in which nothing should have failed.
inline void stop_at_first_failure(const corochain::QueryReport& report) {
  for (const auto& result : report.results) {
    if (result.ok()) continue;
    std::cerr << "No answer to the question: " << result.question << '\n';
    result.error->rethrow();
  }
}

/// The cost of asking the questions in one way.
struct Measurement {
  corochain::QueryReport report;
  double total = 0;
  double cpu = 0;
  double peak_megabytes = 0;
};

/// Closes idle connections on this thread's own loop, the one that `invoke` and `run` use.
inline corochain::awaitable<void> forget_connections() {
  auto executor = co_await boost::asio::this_coro::executor;
  corochain::close_idle(executor.context());
}

/// Calls `ask`, which gives a `std::vector<QueryResult>`. Each measurement begins without connections.
template <class Ask>
Measurement measure(Ask ask) {
  corochain::run(forget_connections());
  const auto before = used_resources();
  const auto start = Clock::now();
  std::vector<corochain::QueryResult> results = ask();
  Measurement found;
  found.report = corochain::QueryReport(std::move(results), Clock::now() - start);
  found.total = seconds_since(start);
  const auto after = used_resources();
  found.cpu = after.cpu_seconds - before.cpu_seconds;
  found.peak_megabytes = after.peak_megabytes;
  stop_at_first_failure(found.report);
  return found;
}

inline void print_row(const char* name, const std::string& sync, const std::string& async) {
  std::cout << "  " << name << std::string(26 - std::string(name).size(), ' ')
            << std::string(12 - sync.size(), ' ') << sync << std::string(12 - async.size(), ' ') << async
            << '\n';
}

inline void print_comparison(const Measurement& sync, const Measurement& async) {
  print_row("", "sync", "async");
  print_row("questions", std::to_string(sync.report.results.size()),
            std::to_string(async.report.results.size()));
  print_row("total", number(sync.total, 2, "s"), number(async.total, 2, "s"));
  print_row("mean per question", number(sync.report.seconds_mean(), 2, "s"),
            number(async.report.seconds_mean(), 2, "s"));
  print_row("CPU time used", number(sync.cpu, 3, "s"), number(async.cpu, 3, "s"));
  print_row("peak memory until then", number(sync.peak_megabytes, 1, "MB"),
            number(async.peak_megabytes, 1, "MB"));
  print_row("connections used", std::to_string(sync.report.connections()),
            std::to_string(async.report.connections()));
}

/// The calls that may be open at once: as many as are wanted, if the system lets this process have the
/// sockets.
inline std::size_t possible_concurrency(std::size_t wanted, std::size_t calls, bool is_mock) {
  wanted = wanted == 0 ? calls : std::min(wanted, calls);
  const std::size_t sockets = is_mock ? 2 : 1;  // the mock server's ends belong to this process, too
  const std::size_t others = 64;
  const std::size_t limit = corochain::testing::raise_open_file_limit(wanted * sockets + others);
  const std::size_t possible = limit > others + sockets ? (limit - others) / sockets : 1;
  if (possible < wanted)
    std::cerr << "Only " << possible << " calls at once: the system allows this process " << limit
              << " open files (see `ulimit -Hn`).\n";
  return std::min(wanted, possible);
}

}  // namespace example
