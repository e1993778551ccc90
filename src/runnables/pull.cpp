// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/pull.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>
#include <vector>

#include "concurrency/one_shot_event.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/detail/source.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

struct pull_control::state {
  asio::any_io_executor executor;          // of the stream's run, once it has begun
  std::shared_ptr<const run_context> own;  // a run of the stream's own
  std::shared_ptr<child_stop> stop = std::make_shared<child_stop>();
  std::vector<std::shared_ptr<one_shot_event>> closes;  // that wait for the pull under way
  bool pulling = false;
  bool over = false;

  void finish() noexcept {
    over = true;
    if (own) own->run->ended = true;
  }
};

namespace {
/// Marks a pull for as long as it goes on.
template <class State>
struct pulling_mark {
  explicit pulling_mark(State& of) : stream(of) { stream.pulling = true; }
  ~pulling_mark() {
    stream.pulling = false;
    for (const auto& each : std::exchange(stream.closes, {})) each->fire();
  }
  pulling_mark(const pulling_mark&) = delete;
  pulling_mark& operator=(const pulling_mark&) = delete;
  State& stream;
};

template <class State>
awaitable<void> pull_of(std::shared_ptr<State> stream, awaitable<void> body) {
  if (stream->pulling) throw ConfigError("a next() of this stream waits already; await one at a time");
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (!stream->executor) {
    const run_place place = locate_run(here);
    auto context = place.context;
    if (!context) {
      auto made = std::make_shared<run_context>();
      made->run = std::make_shared<run_state>();
      stream->own = context = std::move(made);
    }
    stream->executor = executor_of(serial_of(place), context);
  }
  const pulling_mark mark(*stream);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  try {
    co_await spawn_and_wait(stream->executor, std::move(body), nullptr, stream->stop);
  } catch (const boost::system::system_error& error) {
    const bool was_over = stream->over;
    stream->finish();
    // A step of the user's, or Asio between two awaits, says it in its own way.
    const bool bare = !dynamic_cast<const Error*>(&error) && error.code() == ErrorCondition::cancelled;
    if (!bare || (!was_over && cancellation.cancelled() == asio::cancellation_type::none)) throw;
    throw CancelledError("the stream was cancelled");
  } catch (...) {
    stream->finish();
    throw;
  }
}

template <class State>
awaitable<void> close_of(std::shared_ptr<State> stream) {
  stream->finish();
  if (!stream->pulling) co_return;
  auto idle = std::make_shared<one_shot_event>();
  stream->closes.push_back(idle);
  stream->stop->request();
  co_await one_shot_event::wait(idle);
  if (stream->pulling)
    throw CancelledError("the wait for a stream's end was cancelled; its connection is closed");
}
}  // namespace

pull_control::pull_control() : state_(std::make_shared<state>()) {}
pull_control::~pull_control() = default;

awaitable<void> pull_control::pull(awaitable<void> body) { return pull_of(state_, std::move(body)); }
bool pull_control::over() const noexcept { return state_->over; }
void pull_control::end() noexcept { state_->finish(); }
void pull_control::abandon() noexcept {
  state_->finish();
  if (state_->pulling) state_->stop->request();
}
awaitable<void> pull_control::close() { return close_of(state_); }

void throw_no_piece() {
  throw ResponseFormatError("the stream ended without a single piece, so there is nothing to put together");
}
void throw_stream_left() {
  throw CancelledError("the stream was destroyed before its next piece was awaited; keep it until then");
}

}  // namespace corochain::detail
