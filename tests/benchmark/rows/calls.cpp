// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Keep-alive calls: CPU, system calls, allocations; 1 MB answers.
#include "rows/session.hpp"

namespace corochain::benchmark {
namespace {

const char* scheme(bool tls) { return tls ? "HTTPS" : "HTTP"; }

/// The time of the floor on the machine of the budgets. More than 1.3 times this needs an explanation:
/// another machine, or a slower floor.
constexpr double known_floor_us[] = {6.5, 12.0};

}  // namespace

void cpu_rows(session& now) {
  for (const bool tls : {true, false}) {
    load what{now.server.at(tls, "now"), now.scaled(20'000), 64, 640};
    auto found = in_rounds(now.rounds(),
                           {client::floor, client::honest, client::chain, client::query_all, client::ainvoke},
                           [&](client who) { return run_load(who, what); });
    row made{std::string("CPU per call, ") + scheme(tls) + ", 64 connections", "us", {}, {}};
    for (auto& [who, each] : found) made.measured.emplace_back(to_string(who), each["cpu_us"]);
    const series& floor = found[client::floor]["cpu_us"];
    const series& ours = found[client::chain]["cpu_us"];
    made.verdicts.push_back({"corochain x floor", ratio(ours, floor), tls ? 1.6 : 2.1, tls ? 1.4 : 1.8});
    verdict honest{"corochain x honest floor", ratio(ours, found[client::honest]["cpu_us"]), {}, {}};
    if (tls) honest.budget = 0.65;
    made.verdicts.push_back(honest);
    made.verdicts.push_back({"query_all x floor", ratio(found[client::query_all]["cpu_us"], floor), {}, {}});
    made.verdicts.push_back({"floor x its known figure", floor.min() / known_floor_us[tls ? 1 : 0], 1.3, {}});
    now.results.add(std::move(made));
  }
}

void system_call_rows(session& now) {
  for (const bool tls : {true, false}) {
    load what{now.server.at(tls, "delay-20"), now.scaled(6'000), 64, 128};
    auto found =
        in_rounds(1, {client::floor, client::chain}, [&](client who) { return run_load(who, what); });
    row made{std::string("system calls per call, ") + scheme(tls) + ", answers after 20 ms", "calls", {}, {}};
    for (auto& [who, each] : found)
      for (const char* name : {"send", "recv", "epoll_ctl", "epoll_wait", "timerfd"})
        made.measured.emplace_back(std::string(to_string(who)) + " " + name, each[name]);
    auto& ours = found[client::chain];
    made.verdicts.push_back({"send + recv + epoll_ctl",
                             ours["send"].min() + ours["recv"].min() + ours["epoll_ctl"].min(),
                             3.1,
                             {}});
    made.verdicts.push_back({"timerfd_settime", ours["timerfd"].min(), 0.005, {}});
    made.verdicts.push_back({"epoll_wait", ours["epoll_wait"].min(), 0.5, {}});
    now.results.add(std::move(made));
  }
}

void allocation_rows(session& now) {
  for (const bool tls : {true, false}) {
    load what{now.server.at(tls, "now"), 1'000, 1, 50};
    auto found =
        in_rounds(1, {client::floor, client::honest, client::chain, client::query_all, client::ainvoke},
                  [&](client who) { return run_load(who, what); });
    row made{std::string("memory allocations of a warm call, ") + scheme(tls), "allocations", {}, {}};
    for (auto& [who, each] : found) made.measured.emplace_back(to_string(who), each["allocations"]);
    made.verdicts.push_back({"corochain", found[client::chain]["allocations"].min(), {}, 20});
    now.results.add(std::move(made));
  }
}

void big_answer_rows(session& now) {
  load what{now.server.at(true, "big"), now.scaled(200), 8, 16};
  what.read_step = 65536;
  auto found = in_rounds(now.quick ? 1 : 3, {client::floor, client::honest, client::chain},
                         [&](client who) { return run_load(who, what); });
  row made{"CPU of a 1 MB answer, HTTPS, 8 at once", "us", {}, {}};
  for (auto& [who, each] : found) made.measured.emplace_back(to_string(who), each["cpu_us"]);
  made.verdicts.push_back(
      {"corochain x floor", ratio(found[client::chain]["cpu_us"], found[client::floor]["cpu_us"]), 3.0, 2.0});
  now.results.add(std::move(made));
}

}  // namespace corochain::benchmark
