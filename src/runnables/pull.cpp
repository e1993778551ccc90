// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/pull.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>
#include <vector>

#include "concurrency/async_event.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/detail/close_after_failure.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

struct pull_control::state {
  const run_context::time_point made = std::chrono::steady_clock::now();
  // The executor of the stream's run, once it has begun.
  asio::any_io_executor executor;
  // Set if the stream is a run of its own.
  std::shared_ptr<const run_context> own;
  // Whether each pull takes a permit for itself. A permit for the whole stream could block a coroutine that
  // reads two streams in turn.
  bool needs_permit = false;
  // Cancels a pull that was spawned; does nothing to one that the consumer awaits itself.
  std::shared_ptr<child_stop> stop = std::make_shared<child_stop>();
  // The calls of `close` that wait for the pull under way.
  std::vector<std::shared_ptr<async_event>> closes;
  bool pulling = false;
  bool over = false;

  /// A run of the stream's own ends with the last pull: work that still unwinds in the pull is part of the
  /// run.
  void finish() noexcept {
    over = true;
    if (own && !pulling) own->run->ended = true;
  }
};

namespace {
/// Marks a pull for as long as it goes on.
template <class State>
struct pulling_mark {
  explicit pulling_mark(State& of) : stream(of) { stream.pulling = true; }
  ~pulling_mark() {
    stream.pulling = false;
    if (stream.over) stream.finish();
    for (const auto& each : std::exchange(stream.closes, {})) each->fire();
  }
  pulling_mark(const pulling_mark&) = delete;
  pulling_mark& operator=(const pulling_mark&) = delete;
  State& stream;
};

/// The exception for the stream's consumer after the stream was stopped.
std::exception_ptr in_our_words(const boost::system::system_error& error, bool was_stopped) {
  // A user's step, or Asio between two awaits, reports a cancel without an `Error`.
  const bool bare = !dynamic_cast<const Error*>(&error) && error.code() == ErrorCondition::cancelled;
  if (!bare || !was_stopped) return std::current_exception();
  return std::make_exception_ptr(CancelledError("the stream was cancelled"));
}

template <class State>
awaitable<void> pull_of(std::shared_ptr<State> stream, awaitable<void> body, closable& from) {
  if (stream->pulling) throw ConfigError("a next() of this stream waits already; await one at a time");
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (!stream->executor) {
    const run_location place = locate_run(here);
    std::shared_ptr<const run_context> context = context_of_stream(place, stream->made);
    if (context) {
      context = context_of_call(*context);
    } else {
      stream->own = context = new_run(place);
    }
    stream->executor = executor_of(context->run->serial, context);
    stream->needs_permit = context->unheld > 0;
  }
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool was_cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  // A spawn takes the pull to the run's executor, and makes it possible to cancel it without its consumer. It
  // also keeps an earlier cancel from a consumer that reads on nevertheless.
  const bool spawns = was_cancelled || !runs_on(here, stream->executor) || !from.next_ends_by_stop();
  if (stream->needs_permit) body = with_permit(std::move(body));
  if (spawns || stream->needs_permit)
    body = spawn_and_wait(stream->executor, std::move(body), nullptr, stream->stop);
  const pulling_mark mark(*stream);
  std::exception_ptr failure;
  try {
    co_await std::move(body);
  } catch (const boost::system::system_error& error) {
    failure = in_our_words(error, stream->over || cancellation.cancelled() != asio::cancellation_type::none);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  stream->finish();
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await close_and_rethrow(std::move(failure), from, throws);
}

template <class State>
awaitable<void> close_of(std::shared_ptr<State> stream) {
  stream->finish();
  if (!stream->pulling) co_return;
  auto idle = std::make_shared<async_event>();
  stream->closes.push_back(idle);
  stream->stop->request();
  co_await async_event::wait(idle);
  if (stream->pulling)
    throw CancelledError("the wait for a stream's end was cancelled; its connection is closed");
}
}  // namespace

pull_control::pull_control() : state_(std::make_shared<state>()) {}
pull_control::~pull_control() = default;

awaitable<void> pull_control::pull(awaitable<void> body, closable& from) {
  return pull_of(state_, std::move(body), from);
}
bool pull_control::over() const noexcept { return state_->over; }
bool pull_control::pulling() const noexcept { return state_->pulling; }
void pull_control::end() noexcept { state_->finish(); }
void pull_control::abandon() noexcept {
  state_->finish();
  if (state_->pulling) state_->stop->request();
}
awaitable<void> pull_control::close() { return close_of(state_); }

awaitable<void> fail_with(std::exception_ptr failure) {
  std::rethrow_exception(std::move(failure));
  co_return;
}

void throw_stream_left() {
  throw CancelledError("the stream was destroyed before its next chunk was awaited; keep it until then");
}

}  // namespace corochain::detail
