// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Chunks that have to be waited for: a consumer on the run's serial executor awaits them itself, if the
// source ends the wait when it is stopped. All others are awaited by a coroutine that is spawned for each of
// them.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/event_recorder.hpp"
#include "support/presence.hpp"

namespace corochain::waited_chunks_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr int all_chunks = 20;

/// The observations of one stream's source.
struct seen {
  // The executor of the consumer while it reads; null where nobody counts.
  const asio::any_io_executor* consumer = nullptr;
  int pulls = 0;
  int own_pulls = 0;  // of them, those that the consumer's coroutine awaited itself
  int waiting = 0;    // calls of `next()` under way
  int sources = 0;    // sources that exist
  bool was_used_after_its_end = false;
};

/// A model each of whose chunks comes after a turn of the loop. The chunk after the last one never comes, if
/// `ends` is false.
class slow_model final : public step<Messages, AIMessage> {
 public:
  slow_model(bool ends, bool ends_by_stop) : ends_(ends), ends_by_stop_(ends_by_stop) {}
  const char* name() const noexcept override { return "SlowModel"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  awaitable<void> call(Messages, const call_context&, std::optional<AIMessage>& answer) const override {
    answer.emplace("whole");
    co_return;
  }
  chunk_source_ptr<AIMessageChunk> stream(Messages, call_context) const override {
    return std::make_unique<chunks>(*this);
  }
  const std::shared_ptr<seen> found = std::make_shared<seen>();

 private:
  class chunks final : public chunk_source<AIMessageChunk> {
   public:
    explicit chunks(const slow_model& of) : of_(of), found_(of.found), here_(found_->sources) {}
    ~chunks() override {
      if (found_->waiting > 0) found_->was_used_after_its_end = true;
    }
    awaitable<std::optional<AIMessageChunk>> next() override {
      const test::presence waits(found_->waiting);
      const asio::any_io_executor here = co_await asio::this_coro::executor;
      ++found_->pulls;
      if (found_->consumer && *found_->consumer == here) ++found_->own_pulls;
      std::optional<AIMessageChunk> chunk;
      if (given_ == all_chunks && !of_.ends_) {
        timer_.emplace(here, asio::steady_timer::time_point::max());
        co_await timer_->async_wait(asio::use_awaitable);
      }
      co_await asio::post(here, asio::use_awaitable);
      if (given_ < all_chunks) chunk.emplace(std::to_string(given_++));
      co_return chunk;
    }
    void stop() noexcept override {
      if (timer_ && of_.ends_by_stop_) timer_->cancel();
    }
    bool next_ends_by_stop() const noexcept override { return of_.ends_by_stop_; }

   private:
    const slow_model& of_;
    const std::shared_ptr<seen> found_;
    const test::presence<int> here_;
    std::optional<asio::steady_timer> timer_;
    int given_ = 0;
  };

  bool ends_, ends_by_stop_;
};

using Model = Runnable<Messages, AIMessage>;
using Texts = Stream<std::string>;

std::string all_numbers() {
  std::string text;
  for (int i = 0; i < all_chunks; ++i) text += std::to_string(i);
  return text;
}

/// Returns how many chunks the consumer has awaited itself.
awaitable<int> read_all(Texts stream, std::shared_ptr<seen> found) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  found->consumer = &here;
  std::string text;
  for (;;) {
    const std::optional<std::string> chunk = co_await stream.next();
    if (!chunk) break;
    text += *chunk;
  }
  EXPECT_EQ(text, all_numbers());
  found->consumer = nullptr;
  co_return found->own_pulls;
}

/// Runs the body on a strand, or on the bare loop, which may have several threads.
template <class Body>
auto on_loop(bool strand, Body body) {
  asio::io_context loop;
  const asio::any_io_executor bare = loop.get_executor(), serial = asio::make_strand(loop);
  typename Body::value_type result{};
  asio::co_spawn(strand ? serial : bare, std::move(body), [&](std::exception_ptr error, auto value) {
    if (error) std::rethrow_exception(error);
    result = value;
  });
  loop.run();
  return result;
}

template <class Wrap>
void expect_no_spawns(Wrap wrap, const RunConfig& config = RunConfig()) {
  for (const bool ends_by_stop : {true, false}) {
    SCOPED_TRACE(ends_by_stop);
    const auto begin = [&](std::shared_ptr<seen>& found) {
      const auto model = std::make_shared<const slow_model>(true, ends_by_stop);
      found = model->found;
      const Runnable<Messages, std::string> chain = wrap(Model(model)) | StrOutputParser();
      return chain.astream("q", config);
    };
    std::shared_ptr<seen> found;
    // The first pull opens the stream, and the last one finds its end.
    const int own = ends_by_stop ? all_chunks : 0;
    Texts on_strand = begin(found);
    EXPECT_EQ(on_loop(true, read_all(std::move(on_strand), found)), own);
    Texts on_own_loop = begin(found);
    EXPECT_EQ(run(read_all(std::move(on_own_loop), found)), own);
    Texts on_bare_loop = begin(found);
    EXPECT_EQ(on_loop(false, read_all(std::move(on_bare_loop), found)), 0);
    EXPECT_EQ(found->pulls, all_chunks + 1);
  }
}

TEST(WaitedChunks, pass_a_parser) {
  expect_no_spawns([](const Model& model) { return model; });
}
TEST(WaitedChunks, pass_a_listener) {
  expect_no_spawns([](const Model& model) { return model; },
                   RunConfig().callback(std::make_shared<test::EventRecorder>()));
}
TEST(WaitedChunks, pass_a_time_limit) {
  expect_no_spawns([](const Model& model) { return model; }, RunConfig().timeout(1h));
}
TEST(WaitedChunks, pass_a_message_history) {
  const auto wrap = [](const Model& model) {
    const RunnableWithMessageHistory remembering(
        RunnableLambda([](const Dict& input) { return input.get<Messages>("history"); }) | model,
        std::make_shared<InMemoryChatMessageHistory>(), MessageHistoryKeys("in", "out", "history"));
    return RunnableLambda([](const Messages&) { return Dict{{"in", "text"}}; }) | remembering;
  };
  expect_no_spawns(wrap, RunConfig().configurable("session_id", "s"));
}
TEST(WaitedChunks, pass_a_retry) {
  expect_no_spawns([](const Model& model) { return model.with_retry({}); });
}
TEST(WaitedChunks, pass_a_branch) {
  expect_no_spawns([](const Model& model) {
    return Model(
        RunnableBranch<Messages, AIMessage>({{[](const Messages&) { return false; }, model}}, model));
  });
}
TEST(WaitedChunks, pass_a_passthrough) {
  expect_no_spawns([](const Model& model) { return model | RunnablePassthrough<AIMessage>(); });
}

/// A store that is never done with its work.
class WaitingStore final : public ChatMessageHistoryStore {
 public:
  awaitable<Messages> load(std::string) override { co_return Messages(); }
  awaitable<void> append(std::string, Messages) override {
    const test::presence here(saving);
    co_await test::stop_slowly();
    throw CancelledError("not saved");
  }
  int saving = 0;
};

awaitable<void> leave_while_it_saves(Stream<AIMessage> stream, const int& saving, bool closes) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  bool cancelled = false;
  const auto read = [](Stream<AIMessage>& from, bool& ended) -> awaitable<void> {
    try {
      for (;;) {
        const std::optional<AIMessageChunk> chunk = co_await from.next();
        if (!chunk) break;
      }
    } catch (const CancelledError&) {
      ended = true;
    }
  };
  std::optional<Stream<AIMessage>> kept(std::move(stream));
  asio::co_spawn(here, read(*kept, cancelled), [](std::exception_ptr) {});
  while (saving == 0) co_await asio::post(here, asio::use_awaitable);
  if (closes) {
    co_await kept->close();
    EXPECT_EQ(saving, 0);
  }
  kept.reset();
  while (!cancelled) co_await asio::post(here, asio::use_awaitable);
  EXPECT_EQ(saving, 0);
}

TEST(WaitedChunks, a_store_stops_with_the_stream) {
  for (const bool closes : {false, true}) {
    const auto store = std::make_shared<WaitingStore>();
    const auto model = std::make_shared<const slow_model>(true, true);
    const RunnableWithMessageHistory remembering(
        RunnableLambda([](const Dict&) { return Messages("q"); }) | Model(model), store,
        MessageHistoryKeys("in", "out", "history"));
    const RunConfig session = RunConfig().configurable("session_id", "s");
    run(leave_while_it_saves(remembering.astream({{"in", "text"}}, session), store->saving, closes));
  }
}

// ---- streams that end while a next() waits for its chunk

struct outcome {
  std::string text;
  bool cancelled = false;
};

/// How a stream is read: whether its source ends by itself when it is stopped, and on which executor.
struct way {
  bool ends_by_stop;
  bool strand;
};

class WaitedStreams : public ::testing::TestWithParam<way> {
 protected:
  Texts begin() { return (Model(model) | StrOutputParser()).astream("q"); }
  asio::any_io_executor executor() { return GetParam().strand ? serial : loop.get_executor(); }
  /// Reads on until the stream has ended.
  awaitable<void> read(Texts& stream) {
    try {
      for (;;) {
        const std::optional<std::string> chunk = co_await stream.next();
        if (!chunk) break;
        found.text += *chunk;
      }
    } catch (const CancelledError&) {
      found.cancelled = true;
      EXPECT_EQ(model->found->waiting, 0);
    }
  }
  void run_until_it_waits() {
    while (loop.poll() > 0) {
    }
    ASSERT_EQ(found.text, all_numbers());
    ASSERT_EQ(model->found->waiting, 1);
  }
  void run_to_the_end() {
    loop.restart();
    loop.run_for(30s);  // returns when the loop has no more work
    EXPECT_TRUE(found.cancelled);
    EXPECT_EQ(model->found->waiting, 0);
    EXPECT_FALSE(model->found->was_used_after_its_end);
  }
  static void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }

  asio::io_context loop;
  const asio::any_io_executor serial = asio::make_strand(loop);
  const std::shared_ptr<const slow_model> model =
      std::make_shared<const slow_model>(false, GetParam().ends_by_stop);
  outcome found;
};
INSTANTIATE_TEST_SUITE_P(All, WaitedStreams,
                         ::testing::Values(way{true, true}, way{true, false}, way{false, true},
                                           way{false, false}),
                         [](const auto& each) {
                           return std::string(each.param.ends_by_stop ? "stopped" : "cancelled") +
                                  (each.param.strand ? "_on_a_strand" : "_on_a_loop");
                         });

TEST_P(WaitedStreams, destroyed_by_another_coroutine) {
  std::optional<Texts> stream(begin());
  asio::co_spawn(executor(), read(*stream), rethrow);
  run_until_it_waits();
  const auto destroy = [](std::optional<Texts>& all) -> awaitable<void> {
    all.reset();
    co_return;
  };
  asio::co_spawn(executor(), destroy(stream), rethrow);
  run_to_the_end();
  EXPECT_EQ(model->found->sources, 0);
}

TEST_P(WaitedStreams, closed_by_another_coroutine) {
  Texts stream = begin();
  asio::co_spawn(executor(), read(stream), rethrow);
  run_until_it_waits();
  bool closed = false;
  const auto close = [](Texts& all, const seen& source, bool& done) -> awaitable<void> {
    co_await all.close();
    EXPECT_EQ(source.waiting, 0) << "the work under way has ended";
    done = true;
    const std::optional<std::string> none = co_await all.next();
    EXPECT_FALSE(none);
  };
  asio::co_spawn(executor(), close(stream, *model->found, closed), rethrow);
  run_to_the_end();
  EXPECT_TRUE(closed);
}

TEST_P(WaitedStreams, cancelled_with_their_consumer) {
  Texts stream = begin();
  asio::cancellation_signal signal;
  asio::co_spawn(executor(), read(stream), asio::bind_cancellation_slot(signal.slot(), &rethrow));
  run_until_it_waits();
  asio::post(executor(), [&] { signal.emit(asio::cancellation_type::terminal); });
  run_to_the_end();
}

TEST_P(WaitedStreams, ended_by_a_time_limit) {
  const auto read_on = [](Texts stream, std::optional<Phase>& phase) -> awaitable<void> {
    try {
      for (;;) {
        const std::optional<std::string> chunk = co_await stream.next();
        if (!chunk) break;
      }
    } catch (const TimeoutError& error) {
      phase = error.phase();
    }
  };
  std::optional<Phase> phase;
  auto stream = (Model(model) | StrOutputParser()).astream("q", RunConfig().timeout(50ms));
  asio::co_spawn(executor(), read_on(std::move(stream), phase), rethrow);
  loop.run_for(30s);
  EXPECT_EQ(phase, Phase::run);
  EXPECT_EQ(model->found->waiting, 0);
  EXPECT_EQ(model->found->sources, 0);
}

TEST_P(WaitedStreams, destroyed_with_their_loop) {
  auto elsewhere = std::make_unique<asio::io_context>();
  asio::any_io_executor on_it = elsewhere->get_executor();
  if (GetParam().strand) on_it = asio::make_strand(*elsewhere);
  const auto keep = [](Texts kept) -> awaitable<void> {
    for (;;) {
      const std::optional<std::string> chunk = co_await kept.next();
      if (!chunk) break;
    }
  };
  asio::co_spawn(on_it, keep(begin()), rethrow);
  on_it = nullptr;  // a strand must not outlive its loop
  while (elsewhere->poll() > 0) {
  }
  EXPECT_EQ(model->found->waiting, 1);
  elsewhere.reset();
  EXPECT_EQ(model->found->sources, 0);
  EXPECT_FALSE(model->found->was_used_after_its_end);
}

}  // namespace
}  // namespace corochain::waited_chunks_test
