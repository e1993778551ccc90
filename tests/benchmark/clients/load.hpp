// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "support/measure.hpp"
#include "support/server_process.hpp"

namespace corochain::benchmark {

/// The measured program.
enum class client {
  /// Bare Beast: one prebuilt request; the body is read and discarded.
  floor,
  /// The same with nlohmann to build the request and to parse the answer, as one would write it by hand in a
  /// day.
  honest,
  /// `query` on `prompt | model | parser`, one call after the other on each lane.
  chain,
  /// `query_all` on the same chain.
  query_all,
  /// `ainvoke` on the same chain, without a QueryResult.
  ainvoke,
  /// Streams only, each read by a coroutine on a strand, as in a run: the coroutine awaits the chunks itself.
  strand,
  /// The same with a listener.
  heard,
  /// The same by `astream_events`.
  events,
};
const char* to_string(client who) noexcept;

struct load {
  target to;
  /// The number of calls of all lanes.
  int calls = 0;
  /// The number of calls at the same time.
  int lanes = 1;
  /// The number of calls before the measured ones. They open the connections.
  int warm_up = 0;
  /// Also measures memory_kb: the growth of the resident set to its peak, divided by the calls.
  bool memory = false;
  /// The number of bytes that the floor reads at once.
  int read_step = 4096;
};

/// Runs the load in this process, which should be a child. Returns figures per call, errors, wall_s.
figures run_load(client who, const load& what);

/// Concurrent streams over connections that are open already: cpu_us per chunk, first_token_ms (median),
/// chunks.
struct stream_load {
  target to;
  int streams = 1;
};
figures run_streams(client who, const stream_load& what);

namespace detail {
figures run_floor_load(bool honest, const load& what);
figures run_chain_load(client who, const load& what);
figures run_floor_streams(const stream_load& what);
figures run_chain_streams(client who, const stream_load& what);
}  // namespace detail

}  // namespace corochain::benchmark
