// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Streams that are closed or cancelled at any time: their work in flight ends first.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <exception>
#include <string>
#include <utility>

#include "support/presence.hpp"

namespace corochain::stream_close_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Lets all work proceed that can.
awaitable<void> settle() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  for (int i = 0; i < 50; ++i) co_await asio::post(here, asio::use_awaitable);
}

/// Yields two chunks and continues. When it is told to stop, it takes some turns of the loop.
awaitable<void> give_two(int& alive, Yield<std::string> yield) {
  const test::presence here(alive);
  co_await yield("chunk");
  co_await yield("chunk");
  co_await test::stop_slowly();
}

/// Continues without a chunk, and does not stop at once either.
awaitable<void> give_none(int& alive, Yield<std::string>) {
  const test::presence here(alive);
  co_await test::stop_slowly();
}

/// Branches that continue after their chunks, and without any. `nested`: within branches of another parallel.
RunnableParallel branches(int& alive, bool nested) {
  const auto two = [&alive](Dict, Yield<std::string> yield) { return give_two(alive, std::move(yield)); };
  const auto none = [&alive](Dict, Yield<std::string> yield) { return give_none(alive, std::move(yield)); };
  const RunnableParallel inner({{"two", RunnableGenerator<Dict, std::string>(two)},
                                {"none", RunnableGenerator<Dict, std::string>(none)}});
  if (!nested) return inner;
  return RunnableParallel({{"a", inner}, {"b", inner}});
}

/// Reads until it has this many chunks of the outermost run. Returns false if the events end before.
awaitable<bool> read_chunks(Stream<RunEvent>& events, int chunks) {
  int taken = 0;
  while (taken < chunks) {
    const auto event = co_await events.next();
    if (!event) break;
    if (event->kind() == RunEventKind::chunk && event->parent_ids().empty()) ++taken;
  }
  co_return taken == chunks;
}

/// Calls `close` after each number of chunks, at once and when nothing more can happen by itself.
void wherever(awaitable<void> (*close)(RunnableParallel chain, int chunks, bool settled, int& alive)) {
  for (const bool nested : {false, true}) {
    for (const bool settled : {false, true}) {
      for (int chunks = 1; chunks <= (nested ? 4 : 2); ++chunks) {
        SCOPED_TRACE(::testing::Message()
                     << chunks << " chunks, nested " << nested << ", settled " << settled);
        int alive = 0;
        run(close(branches(alive, nested), chunks, settled, alive));
      }
    }
  }
}

TEST(AstreamEventsClosed, wait_for_all_work_wherever_they_are_closed) {
  const auto close = [](RunnableParallel chain, int chunks, bool settled, int& alive) -> awaitable<void> {
    auto events = chain.astream_events(Dict());
    const bool all = co_await read_chunks(events, chunks);
    EXPECT_TRUE(all);
    if (settled) co_await settle();
    EXPECT_GT(alive, 0);
    co_await events.close();
    EXPECT_EQ(alive, 0);
  };
  wherever(close);
}

TEST(StreamClosed, waits_for_all_work_wherever_it_is_closed) {
  const auto close = [](RunnableParallel chain, int chunks, bool settled, int& alive) -> awaitable<void> {
    auto stream = chain.astream(Dict());
    for (int i = 0; i < chunks; ++i) {
      const auto next_chunk = co_await stream.next();
      EXPECT_TRUE(next_chunk.has_value());
    }
    if (settled) co_await settle();
    EXPECT_GT(alive, 0);
    co_await stream.close();
    EXPECT_EQ(alive, 0);
  };
  wherever(close);
}

/// How a stream's `next()` reports that it was cancelled.
template <class T>
awaitable<void> read_to_the_end(Stream<T> stream, int& alive, std::string& end) {
  try {
    while (auto next_chunk = co_await stream.next()) end = "a chunk";
  } catch (const CancelledError&) {
    end = "CancelledError";
    EXPECT_EQ(alive, 0) << "the work that it waits for ends first";
  } catch (const std::exception& other) {
    end = other.what();
  }
}

std::string cancelled_while_it_reads(const RunnableParallel& chain, bool events, int& alive) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::string end;
  awaitable<void> read;
  if (events)
    read = read_to_the_end(chain.astream_events(Dict()), alive, end);
  else
    read = read_to_the_end(chain.astream(Dict()), alive, end);
  asio::co_spawn(loop, std::move(read),
                 asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
  while (loop.poll() > 0) {
  }
  EXPECT_GT(alive, 0);
  signal.emit(asio::cancellation_type::terminal);
  loop.run_for(30s);  // returns when the loop has no more work
  EXPECT_EQ(alive, 0);
  return end;
}

TEST(StreamClosed, by_a_cancelled_next_says_so_when_all_has_ended) {
  for (const bool nested : {false, true}) {
    for (const bool events : {false, true}) {
      SCOPED_TRACE(::testing::Message() << "nested " << nested << ", events " << events);
      int alive = 0;
      EXPECT_EQ(cancelled_while_it_reads(branches(alive, nested), events, alive), "CancelledError");
    }
  }
}

awaitable<void> read_until_closed(Stream<Dict>& stream) {
  try {
    while (auto next_chunk = co_await stream.next()) {
    }
  } catch (const CancelledError&) {
  }
}

TEST(StreamClosed, by_a_cancelled_close_says_that_work_goes_on) {
  int cut_short = 0;
  for (int steps = 0; steps < 12; ++steps) {
    int alive = 0, alive_at_end = -1;
    std::exception_ptr error;
    asio::io_context loop;
    asio::cancellation_signal signal;
    auto stream = branches(alive, false).astream(Dict());
    asio::co_spawn(loop, read_until_closed(stream), [](std::exception_ptr) {});
    while (loop.poll() > 0) {
    }
    EXPECT_GT(alive, 0);
    asio::co_spawn(loop, stream.close(),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                     error = thrown;
                     alive_at_end = alive;
                   }));
    for (int i = 0; i < steps; ++i) loop.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(error || alive_at_end == 0) << "after " << steps << " steps";
    EXPECT_EQ(alive, 0);
    if (!error || alive_at_end <= 0) continue;
    if (Failure(error).message().find("the wait for a stream's end") == 0) ++cut_short;
  }
  EXPECT_GT(cut_short, 0);
}

}  // namespace
}  // namespace corochain::stream_close_test
