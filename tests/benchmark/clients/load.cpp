// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "clients/load.hpp"

namespace corochain::benchmark {

const char* to_string(client who) noexcept {
  switch (who) {
    case client::floor: return "floor";
    case client::honest: return "honest floor";
    case client::chain: return "corochain";
    case client::query_all: return "query_all";
    case client::ainvoke: return "ainvoke";
    case client::strand: return "strand";
    case client::heard: return "heard";
    case client::events: return "events";
  }
  return "";
}

figures run_load(client who, const load& what) {
  if (who == client::floor || who == client::honest)
    return detail::run_floor_load(who == client::honest, what);
  return detail::run_chain_load(who, what);
}

figures run_streams(client who, const stream_load& what) {
  return who == client::floor ? detail::run_floor_streams(what) : detail::run_chain_streams(who, what);
}

}  // namespace corochain::benchmark
