// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "support/measure.hpp"
#include "support/server_process.hpp"

namespace corochain::benchmark {

/// Who calls.
enum class client {
  floor,  ///< bare Beast: one prebuilt request, the body read and thrown away
  honest,  ///< the same with nlohmann building the request and parsing the answer: what one writes by hand in a day
  chain,      ///< corochain: `query` on `prompt | model | parser`, one call after the other on each lane
  query_all,  ///< corochain: `query_all` on the same
  ainvoke,    ///< corochain: `ainvoke` on the same, without a QueryResult
};
const char* to_string(client who) noexcept;

struct load {
  target to;
  int calls = 0;         ///< all together
  int lanes = 1;         ///< at once
  int warm_up = 0;       ///< calls before the measured ones, which open the connections
  bool memory = false;   ///< also memory_kb: resident set at its peak less what it was before, by calls
  int read_step = 4096;  ///< of the floor: how much it reads at once
};

/// Runs it in this process, so best in a child: figures per call, errors, wall_s.
figures run_load(client who, const load& what);

/// Streams at once, over connections that are open already: cpu_us per chunk, first_token_ms (median), chunks.
struct stream_load {
  target to;
  int streams = 1;
};
figures run_streams(client who, const stream_load& what);

namespace detail {
figures run_floor_load(bool honest, const load& what);
figures run_chain_load(client who, const load& what);
figures run_floor_streams(const stream_load& what);
figures run_chain_streams(const stream_load& what);
}  // namespace detail

}  // namespace corochain::benchmark
