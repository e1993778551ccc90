// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <string>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/function_runnable.hpp"

namespace corochain::recursion_test {
namespace {
namespace asio = boost::asio;

enum class way { call, configured, stream, query, strand, elsewhere, batch, blocking };

/// Calls itself without end, each time in the same way.
struct endless {
  way how;
  asio::thread_pool* pool;

  awaitable<std::string> operator()(std::string text) const {
    if (text.size() > 100) throw std::logic_error("nobody stopped it");  // ends the test before memory ends
    const auto self = test::runnable_of<std::string, std::string>(*this);
    const std::string longer = text + 'x';
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    std::string answer;
    switch (how) {
      case way::call: answer = co_await self.ainvoke(longer); break;
      case way::configured: {
        RunConfig inherited = co_await current_config();
        answer = co_await self.ainvoke(longer, std::move(inherited));
        break;
      }
      case way::stream: answer = co_await self.astream(longer).collect(); break;
      case way::query: {
        const QueryResult result = co_await query(self, longer);
        if (!result.ok()) result.error->rethrow();
        answer = result.answer;
        break;
      }
      case way::strand: {
        auto call = self.ainvoke(longer);
        answer = co_await asio::co_spawn(asio::make_strand(here), std::move(call), asio::use_awaitable);
        break;
      }
      case way::elsewhere: {
        auto call = [self, longer] { return self.ainvoke(longer); };
        answer = co_await offload(pool->get_executor(), call);
        break;
      }
      case way::batch: {
        const auto all = co_await self.abatch({longer}, {.max_concurrency = 1});
        answer = all.at(0);
        break;
      }
      case way::blocking: answer = self.invoke(longer);
    }
    co_return answer;
  }
};

TEST(Recursion, without_end_is_stopped_on_each_way) {
  asio::thread_pool pool(1);
  for (const way how : {way::call, way::configured, way::stream, way::query, way::strand, way::elsewhere,
                        way::batch, way::blocking}) {
    SCOPED_TRACE(static_cast<int>(how));
    const auto chain = test::runnable_of<std::string, std::string>(endless{how, &pool});
    try {
      (void)chain.invoke("");
      ADD_FAILURE() << "it ended";
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("without end"), std::string::npos) << error.what();
    }
  }
}

TEST(Recursion, of_a_function_that_gives_the_runnable_it_is_in) {
  struct again {
    Runnable<int, int> operator()(int) const { return RunnableLambda(*this); }
  };
  EXPECT_THROW((void)RunnableLambda(again()).invoke(1), ConfigError);
}

/// Calls itself `n` times in batches with a configuration.
struct counting_down {
  awaitable<int> operator()(int n) const {
    if (n == 0) co_return 0;
    const auto self = test::runnable_of<int, int>(*this);
    RunConfig config = RunConfig().tag("t");
    const auto all = co_await self.abatch({n - 1}, BatchOptions(), std::move(config));
    co_return all.at(0) + 1;
  }
};

TEST(Recursion, a_batch_is_one_level_whatever_it_is_given) {
  const auto chain = test::runnable_of<int, int>(counting_down());
  EXPECT_EQ(chain.invoke(20), 20);
  EXPECT_THROW((void)chain.invoke(30), ConfigError);
  EXPECT_EQ(chain.invoke(30, RunConfig().recursion_limit(40)), 30);
}

awaitable<int> stream_often(Runnable<int, int> chain) {
  int sum = 0;
  for (int i = 0; i < 100; ++i) {
    auto chunks = chain.astream(1);
    while (auto chunk = co_await chunks.next()) sum += *chunk;
  }
  co_return sum;
}

TEST(Recursion, streams_one_after_the_other_are_not_nested) {
  const auto one = test::runnable_of<int, int>([](int n) { return n; });
  const auto many = test::runnable_of<int, int>([one](int) { return stream_often(one); });
  EXPECT_EQ(many.invoke(1), 100);
}

}  // namespace
}  // namespace corochain::recursion_test
