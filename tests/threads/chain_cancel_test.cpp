// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A chain of all kinds of steps, cancelled at a random moment on a pool of threads: ten thousand times with
// all rounds.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <corochain/corochain.hpp>
#include <future>
#include <memory>
#include <random>
#include <stdexcept>

#include "support/presence.hpp"
#include "support/rounds.hpp"

namespace corochain::chain_cancel_test {
namespace {
namespace asio = boost::asio;

constexpr int lanes = 10;
const int calls_of_a_lane = test::rounds_of(1000);

struct tally {
  std::atomic<int> alive{0};
  std::atomic<int> answered{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> other{0};
};

awaitable<void> hop(int times) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  for (int i = 0; i < times; ++i) co_await asio::post(here, asio::use_awaitable);
}

/// Answers after some turns of the loop; one question in sixteen fails at first.
Runnable<Dict, std::string> chain_of(std::shared_ptr<tally> ends) {
  const auto prompt = ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}});
  const auto model = [ends](Messages asked) -> awaitable<AIMessage> {
    const test::presence here(ends->alive);
    const std::string question = asked[asked.size() - 1].content();
    co_await hop(1 + static_cast<int>(question.size() % 5));
    if (question.size() % 16 == 7) throw std::runtime_error("an answer that is no use");
    co_return AIMessage(question);
  };
  return (prompt | model | StrOutputParser())
      .with_retry({.stop_after_attempt = 2, .initial = {}, .jitter = {}})
      .with_fallbacks({[](Dict) { return std::string("fallen back"); }});
}

awaitable<std::string> use_all(Runnable<Dict, std::string> chain, std::size_t length) {
  const RunnableParallel both({{"a", chain}, {"b", chain}});
  const std::string question(length, 'q');
  const Dict answers = co_await both.ainvoke({{"question", question}});
  std::vector<std::string> more{question, question + "1", question + "2"};
  const auto batch = co_await chain.abatch(std::move(more), {.max_concurrency = 2});
  std::string all = answers.get<std::string>("a");
  for (const std::string& each : batch) all += each;
  auto chunks = both.astream({{"question", question}});
  while (auto chunk = co_await chunks.next()) all += chunk->key();
  co_return all;
}

/// Makes one call after the other on one strand, each cancelled after a number of turns.
awaitable<void> lane(std::shared_ptr<tally> ends, unsigned seed) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  std::mt19937 random(seed);
  const auto mine = std::make_shared<tally>();
  const auto chain = chain_of(mine);
  for (int i = 0; i < calls_of_a_lane; ++i) {
    asio::cancellation_signal signal;
    bool over = false;
    asio::co_spawn(here, use_all(chain, random() % 20),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error, std::string) {
                     EXPECT_EQ(mine->alive, 0);  // every child has ended before its parent
                     over = true;
                     try {
                       if (error) std::rethrow_exception(error);
                       ++ends->answered;
                     } catch (const boost::system::system_error& stopped) {
                       // Between two awaits of the test's coroutine, Asio reports the cancellation with its
                       // own error.
                       ++(stopped.code() == ErrorCondition::cancelled ? ends->cancelled : ends->other);
                     } catch (...) {
                       ++ends->other;
                     }
                   }));
    co_await hop(static_cast<int>(random() % 60));
    if (!over) signal.emit(asio::cancellation_type::terminal);
    while (!over) co_await hop(1);
  }
}

TEST(ChainCancel, at_random_moments_nothing_is_left_running) {
  asio::thread_pool pool(4);
  const auto ends = std::make_shared<tally>();
  std::vector<std::future<void>> all;
  for (unsigned i = 0; i < lanes; ++i)
    all.push_back(asio::co_spawn(asio::make_strand(pool), lane(ends, i), asio::use_future));
  for (auto& each : all) each.get();
  EXPECT_EQ(ends->answered + ends->cancelled, lanes * calls_of_a_lane);
  EXPECT_EQ(ends->other, 0);
  EXPECT_EQ(ends->alive, 0);
  EXPECT_GT(ends->cancelled, lanes * calls_of_a_lane / 10);
  EXPECT_GT(ends->answered, lanes * calls_of_a_lane / 100);
}

}  // namespace
}  // namespace corochain::chain_cancel_test
