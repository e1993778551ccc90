// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A chain with a handler and with a reader of its events, cancelled at a random moment, three thousand times,
// on a pool of threads.

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
#include <set>
#include <stdexcept>

#include "support/presence.hpp"
#include "support/rounds.hpp"

namespace corochain::event_cancel_test {
namespace {
namespace asio = boost::asio;

constexpr int lanes = 10;
const int calls_of_a_lane = test::rounds_of(1000);

struct tally {
  std::atomic<int> alive{0};
  std::atomic<int> answered{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> other{0};
  std::atomic<int> told_by_next{0};
};

/// Counts the runs of all calls. Each thread calls it inside its run.
class run_counter : public CallbackHandler {
 public:
  bool run_inline() const noexcept override { return true; }
  void on_event(const RunEvent& event) override {
    switch (event.kind()) {
      case RunEventKind::started: ++started; break;
      case RunEventKind::ended: ++ended; break;
      case RunEventKind::failed:
        ++failed;
        if (!event.error()) ++without_reason;
        break;
      case RunEventKind::chunk: ++chunks; break;
      case RunEventKind::retried: break;
    }
  }
  std::atomic<int> started{0};
  std::atomic<int> ended{0};
  std::atomic<int> failed{0};
  std::atomic<int> without_reason{0};
  std::atomic<int> chunks{0};
};

/// The unfinished runs of one lane. Used on its strand.
class open_runs : public CallbackHandler {
 public:
  bool run_inline() const noexcept override { return true; }
  void on_event(const RunEvent& event) override {
    if (event.kind() == RunEventKind::started)
      EXPECT_TRUE(open.insert(event.run_id().value).second);
    else if (event.kind() == RunEventKind::ended || event.kind() == RunEventKind::failed)
      EXPECT_EQ(open.erase(event.run_id().value), 1u) << event.event() << " of a run that does not go on";
    else
      EXPECT_EQ(open.count(event.run_id().value), 1u) << event.event() << " of a run that does not go on";
  }
  std::set<std::uint64_t> open;
};

awaitable<void> hop(int times) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  for (int i = 0; i < times; ++i) co_await asio::post(here, asio::use_awaitable);
}

awaitable<std::string> answer_later(std::shared_ptr<tally> frames, Dict asked) {
  const test::presence here(frames->alive);
  const std::string question = asked.get<std::string>("question");
  co_await hop(1 + static_cast<int>(question.size() % 5));
  if (question.size() % 4 == 3) throw std::runtime_error("an answer that is no use");
  co_return question;
}

awaitable<std::string> fall_back(std::shared_ptr<tally> frames) {
  const test::presence here(frames->alive);
  co_await hop(2);
  co_return "fallen back";
}

awaitable<std::string> look(std::shared_ptr<tally> frames, std::string text) {
  const test::presence here(frames->alive);
  co_await hop(2);
  co_return text + '.';
}

awaitable<void> give_words(std::shared_ptr<tally> frames, Yield<std::string> yield) {
  const test::presence here(frames->alive);
  co_await yield("word ");
  co_await hop(3);
  co_await yield("word ");
  co_await hop(3);
}

/// Two branches: a model with a fallback and a step after them, and words that are streamed. The model fails
/// to answer one question in four.
RunnableParallel both_of(std::shared_ptr<tally> frames) {
  const auto model = [frames](Dict asked) { return answer_later(frames, std::move(asked)); };
  const auto fallback = [frames](Dict) { return fall_back(frames); };
  const auto behind = [frames](std::string text) { return look(frames, std::move(text)); };
  const auto words = [frames](Dict, Yield<std::string> yield) {
    return give_words(frames, std::move(yield));
  };
  return RunnableParallel({{"answer", RunnableLambda(model).with_fallbacks({fallback}) | behind},
                           {"words", RunnableGenerator<Dict, std::string>(words)}});
}

/// The work of one call.
struct task {
  /// The caller reads the events; else it waits for the answer.
  bool reads;
  /// The caller always closes the stream that it reads; else it drops the stream.
  bool closes;
  std::size_t length;
};

/// Reads to the end. With `closes` the stream has ended when this has.
awaitable<void> read(Stream<RunEvent> events, bool closes) {
  std::exception_ptr failure;
  try {
    std::size_t open = 0;
    while (auto event = co_await events.next()) {
      if (event->kind() == RunEventKind::started) ++open;
      if (event->kind() == RunEventKind::ended || event->kind() == RunEventKind::failed) --open;
    }
    EXPECT_EQ(open, 0u);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (closes) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await events.close();
    co_await asio::this_coro::throw_if_cancelled(true);
  }
  std::rethrow_exception(failure);
}

awaitable<void> use(RunnableParallel both, RunConfig config, task what) {
  const std::string question(what.length, 'q');
  if (what.reads) {
    co_await read(both.astream_events({{"question", question}}, config), what.closes);
  } else {
    const Dict answers = co_await both.ainvoke({{"question", question}}, config);
    EXPECT_EQ(answers.size(), 2u);
  }
}

/// The result of one call.
struct outcome {
  bool over = false;
  bool failed = false;
  /// The library reports the cancellation. If the cancel comes between two awaits of the test's own
  /// coroutine, Asio reports it, and the stream is destroyed while no consumer waits.
  bool told = false;
};

outcome outcome_of(const std::exception_ptr& error, tally& ends) {
  outcome end{true, error != nullptr};
  try {
    if (error) std::rethrow_exception(error);
    ++ends.answered;
  } catch (const CancelledError&) {
    end.told = true;
    ++ends.cancelled;
  } catch (const boost::system::system_error& stopped) {
    ++(stopped.code() == ErrorCondition::cancelled ? ends.cancelled : ends.other);
  } catch (...) {
    ++ends.other;
  }
  return end;
}

/// Makes one call after the other on one strand, each cancelled after a number of turns.
awaitable<void> lane(std::shared_ptr<tally> ends, std::shared_ptr<run_counter> counter, unsigned seed) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  std::mt19937 random(seed);
  const auto mine = std::make_shared<tally>();
  const auto runs = std::make_shared<open_runs>();
  const auto both = both_of(mine);
  const RunConfig config = RunConfig().tag("told").callback(counter).callback(runs);
  for (int i = 0; i < calls_of_a_lane; ++i) {
    const task what{random() % 4 == 0, random() % 2 == 0, random() % 20};
    asio::cancellation_signal signal;
    outcome end;
    asio::co_spawn(here, use(both, config, what),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                     end = outcome_of(error, *ends);
                     if (what.reads && !what.closes && end.failed && !end.told) return;
                     // Every child has ended before its parent.
                     EXPECT_EQ(mine->alive, 0) << "reads " << what.reads << " closes " << what.closes;
                     EXPECT_EQ(runs->open.size(), 0u) << "reads " << what.reads << " closes " << what.closes;
                     if (what.reads && end.told) ++ends->told_by_next;
                   }));
    co_await hop(static_cast<int>(random() % 45));
    if (!end.over) signal.emit(asio::cancellation_type::terminal);
    while (!end.over) co_await hop(1);
    for (int turns = 0; turns < 1000 && (mine->alive > 0 || !runs->open.empty()); ++turns) co_await hop(1);
    EXPECT_EQ(mine->alive, 0);
    EXPECT_EQ(runs->open.size(), 0u);
  }
}

TEST(EventCancel, at_random_moments_leaves_nothing_running) {
  const auto ends = std::make_shared<tally>();
  const auto counter = std::make_shared<run_counter>();
  {
    asio::thread_pool pool(4);
    std::vector<std::future<void>> all;
    for (unsigned i = 0; i < lanes; ++i)
      all.push_back(asio::co_spawn(asio::make_strand(pool), lane(ends, counter, i), asio::use_future));
    for (auto& each : all) each.get();
  }
  EXPECT_EQ(ends->answered + ends->cancelled, lanes * calls_of_a_lane);
  EXPECT_EQ(ends->other, 0);
  EXPECT_GT(ends->cancelled, lanes * calls_of_a_lane / 10);
  EXPECT_GT(ends->answered, lanes * calls_of_a_lane / 100);
  EXPECT_GT(ends->told_by_next, lanes * calls_of_a_lane / 50);
  EXPECT_EQ(counter->started, counter->ended + counter->failed);
  EXPECT_GT(counter->ended, counter->started / 10);
  EXPECT_GT(counter->failed, counter->started / 100);
  EXPECT_EQ(counter->without_reason, 0);
  EXPECT_GT(counter->chunks, 0);
}

}  // namespace
}  // namespace corochain::event_cancel_test
