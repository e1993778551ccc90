// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Batches against servers that refuse requests: the additional time and the number of lost calls.
// tests/refusals/run.sh builds and runs it.

#include <algorithm>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace corochain::refusals {
namespace {
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;

bool all_kept = true;

double in_seconds(clock::duration time) { return std::chrono::duration<double>(time).count(); }

/// Prints a figure and whether it is within its bar.
void report(const char* what, double value, double bar, const char* unit) {
  const bool kept = value <= bar;
  all_kept = all_kept && kept;
  std::printf("  %-44s %9.2f %-9s bar %8.2f  %s\n", what, value, unit, bar, kept ? "kept" : "BROKEN");
  std::fflush(stdout);
}

MockReply accepted(const RecordedRequest& request, std::chrono::milliseconds latency) {
  const bool streamed = request.body.find(R"("stream":true)") != std::string::npos;
  return (streamed ? MockReply::stream({"a", "b"}) : MockReply::chat("ab")).latency(latency);
}
MockReply refused(std::chrono::milliseconds latency) {
  return MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "1").latency(latency);
}

struct batch_result {
  double took = 0;
  std::size_t errors = 0;
  std::size_t requests = 0;
  double most_in_10_ms = 0;  // after the first second
};

double most_in_10_ms(const std::vector<RecordedRequest>& all) {
  std::size_t most = 0, first = 0;
  for (std::size_t last = 0; last < all.size(); ++last) {
    if (all[last].received_at - all.front().received_at < 1s) {
      first = last + 1;
      continue;
    }
    while (all[last].received_at - all[first].received_at > 10ms) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<double>(most);
}

batch_result run_batch(const MockServer::Responder& respond, std::size_t calls, std::size_t callers,
                       bool streaming) {
  testing::MockServerOptions how;
  how.tls = false;
  MockServer server(how);  // each on a port of its own: what was learnt of the last one says nothing of this
  server.respond_with(respond);
  AzureOptions options;
  options.azure_endpoint = server.endpoint();
  options.azure_deployment = "model";
  options.api_version = "2024-10-21";
  options.api_key = "a-key-for-tests";
  options.streaming = streaming;
  const auto chain = ChatPromptTemplate::from_messages({{"human", "{question}"}}) | AzureChatOpenAI(options) |
                     StrOutputParser();
  std::vector<Dict> inputs;
  for (std::size_t i = 0; i < calls; ++i) inputs.push_back(Dict{{"question", std::to_string(i)}});
  batch_result made;
  const auto began = clock::now();
  const auto results = chain.batch_results(std::move(inputs), {.max_concurrency = callers});
  made.took = in_seconds(clock::now() - began);
  for (const auto& each : results) made.errors += each.has_value() && each.value() == "ab" ? 0 : 1;
  made.requests = server.request_count();
  made.most_in_10_ms = most_in_10_ms(server.requests());
  return made;
}

/// One request in ten is refused.
void random_refusals(bool streaming) {
  std::printf(
      "\n2,000 calls by 64 callers, 35 ms each, %s; 1 in 10 refused at random, Retry-After: 1; medians of "
      "5\n",
      streaming ? "streamed" : "whole");
  std::vector<double> plain, refusing, errors;
  for (unsigned i = 1; i <= 5; ++i) {
    plain.push_back(
        run_batch([](const RecordedRequest& request) { return accepted(request, 35ms); }, 2000, 64, streaming)
            .took);
    const auto random = [generator = std::mt19937(i)](const RecordedRequest& request) mutable {
      return generator() % 10 == 0 ? refused(35ms) : accepted(request, 35ms);
    };
    const batch_result run = run_batch(random, 2000, 64, streaming);
    refusing.push_back(run.took);
    errors.push_back(static_cast<double>(run.errors));
  }
  for (auto* each : {&plain, &refusing, &errors}) std::sort(each->begin(), each->end());
  std::printf("  without refusals %.2f s, with them %.2f s (%.2f to %.2f)\n", plain[2], refusing[2],
              refusing[0], refusing[4]);
  report("more than without refusals", refusing[2] - plain[2], 10, "s");
  report("calls that failed", errors[2], 20, "calls");
}

/// A quota in windows of a second. Windows follow the clock, or begin with the first request after the last
/// window.
MockServer::Responder quota(bool of_the_clock, clock::duration phase) {
  struct window {
    clock::time_point began{};
    std::int64_t which = -1;
    int used = 0;
  };
  return [of_the_clock, phase, now_used = window()](const RecordedRequest& request) mutable {
    const auto now = clock::now();
    const std::int64_t which = (now.time_since_epoch() + phase) / 1s;
    if (of_the_clock ? which != now_used.which : now - now_used.began >= 1s) now_used = {now, which, 0};
    return ++now_used.used <= 50 ? accepted(request, 50ms) : refused(50ms);
  };
}

void quotas(bool of_the_clock) {
  std::printf("\n500 calls, 50 ms each, quota of 50 in windows of 1 s (%s), Retry-After: 1\n",
              of_the_clock ? "of the clock" : "from the first request on");
  std::mt19937 generator(1);
  for (const std::size_t callers : {std::size_t{16}, std::size_t{50}, std::size_t{100}, std::size_t{500}}) {
    const std::chrono::milliseconds phase(generator() % 1000);
    const batch_result run = run_batch(quota(of_the_clock, phase), 500, callers, false);
    const std::string who = std::to_string(callers) + " callers: ";
    report((who + "time").c_str(), run.took, 12, "s");
    report((who + "calls that failed").c_str(), static_cast<double>(run.errors), 0, "calls");
    report((who + "requests").c_str(), static_cast<double>(run.requests), 1050, "requests");
  }
}

/// Refuses all requests for 5 s, from the first second on.
void full_stop() {
  std::printf("\n6,000 calls by 64 callers, 35 ms each; all refused from 1 s to 6 s, Retry-After: 1\n");
  const auto plain =
      run_batch([](const RecordedRequest& request) { return accepted(request, 35ms); }, 6000, 64, false);
  const auto stopped = [began = clock::time_point()](const RecordedRequest& request) mutable {
    const auto now = clock::now();
    if (began == clock::time_point()) began = now;
    return now - began >= 1s && now - began < 6s ? refused(35ms) : accepted(request, 35ms);
  };
  const batch_result run = run_batch(stopped, 6000, 64, false);
  std::printf("  without refusals %.2f s, with them %.2f s\n", plain.took, run.took);
  report("more than without refusals and the 5 s", run.took - plain.took - 5, 3, "s");
  report("calls that failed", static_cast<double>(run.errors), 0, "calls");
  report("requests that were refused", static_cast<double>(run.requests) - 6000, 64 + 5 * 4, "requests");
  report("most requests in 10 ms from 1 s on", run.most_in_10_ms, 64, "requests");
}

int run(const std::string& only) {
  const auto wanted = [&](const char* which) { return only.empty() || only == which; };
  if (wanted("random"))
    for (const bool streaming : {false, true}) random_refusals(streaming);
  if (wanted("quota"))
    for (const bool of_the_clock : {true, false}) quotas(of_the_clock);
  if (wanted("stop")) full_stop();
  std::printf("\n%s\n", all_kept ? "all bars kept" : "some bars are broken");
  return all_kept ? 0 : 1;
}

}  // namespace
}  // namespace corochain::refusals

int main(int count, char** arguments) {
  const std::string only = count > 1 ? arguments[1] : "";
  if (count > 2 || (!only.empty() && only != "random" && only != "quota" && only != "stop")) {
    std::fprintf(stderr, "usage: refusals [random | quota | stop]\n");
    return 2;
  }
  return corochain::refusals::run(only);
}
