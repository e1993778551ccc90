// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "clients/floor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <vector>

#include "clients/load.hpp"
#include "clients/run_phases.hpp"

namespace corochain::benchmark::detail {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

/// A failure of the floor ends the measurement.
void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

template <class Stream>
asio::awaitable<void> lane(line<Stream>& over, const load& what, const std::string& wire,
                           call_counter& counter) {
  if (!over.is_open) co_await over.open(what.to);
  while (counter.take()) co_await floor_call(over, wire);
}

template <class Stream>
asio::awaitable<void> honest_lane(line<Stream>& over, honest_request& request, const load& what,
                                  call_counter& counter) {
  if (!over.is_open) co_await over.open(what.to);
  while (counter.take()) {
    std::string question = "How long is a strand, and is it number " + std::to_string(counter.left) + "?";
    std::string answer = co_await honest_call(over, request, std::move(question));
    if (answer.empty()) ++counter.errors;
  }
}

template <class Stream>
figures run(bool honest, const load& what) {
  asio::io_context context(1);
  auto tls = floor_tls(what.to);
  std::vector<std::unique_ptr<line<Stream>>> lines;
  std::vector<std::unique_ptr<honest_request>> requests;
  const std::string wire = prebuilt_request(what.to, false);
  call_counter counter;
  return run_phases(context, what, counter, [&] {
    for (std::size_t i = 0; i < static_cast<std::size_t>(what.lanes); ++i) {
      if (i == lines.size()) {
        lines.push_back(std::make_unique<line<Stream>>(context, tls, what.read_step));
        if (honest) requests.push_back(std::make_unique<honest_request>(what.to));
      }
      if (honest)
        asio::co_spawn(context, honest_lane(*lines[i], *requests[i], what, counter), rethrow);
      else
        asio::co_spawn(context, lane(*lines[i], what, wire, counter), rethrow);
    }
  });
}

struct stream_counts {
  long bytes = 0;
  std::vector<double> first_ms;
};

/// Reads the available bytes and discards them.
template <class Stream>
asio::awaitable<void> one_stream(line<Stream>& over, const std::string& wire, stream_counts& counts) {
  const double start = seconds_now();
  co_await asio::async_write(over.stream, asio::buffer(wire), asio::use_awaitable);
  http::response_parser<discarded_body> answer;
  answer.body_limit(boost::none);
  co_await http::async_read_header(over.stream, over.buffer, answer, asio::use_awaitable);
  bool first = true;
  while (!answer.is_done()) {
    const std::size_t bytes =
        co_await http::async_read_some(over.stream, over.buffer, answer, asio::use_awaitable);
    if (first && bytes > 0) {
      counts.first_ms.push_back((seconds_now() - start) * 1e3);
      first = false;
    }
    counts.bytes += static_cast<long>(bytes);
  }
}

template <class Stream>
figures run_all_streams(const stream_load& what) {
  asio::io_context context(1);
  auto tls = floor_tls(what.to);
  target warm_target = what.to;
  warm_target.deployment = "now";
  const std::string warm = prebuilt_request(warm_target, false), wire = prebuilt_request(what.to, true);
  std::vector<std::unique_ptr<line<Stream>>> lines;
  for (int i = 0; i < what.streams; ++i) lines.push_back(std::make_unique<line<Stream>>(context, tls, 65536));
  load warming{what.to};
  call_counter counter{what.streams};
  for (const auto& each : lines) asio::co_spawn(context, lane(*each, warming, warm, counter), rethrow);
  context.run();
  context.restart();
  stream_counts counts;
  const usage_since before;
  for (const auto& each : lines) asio::co_spawn(context, one_stream(*each, wire, counts), rethrow);
  context.run();
  figures found = before.per(1);
  found["first_token_ms"] = series{counts.first_ms}.median();
  found["streams"] = static_cast<double>(counts.first_ms.size());
  return found;
}

}  // namespace

figures run_floor_load(bool honest, const load& what) {
  return what.to.tls ? run<tls_socket>(honest, what) : run<plain_socket>(honest, what);
}

figures run_floor_streams(const stream_load& what) {
  return what.to.tls ? run_all_streams<tls_socket>(what) : run_all_streams<plain_socket>(what);
}

}  // namespace corochain::benchmark::detail
