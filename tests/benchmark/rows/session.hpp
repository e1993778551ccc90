// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "clients/load.hpp"
#include "support/report.hpp"
#include "support/server_process.hpp"

namespace corochain::benchmark {

/// What the rows share.
struct session {
  server_process& server;
  report& results;
  std::string self;    ///< this program
  bool quick = false;  ///< only to see that everything works: the figures mean nothing

  int rounds() const noexcept { return quick ? 1 : 5; }
  int scaled(int full) const noexcept { return quick ? full / 20 : full; }
};

/// The samples of each client's figures, taken in interleaved rounds, each in a process of its own.
using samples = std::map<client, std::map<std::string, series>>;
samples in_rounds(int rounds, std::initializer_list<client> who,
                  const std::function<figures(client)>& measure);

/// Least over least.
double ratio(const series& of, const series& to);

void cpu_rows(session& now);
void system_call_rows(session& now);
void allocation_rows(session& now);
void wall_rows(session& now);
void memory_rows(session& now);
void reconnect_row(session& now);
void stream_rows(session& now);
void big_answer_rows(session& now);
void endless_stream_rows(session& now);
void process_rows(session& now);
void concurrency_row(session& now);
void step_rows(session& now);
void batch_rows(session& now);

/// One call and nothing else, for `process_rows`: what a program does that makes one.
int one_call(const std::string& who, const target& to);

}  // namespace corochain::benchmark
