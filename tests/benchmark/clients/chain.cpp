// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <exception>
#include <memory>
#include <ranges>

#include "clients/chain.hpp"
#include "clients/load.hpp"
#include "clients/run_phases.hpp"

namespace corochain::benchmark {

Runnable<Dict, std::string> chain_to(const target& to) {
  AzureOptions options;
  options.azure_endpoint = to.url();
  options.azure_deployment = to.deployment;
  options.api_version = "2024-10-21";
  options.api_key = "0123456789abcdef0123456789abcdef";
  options.temperature = 0.2;
  options.proxy.from_environment = false;
  options.tls.ca_pem = to.ca_pem;
  return ChatPromptTemplate::from_messages(
             {{"system", "You are a helpful assistant. Answer in one sentence."}, {"human", "{question}"}}) |
         AzureChatOpenAI(options) | StrOutputParser();
}

namespace detail {
namespace asio = boost::asio;
namespace {

using chain_type = Runnable<Dict, std::string>;

std::string question_of(int number) {
  return "How long is a strand, and is it number " + std::to_string(number) + "?";
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

awaitable<void> query_lane(chain_type chain, call_counter& counter) {
  while (counter.take()) {
    const std::string question = question_of(counter.left);
    const QueryResult result = co_await query(chain, question);
    if (!result.ok() || result.answer.empty()) ++counter.errors;
  }
}

awaitable<void> ainvoke_lane(chain_type chain, call_counter& counter) {
  while (counter.take()) {
    Dict input(question_of(counter.left));
    const std::string answer = co_await chain.ainvoke(std::move(input));
    if (answer.empty()) ++counter.errors;
  }
}

awaitable<void> query_all_at_once(chain_type chain, std::size_t lanes, call_counter& counter) {
  const int calls = std::exchange(counter.left, 0);
  auto questions =
      std::views::iota(0, calls) | std::views::transform([](int i) { return Dict(question_of(i)); });
  BatchOptions options;
  options.max_concurrency = lanes;
  const QueryReport report = co_await query_all(chain, std::move(questions), options);
  counter.errors += static_cast<long>(report.failed());
}

struct stream_counts {
  long chunks = 0;
  std::vector<double> first_ms;
};

bool is_chunk(const std::string&) { return true; }
bool is_chunk(const RunEvent& event) {
  return event.kind() == RunEventKind::chunk && event.parent_ids().empty();
}

template <class T>
awaitable<void> read(Stream<T> stream, stream_counts& counts) {
  const double start = seconds_now();
  bool first = true;
  for (;;) {
    const auto next = co_await stream.next();
    if (!next) break;
    if (!is_chunk(*next)) continue;
    if (first) counts.first_ms.push_back((seconds_now() - start) * 1e3);
    first = false;
    ++counts.chunks;
  }
}

awaitable<void> one_stream(client who, const chain_type& chain, stream_counts& counts) {
  Dict input(question_of(1));
  if (who == client::events) return read(chain.astream_events(std::move(input)), counts);
  RunConfig config;
  if (who == client::heard) config.callback(std::make_shared<EventCounter>());
  return read(chain.astream(std::move(input), std::move(config)), counts);
}

}  // namespace

figures run_chain_load(client who, const load& what) {
  asio::io_context context(1);
  const chain_type chain = chain_to(what.to);
  call_counter counter;
  return run_phases(context, what, counter, [&] {
    const auto lanes = static_cast<std::size_t>(what.lanes);
    if (who == client::query_all) {
      asio::co_spawn(context, query_all_at_once(chain, lanes, counter), rethrow);
      return;
    }
    for (std::size_t i = 0; i < lanes; ++i)
      if (who == client::ainvoke)
        asio::co_spawn(context, ainvoke_lane(chain, counter), rethrow);
      else
        asio::co_spawn(context, query_lane(chain, counter), rethrow);
  });
}

figures run_chain_streams(client who, const stream_load& what) {
  asio::io_context context(1);
  target warm_target = what.to;
  warm_target.deployment = "now";
  const chain_type warm = chain_to(warm_target), chain = chain_to(what.to);
  call_counter counter;
  counter.left = what.streams;
  for (int i = 0; i < what.streams; ++i) asio::co_spawn(context, query_lane(warm, counter), rethrow);
  context.run();
  context.restart();
  stream_counts counts;
  const usage_since before;
  for (int i = 0; i < what.streams; ++i)
    if (who == client::chain)
      asio::co_spawn(context, one_stream(who, chain, counts), rethrow);
    else
      asio::co_spawn(asio::make_strand(context), one_stream(who, chain, counts), rethrow);
  context.run();
  figures found = before.per(1);
  found["first_token_ms"] = series{counts.first_ms}.median();
  found["streams"] = static_cast<double>(counts.first_ms.size());
  found["chunks"] = static_cast<double>(counts.chunks);
  return found;
}

}  // namespace detail
}  // namespace corochain::benchmark
