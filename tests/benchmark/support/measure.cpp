// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "support/measure.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace corochain::benchmark {
namespace {

double status_kb(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1));
  throw std::runtime_error("/proc/self/status has no " + name);
}

[[noreturn]] void be_child(int out, const std::function<figures()>& work) {
  cpu_set_t core;
  CPU_ZERO(&core);
  CPU_SET(1, &core);
  sched_setaffinity(0, sizeof core, &core);
  std::ostringstream text;
  text.precision(17);
  try {
    for (const auto& [name, value] : work()) text << name << ' ' << value << '\n';
  } catch (const std::exception& problem) {
    text.str("");
    text << "error " << problem.what() << '\n';
  }
  const std::string all = text.str();
  const bool written = ::write(out, all.data(), all.size()) == static_cast<ssize_t>(all.size());
  _exit(written ? 0 : 1);
}

}  // namespace

figures in_child(const std::function<figures()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) be_child(ends[1], work);
  ::close(ends[1]);
  std::string text;
  char chunk[4096];
  for (ssize_t count; (count = ::read(ends[0], chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (text.starts_with("error ")) throw std::runtime_error(text.substr(6));
  if (status != 0) throw std::runtime_error("a measuring process died, status " + std::to_string(status));
  figures found;
  std::istringstream lines(text);
  std::string name;
  for (double value; lines >> name >> value;) found[name] = value;
  return found;
}

double cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double resident_kb() { return status_kb("VmRSS"); }
double peak_resident_kb() { return status_kb("VmHWM"); }

void raise_file_limit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

usage_since::usage_since() : counts_(counts_now()), cpu_(cpu_us()), wall_(seconds_now()) {}

figures usage_since::per(double units) const {
  const call_counts now = counts_now();
  const double cpu = cpu_us() - cpu_;
  const double wall = seconds_now() - wall_;
  const auto each = [units](long after, long before) { return static_cast<double>(after - before) / units; };
  return {{"cpu_us", cpu / units},
          {"wall_s", wall},
          {"send", each(now.send, counts_.send)},
          {"recv", each(now.recv, counts_.recv)},
          {"epoll_ctl", each(now.epoll_ctl, counts_.epoll_ctl)},
          {"epoll_wait", each(now.epoll_wait, counts_.epoll_wait)},
          {"timerfd", each(now.timerfd_settime, counts_.timerfd_settime)},
          {"allocations", each(now.allocations, counts_.allocations)}};
}

double series::min() const { return *std::min_element(samples.begin(), samples.end()); }

double series::median() const {
  std::vector<double> sorted = samples;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace corochain::benchmark
