// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Many calls at once: wall time, memory, streams, reconnects.
#include <algorithm>
#include <stdexcept>

#include "rows/session.hpp"

namespace corochain::benchmark {

void wall_rows(session& now) {
  for (const bool tls : {true, false}) {
    const int calls = now.scaled(1'000);
    load what{now.server.at(tls, "delay-200"), calls, calls, 0};
    auto found = in_rounds(now.rounds(), {client::floor, client::query_all},
                           [&](client who) { return run_load(who, what); });
    row made{std::string("wall of 1,000 calls of 200 ms at once, ") + (tls ? "HTTPS" : "HTTP"), "s", {}, {}};
    for (auto& [who, each] : found) made.measured.emplace_back(to_string(who), each["wall_s"]);
    verdict judged{"corochain x floor",
                   ratio(found[client::query_all]["wall_s"], found[client::floor]["wall_s"]),
                   tls ? 1.05 : 1.08,
                   {}};
    if (tls) judged.stretch = 0.94;
    made.verdicts.push_back(judged);
    now.results.add(std::move(made));
  }
}

void memory_rows(session& now) {
  for (const bool tls : {true, false}) {
    const int calls = now.scaled(8'000);
    // 8,000 handshakes take longer than 2 s, so the answers wait until all clients are connected.
    load what{now.server.at(tls, now.quick ? "delay-200"
                                 : tls     ? "delay-15000"
                                           : "delay-2000"),
              calls, calls, 0};
    what.memory = true;
    row made{std::string("8,000 calls in flight, ") + (tls ? "HTTPS" : "HTTP"), "KB per call", {}, {}};
    long least_in_flight = calls;
    for (const client who : {client::floor, client::chain, client::query_all}) {
      now.server.counts();
      auto found = in_rounds(1, {who}, [&](client which) { return run_load(which, what); });
      least_in_flight = std::min(least_in_flight, now.server.counts().max_in_flight);
      made.measured.emplace_back(to_string(who), found[who]["memory_kb"]);
      if (who == client::chain)
        made.verdicts.push_back(
            {"corochain", found[who]["memory_kb"].min(), tls ? 50.0 : 14.0, tls ? 45.0 : 10.0});
    }
    made.verdicts.push_back(
        {"really in flight, of all", static_cast<double>(least_in_flight) / calls, 1.0, {}, true});
    now.results.add(std::move(made));
  }
}

void reconnect_row(session& now) {
  load what{now.server.at(true, "close"), now.scaled(2'000), 16, 32};
  now.server.counts();
  auto found = in_rounds(1, {client::chain}, [&](client who) { return run_load(who, what); });
  const server_counts counts = now.server.counts();
  const auto all = static_cast<double>(counts.full_handshakes + counts.resumed_handshakes);
  row made{"reconnects after answers with Connection: close, HTTPS", "us of CPU per call", {}, {}};
  made.measured.emplace_back("corochain", found[client::chain]["cpu_us"]);
  // The first connection of each lane has no session to resume.
  made.verdicts.push_back(
      {"resumed, %", 100.0 * static_cast<double>(counts.resumed_handshakes) / (all - 16), 95, {}, true});
  now.results.add(std::move(made));
}

void stream_rows(session& now) {
  const int chunks = now.quick ? 20 : 200;
  stream_load what{now.server.at(true, "stream-" + std::to_string(chunks) + "-20"), 100};
  const auto clients = {client::floor, client::chain, client::strand, client::heard, client::events};
  auto found = in_rounds(now.quick ? 1 : 3, clients, [&](client who) {
    figures made = run_streams(who, what);
    if (made["streams"] != what.streams) throw std::runtime_error("a stream gave nothing");
    if (who != client::floor && made["chunks"] != what.streams * chunks)
      throw std::runtime_error("a stream lost chunks");
    made["cpu_us"] /= what.streams * chunks;
    return made;
  });
  row made{"CPU per chunk, 100 streams at once of 200 chunks, HTTPS", "us", {}, {}};
  for (auto& [who, each] : found) made.measured.emplace_back(to_string(who), each["cpu_us"]);
  made.verdicts.push_back(
      {"corochain x floor", ratio(found[client::chain]["cpu_us"], found[client::floor]["cpu_us"]), 1.5, 1.3});
  now.results.add(std::move(made));
  row first{"first token of 100 streams at once, median; sent after 20 ms", "ms", {}, {}};
  for (auto& [who, each] : found) first.measured.emplace_back(to_string(who), each["first_token_ms"]);
  first.verdicts.push_back(
      {"corochain x floor",
       found[client::chain]["first_token_ms"].median() / found[client::floor]["first_token_ms"].median(),
       1.10, 1.02});
  now.results.add(std::move(first));
}

}  // namespace corochain::benchmark
