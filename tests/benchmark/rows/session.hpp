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

/// The objects that all rows share.
struct session {
  server_process& server;
  report& results;
  /// The path of this program.
  std::string self;
  /// Only checks that everything works. The figures mean nothing.
  bool quick = false;

  int rounds() const noexcept { return quick ? 1 : 5; }
  int scaled(int full) const noexcept { return quick ? full / 20 : full; }
};

/// The samples of each client's figures, taken in interleaved rounds, each in a process of its own.
using samples = std::map<client, std::map<std::string, series>>;
samples in_rounds(int rounds, std::initializer_list<client> who,
                  const std::function<figures(client)>& measure);

/// The ratio of the two minima.
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

/// One call and nothing else, for `process_rows`: the work of a program that makes one call.
int one_call(const std::string& who, const target& to);

}  // namespace corochain::benchmark
