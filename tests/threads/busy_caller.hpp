// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <memory>
#include <random>
#include <string>

namespace corochain::test {

/// The results of the calls of many callers.
struct tally {
  /// Calls with the right answer.
  std::atomic<int> answered{0};
  /// Calls that were cancelled on purpose.
  std::atomic<int> cancelled{0};
  /// Streams that were dropped after their first chunk.
  std::atomic<int> left{0};
  /// Calls that were refused during a drain and then repeated.
  std::atomic<int> refused{0};
};

/// Makes calls of all kinds, one after the other.
class busy_caller {
 public:
  /// `serial`: the executor runs one handler at a time, so that the caller may cancel its own calls.
  busy_caller(ChatModel model, tally& ends, unsigned number, bool serial)
      : model_(std::move(model)), ends_(ends), number_(number), serial_(serial), random_(number) {}

  static awaitable<void> run(std::shared_ptr<busy_caller> self, int calls) {
    for (int i = 0; i < calls; ++i) {
      const std::string question = std::to_string(self->number_) + "." + std::to_string(i);
      switch (self->random_() % (self->serial_ ? 5u : 3u)) {
        case 0: co_await ask(self, self->model_.ainvoke(question), question); break;
        case 1: co_await ask(self, self->model_.astream(question).collect(), question); break;
        case 2: co_await leave_early(self, question); break;
        case 3: co_await cancel(self, self->model_.ainvoke(question), question); break;
        default: co_await cancel(self, self->model_.astream(question).collect(), question); break;
      }
    }
  }

 private:
  static bool draining(const ConnectError& error) { return error.problem() == ConnectProblem::draining; }
  static awaitable<void> pause(std::chrono::microseconds time) {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(here, time);
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

  static awaitable<void> ask(std::shared_ptr<busy_caller> self, awaitable<AIMessage> call,
                             std::string question) {
    for (;;) {
      try {
        const AIMessage answer = co_await std::move(call);
        EXPECT_EQ(answer.content, "echo: " + question);
        ++self->ends_.answered;
        co_return;
      } catch (const ConnectError& error) {
        EXPECT_TRUE(draining(error)) << error.what();
      } catch (const Error& error) {
        ADD_FAILURE() << question << ": " << error.what();
        co_return;
      }
      ++self->ends_.refused;
      co_await pause(std::chrono::milliseconds(2));
      call = self->model_.ainvoke(question);
    }
  }
  static awaitable<void> leave_early(std::shared_ptr<busy_caller> self, std::string question) {
    Stream<AIMessage> stream = self->model_.astream(question);
    try {
      std::optional<AIMessageChunk> chunk = co_await stream.next();
      EXPECT_TRUE(chunk);
      ++self->ends_.left;
    } catch (const ConnectError& error) {
      EXPECT_TRUE(draining(error)) << error.what();
      ++self->ends_.left;
    } catch (const Error& error) {
      ADD_FAILURE() << question << ": " << error.what();
    }
  }
  static awaitable<void> cancel(std::shared_ptr<busy_caller> self, awaitable<AIMessage> call,
                                std::string question) {
    struct outcome {
      bool ended = false;
      std::exception_ptr error;
      std::string answer;
    } seen;
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    boost::asio::cancellation_signal signal;
    boost::asio::steady_timer end(here, boost::asio::steady_timer::time_point::max());
    boost::asio::co_spawn(
        here, std::move(call),
        boost::asio::bind_cancellation_slot(
            signal.slot(), boost::asio::bind_executor(here, [&](std::exception_ptr error, AIMessage answer) {
              seen.ended = true;
              seen.error = error;
              seen.answer = std::move(answer.content);
              end.cancel();
            })));
    co_await pause(std::chrono::microseconds(self->random_() % 6000));
    signal.emit(boost::asio::cancellation_type::terminal);
    boost::system::error_code ignored;
    while (!seen.ended)
      co_await end.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    try {
      if (seen.error) std::rethrow_exception(seen.error);
      EXPECT_EQ(seen.answer, "echo: " + question);
      ++self->ends_.answered;
    } catch (const CancelledError&) {
      ++self->ends_.cancelled;
    } catch (const ConnectError& error) {
      EXPECT_TRUE(draining(error)) << error.what();
      ++self->ends_.cancelled;
    } catch (const boost::system::system_error& error) {
      // Before a coroutine has come to its first await, Asio says it in its own way.
      if (error.code() == ErrorCondition::cancelled)
        ++self->ends_.cancelled;
      else
        ADD_FAILURE() << question << ": " << error.what();
    }
  }

  ChatModel model_;
  tally& ends_;
  unsigned number_;
  bool serial_;
  std::minstd_rand random_;
};

}  // namespace corochain::test
