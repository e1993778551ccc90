// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Measures corochain against a floor in the same run, and prints each figure with its budget.
// usage: corochain_benchmark SERVER_PROGRAM [--quick] [--only WORD] [--json FILE] [--check]
//        corochain_benchmark SERVER_PROGRAM --load CLIENT DEPLOYMENT https|http CALLS LANES
// The last form makes one load, for a profiler. With a deployment `stream-EVENTS-DELAY` all calls are streams
// and begin at once.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rows/session.hpp"

namespace corochain::benchmark {
namespace {

struct named_rows {
  const char* name;
  void (*measure)(session&);
};
constexpr named_rows all_rows[] = {
    {"cpu", cpu_rows},
    {"syscalls", system_call_rows},
    {"allocations", allocation_rows},
    {"wall", wall_rows},
    {"streams", stream_rows},
    {"big", big_answer_rows},
    {"process", process_rows},
    {"four", concurrency_row},
    {"steps", step_rows},
    {"batches", batch_rows},
    {"reconnect", reconnect_row},
    {"memory", memory_rows},
    {"endless", endless_stream_rows},
};

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

int call_once(const std::vector<std::string>& arguments) {
  target to;
  to.tls = arguments.at(2) == "https";
  to.port = static_cast<std::uint16_t>(std::stoi(arguments.at(3)));
  to.ca_pem = text_of(arguments.at(4));
  to.deployment = "now";
  return one_call(arguments.at(1), to);
}

int one_load(const std::vector<std::string>& arguments) {
  const server_process server(arguments.at(0));
  client who = client::chain;
  for (const client each : {client::floor, client::honest, client::query_all, client::ainvoke, client::strand,
                            client::heard, client::events})
    if (arguments.at(2) == to_string(each)) who = each;
  const int calls = std::stoi(arguments.at(5)), lanes = std::stoi(arguments.at(6));
  const target to = server.at(arguments.at(4) == "https", arguments.at(3));
  const bool streamed = arguments.at(3).starts_with("stream-");
  const load what{to, calls, lanes, 4 * lanes};
  for (const auto& [name, value] : streamed ? run_streams(who, {to, calls}) : run_load(who, what))
    std::printf("%-12s %12.3f\n", name.c_str(), value);
  return 0;
}

int measure(const std::string& self, const std::vector<std::string>& arguments) {
  bool quick = false, check = false;
  std::string only, json_file;
  for (std::size_t i = 1; i < arguments.size(); ++i)
    if (arguments[i] == "--quick")
      quick = true;
    else if (arguments[i] == "--check")
      check = true;
    else if (arguments[i] == "--only")
      only = arguments.at(++i);
    else if (arguments[i] == "--json")
      json_file = arguments.at(++i);
    else
      throw std::runtime_error("unknown argument " + arguments[i]);
  server_process server(arguments.at(0));
  report results;
  session now{server, results, self, quick};
  for (const auto& [name, rows] : all_rows)
    if (only.empty() || only == name) rows(now);
  if (!json_file.empty()) results.write_json(json_file);
  const std::vector<std::string> broken = results.broken();
  std::printf("\n%zu budgets broken%s\n", broken.size(),
              quick ? " (a quick run: the figures mean nothing)" : "");
  for (const std::string& each : broken) std::printf("  %s\n", each.c_str());
  return check && !broken.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}

int dispatch(const std::string& self, const std::vector<std::string>& arguments) {
  if (arguments.empty())
    throw std::runtime_error("the server's program is missing; use tests/benchmark/run.sh");
  if (arguments[0] == "--one-call") return call_once(arguments);
  raise_file_limit();
  if (arguments.size() > 1 && arguments[1] == "--load") return one_load(arguments);
  return measure(self, arguments);
}

}  // namespace
}  // namespace corochain::benchmark

int main(int count, char** values) {
  try {
    return corochain::benchmark::dispatch(values[0], std::vector<std::string>(values + 1, values + count));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "benchmark: %s\n", problem.what());
    return EXIT_FAILURE;
  }
}
