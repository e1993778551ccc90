// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Many calls at once: a batch without end, races, time limits, a task group, work that would block the loop,
// and runs that are stopped.

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "support/demo.hpp"

namespace asio = boost::asio;
namespace cc = corochain;
using namespace std::chrono_literals;

namespace {

using Chain = cc::Runnable<std::string, std::string>;

// Inputs may come from a coroutine: it is asked for the next one when there is room for it.
cc::awaitable<void> read_queue(int count, cc::Yield<std::string> yield) {
  for (int n = 1; n <= count; ++n) co_await yield("message " + std::to_string(n));
}

cc::awaitable<void> work_off_a_queue(Chain chain) {
  std::size_t done = 0;
  const auto config = cc::RunConfig().progress([&done](const cc::BatchStatus& item) { done = item.done; });
  const cc::RunnableGenerator<int, std::string> queue(read_queue);
  auto answers = chain.abatch_ordered(queue.astream(1000), {.max_concurrency = 64, .record = true}, config);
  double slowest = 0;
  while (auto item = co_await answers.next()) {  // in order; the memory is that of 256 items
    if (!item->result) std::cerr << "item " << item->index << ": " << item->result.error().message() << '\n';
    slowest = std::max(slowest, item->record->time_taken);
  }
  std::cout << done << " done, the slowest took " << (slowest < 60 ? "less" : "more") << " than a minute\n";
}

cc::awaitable<void> ask_two(Chain here, Chain there) {
  std::cout << co_await cc::race(here.ainvoke("who?"), there.ainvoke("who?")) << '\n';  // the first answer

  try {
    co_await cc::timeout(20ms, there.ainvoke("slow"));
  } catch (const cc::TimeoutError& error) {  // its connection is closed by now
    std::cout << "too late: " << error.what() << '\n';
  }
}

cc::awaitable<void> ask_into(Chain chain, std::string question, std::vector<std::string>& answers) {
  answers.push_back(co_await chain.ainvoke(std::move(question)));
}

cc::awaitable<std::size_t> crawl(Chain chain) {
  std::vector<std::string> answers;
  auto body = [&](cc::task_group& group) -> cc::awaitable<void> {
    for (const char* question : {"first", "second", "third"}) group.spawn(ask_into(chain, question, answers));
    co_return;  // children may spawn more; the first failure cancels all
  };
  co_await cc::with_task_group(body, {.max_concurrency = 2});
  co_return answers.size();
}

std::size_t count_slowly(const std::string& text) {  // as if it computed for long
  return static_cast<std::size_t>(std::ranges::count(text, 'o'));
}

cc::awaitable<std::size_t> count_elsewhere(Chain chain, asio::thread_pool& pool) {
  const std::string text = co_await chain.ainvoke("foo");
  auto count = [&text] { return count_slowly(text); };  // named before the co_await
  co_return co_await cc::offload(pool.get_executor(), count);
}

// No chain is needed: any awaitable will do.
cc::awaitable<int> square(int n) { co_return n* n; }

cc::awaitable<void> sum_of_squares() {
  std::vector<cc::awaitable<int>> calls;
  for (int n = 1; n <= 10; ++n) calls.push_back(square(n));
  int sum = 0;
  for (const int each : co_await cc::gather(std::move(calls), {.max_concurrency = 3})) sum += each;
  std::cout << sum << '\n';
}

// Ctrl-C: what was paid for is shown. The second Ctrl-C ends the program at once.
cc::awaitable<int> ask_all(Chain chain, std::vector<std::string> questions) {
  const auto answers = co_await chain.abatch_results(questions, {.max_concurrency = 2});
  for (const auto& answer : answers)  // the unfinished ones: "stopped by SIGINT"
    std::cout << (answer ? *answer : answer.error().message()) << '\n';
  const auto cause = cc::stop_cause(co_await asio::this_coro::executor);
  co_return cause ? 128 + cause->error()->details().signal : 0;
}

// A client that leaves: its call is cancelled, and the connection to the model is closed.
using Client = asio::local::stream_protocol::socket;

cc::awaitable<void> has_left(Client& client) {
  char byte;  // this client has nothing more to say
  boost::system::error_code error;
  co_await client.async_read_some(asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, error));
}

cc::awaitable<void> serve(Chain chain, Client& client) {
  try {
    const std::string answer = co_await cc::until(chain.ainvoke("slow"), has_left(client));
    co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
  } catch (const cc::CancelledError& error) {
    std::cout << "nobody waits for the answer: " << error.what() << '\n';
  }
}

cc::awaitable<void> serve_one(Chain chain) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  Client near(here), far(here);
  asio::local::connect_pair(near, far);
  asio::steady_timer timer(here, 20ms);
  timer.async_wait([&far](boost::system::error_code) { far.close(); });
  co_await serve(chain, near);
}

void demonstrate() {
  cc::testing::MockServer server;
  server.respond_with([](const cc::testing::RecordedRequest& request) {
    const bool slow = request.body.find("slow") != std::string::npos;
    if (request.body.find("Ctrl-C") != std::string::npos) std::raise(SIGINT);  // as if somebody pressed it
    return cc::testing::MockReply::chat("so be it").latency(slow ? 10s : 0s);
  });
  const auto fill = [](std::string question) { return cc::Dict{{"question", question}}; };
  const Chain chain = fill | cc::ChatPromptTemplate::from_template("{question}") |
                      cc::AzureChatOpenAI(example::mock_options(server)) | cc::StrOutputParser();

  cc::run(work_off_a_queue(chain));
  cc::run(ask_two(chain, chain));
  std::cout << cc::run(crawl(chain)) << " answers\n";
  asio::thread_pool pool(2);
  std::cout << cc::run(count_elsewhere(chain, pool)) << " letters\n";
  cc::run(sum_of_squares());
  const int exit_code =
      cc::run(ask_all(chain, {"one", "slow", "slow, and Ctrl-C", "four"}), {.stop_on_signals = true});
  std::cout << "exit code " << exit_code << '\n';
  cc::run(serve_one(chain));
}

}  // namespace

int main() { return example::run_example("8_concurrency", demonstrate); }
