// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A hundred thousand calls with faults. Each must end exactly once, with the right result. Nothing may be
// lost, grow or stay open. tests/soak/run.sh builds and runs it.

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "soak/fault_server.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define COROCHAIN_SOAK_ASAN 1
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // GCC does not ship its header everywhere
#endif

namespace corochain::soak {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t callers = 64;
constexpr int max_retries = 8;  // one request in a hundred has a fault that is retried: 8 in a row never come
/// The time that a server may be silent. It is much longer than a loaded machine needs, so only intended
/// stalls time out.
constexpr auto patience = 1500ms;

/// The allowed growth of live heap memory between the two measurements, when no call is in flight. The
/// capacity of tables that had grown before and the tickets of a few connections may differ. A leak of 8
/// bytes a call would be 640 KB over 80,000 calls.
constexpr std::ptrdiff_t heap_tolerance = 256 * 1024;
/// The allowed growth of resident memory. malloc_trim cannot return fragments of the allocator's arenas,
/// about 1 MB as measured. A leak of 64 bytes a call would be 5 MB.
constexpr std::ptrdiff_t resident_tolerance = std::ptrdiff_t{4} * 1024 * 1024;

struct measurement {
  std::size_t files = 0;
  std::ptrdiff_t heap = 0;
  std::ptrdiff_t resident = 0;
};

measurement measure() {
  measurement now;
  const std::filesystem::directory_iterator files("/proc/self/fd");
  now.files = static_cast<std::size_t>(std::distance(begin(files), end(files)));
#if COROCHAIN_SOAK_ASAN
  now.heap = static_cast<std::ptrdiff_t>(__sanitizer_get_current_allocated_bytes());
#else
  ::malloc_trim(0);
  const struct mallinfo2 info = ::mallinfo2();
  now.heap = static_cast<std::ptrdiff_t>(info.uordblks + info.hblkhd);
#endif
  std::ifstream statm("/proc/self/statm");
  std::ptrdiff_t total = 0;
  statm >> total >> now.resident;
  now.resident *= ::sysconf(_SC_PAGESIZE);
  return now;
}

/// The required result of a call after the last fault of its requests.
ErrorKind expected_end(fault last) {
  switch (last) {
    case fault::none:
    case fault::close_after:
    case fault::reset_after:
    case fault::odd_shape:
    case fault::odd_line:
    case fault::other_form:
    case fault::odd_events: return ErrorKind::other;  // with its answer
    case fault::choice_error: return ErrorKind::bad_request;
    case fault::reset_in_head:
    case fault::reset_in_body:
    case fault::cut_body:
    case fault::stream_end: return ErrorKind::truncated;
    case fault::garbage: return ErrorKind::protocol;
    case fault::bad_json: return ErrorKind::response_format;
    case fault::stall_before:
    case fault::stall_in_body: return ErrorKind::timeout;
    case fault::stream_error: return ErrorKind::server;
    default: return ErrorKind::cancelled;  // retried: never the last
  }
}

class soak {
 public:
  soak(std::size_t calls, std::uint64_t seed, ledger& seen)
      : calls_(calls), seen_(seen), server_(seen, calls, seed), ends_(calls, 0) {
    for (const bool tls : {false, true}) {
      AzureOptions options;
      options.azure_endpoint = server_.endpoint(tls);
      options.azure_deployment = "soak";
      options.api_version = "2024-10-21";
      options.api_key = "key";
      options.tls.ca_pem = server_.ca_pem();
      options.proxy.from_environment = false;
      options.max_retries = max_retries;
      options.first_byte_timeout = patience;
      options.read_timeout = patience;
      options.stream_idle_timeout = patience;
      whole_.emplace_back(options);
      options.streaming = true;
      streaming_.emplace_back(options);
    }
  }

  bool run() {
    const auto began = std::chrono::steady_clock::now();
    run_until(calls_ / 5);
    const measurement warm = measure_at_rest();
    run_until(calls_);
    const measurement end = measure_at_rest();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    check_memory(warm, end);
    check_counts();
    report(took.count());
    for (const std::string& each : problems_) std::cout << "WRONG: " << each << '\n';
    std::cout << (problems_.empty() ? "soak: all is well\n" : "soak: FAILED\n");
    return problems_.empty();
  }

 private:
  void run_until(std::size_t end) {
    end_ = end;
    for (std::size_t i = 0; i < callers; ++i)
      asio::co_spawn(loop_, call_on(this), [this](std::exception_ptr error) {
        if (error) problem("a caller ended by an exception");
      });
    loop_.restart();
    loop_.run();
    std::cout << "  " << next_ << " calls have ended" << std::endl;
  }
  measurement measure_at_rest() {
    close_idle(loop_);
    loop_.restart();
    loop_.run();  // what unwinds later
    return measure();
  }

  static awaitable<void> call_on(soak* self) {
    while (self->next_ < self->end_) {
      const std::size_t call = self->next_++;
      const std::string question = "q" + std::to_string(call) + " ";
      const std::size_t tls = call % 2;
      if (call % 6 < 2)
        co_await ask(self, self->whole_[tls], call, question);
      else if (call % 6 < 4)
        co_await ask(self, self->streaming_[tls], call, question);
      else
        co_await stream(self, self->whole_[tls], call, question);
    }
  }
  static awaitable<void> ask(soak* self, ChatModel model, std::size_t call, std::string question) {
    const QueryResult result = co_await query(model, question);
    self->ended(call, result.ok() ? ErrorKind::other : result.error->kind(), result.answer,
                result.attempts.size());
  }
  static awaitable<void> stream(soak* self, ChatModel model, std::size_t call, std::string question) {
    Stream<AIMessage> chunks = model.astream(question);
    std::string text;
    ErrorKind kind = ErrorKind::other;
    std::size_t attempts = 0;  // not to be seen on success
    try {
      for (;;) {
        std::optional<AIMessageChunk> chunk = co_await chunks.next();
        if (!chunk) break;
        text += chunk->content;
      }
    } catch (const Error& error) {
      kind = error.kind();
      attempts = error.attempts().size();
    }
    self->ended(call, kind, text, attempts);
  }

  void ended(std::size_t call, ErrorKind kind, const std::string& text, std::size_t attempts) {
    ++ends_[call];
    ++kinds_[kind];
    const call_record& record = seen_.calls[call];
    const auto last = static_cast<fault>(record.last.load());
    const std::size_t wanted = record.requests - record.unanswered_on_reused;
    const std::string who = "call " + std::to_string(call) + " (last fault: " + name_of(last) + ", " +
                            std::to_string(record.requests) + " requests) ";
    retries_ += wanted > 0 ? wanted - 1 : 0;
    if (record.requests == 0) problem(who + "ended and was never received");
    if (kind != expected_end(last)) problem(who + "ended as " + to_string(kind));
    if (kind == ErrorKind::other && text != answer_to(call))
      problem(who + "got another answer: " + text.substr(0, 40));
    if (attempts != 0 && attempts != wanted)
      problem(who + "says it made " + std::to_string(attempts) + " attempts instead of " +
              std::to_string(wanted));
  }

  void check_memory(const measurement& warm, const measurement& end) {
    std::cout << "  open files: " << warm.files << " after a fifth, " << end.files << " at the end\n"
              << "  live heap:  " << warm.heap / 1024 << " KB, " << end.heap / 1024 << " KB\n"
              << "  resident:   " << warm.resident / 1024 << " KB, " << end.resident / 1024 << " KB\n";
    if (end.files != warm.files) problem("the number of open files has changed");
    if (end.heap - warm.heap > heap_tolerance) problem("the heap has grown");
#if !COROCHAIN_SOAK_ASAN  // which keeps freed memory back
    if (end.resident - warm.resident > resident_tolerance) problem("the process has grown");
#endif
  }
  void check_counts() {
    if (!server_.running()) problem("the server has ended");
    if (next_ != calls_) problem("only " + std::to_string(next_) + " calls were made");
    for (std::size_t call = 0; call < calls_; ++call)
      if (ends_[call] != 1)
        problem("call " + std::to_string(call) + " ended " + std::to_string(ends_[call]) + " times");
    std::uint64_t counted = 0, requests = 0, seen_requests = 0, open = 0;
    for (const EndpointSnapshot& each : connection_snapshot(loop_)) {
      counted += each.retries;
      open += each.open + each.in_flight + each.waiting;
    }
    if (counted != retries_)
      problem("the snapshot counts " + std::to_string(counted) + " retries, the server saw " +
              std::to_string(retries_));
    if (open != 0) problem("the snapshot sees something open");
    for (std::size_t call = 0; call < calls_; ++call) requests += seen_.calls[call].requests;
    for (const auto& each : seen_.faults) seen_requests += each;
    if (requests != seen_requests) problem("the server has lost count of its requests");
    requests_ = requests;
  }
  void report(double seconds) {
    std::cout << "  " << calls_ << " calls, " << requests_ << " requests, " << retries_ << " retries, "
              << seen_.connections << " connections, " << seconds << " s\n  faults:";
    for (std::size_t i = 1; i < fault_kinds; ++i)
      std::cout << ' ' << name_of(static_cast<fault>(i)) << ' ' << seen_.faults[i];
    std::cout << "\n  ends:";
    for (const auto& [kind, count] : kinds_)
      std::cout << ' ' << (kind == ErrorKind::other ? "answered" : to_string(kind)) << ' ' << count;
    std::cout << '\n';
  }
  void problem(std::string text) {
    if (problems_.size() < 20) problems_.push_back(std::move(text));
  }

  std::size_t calls_;
  ledger& seen_;
  fault_server server_;  // before anything has a thread
  asio::io_context loop_{1};
  std::vector<AzureChatOpenAI> whole_, streaming_;  // over HTTP and HTTPS
  std::size_t next_ = 0, end_ = 0;
  std::vector<std::uint8_t> ends_;
  std::map<ErrorKind, std::size_t> kinds_;
  std::uint64_t retries_ = 0, requests_ = 0;
  std::vector<std::string> problems_;
};

ledger& shared_ledger(std::size_t calls) {
  void* const memory =
      ::mmap(nullptr, ledger::size(calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return *static_cast<ledger*>(memory);  // zeros are what its atomics begin with
}

}  // namespace
}  // namespace corochain::soak

int main(int count, char** arguments) {
  const std::size_t calls = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100000;
  const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  if (calls < 100 || count > 3) {
    std::cerr << "usage: soak [calls, 100 or more] [seed]\n";
    return 2;
  }
  std::cout << "soak: " << calls << " calls, seed " << seed << std::endl;
  corochain::soak::soak all(calls, seed, corochain::soak::shared_ledger(calls));
  return all.run() ? 0 : 1;
}
