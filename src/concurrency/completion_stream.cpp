// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include "concurrency/fan_out.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

struct completion_stream::state {
  std::shared_ptr<fan_out_work> work;
  std::shared_ptr<result_queue_base> results;
  fan_out_options options;
  std::shared_ptr<fan_out> engine;             // made by the first next()
  std::shared_ptr<run_state> own_run;          // when the stream is a top-level call
  std::shared_ptr<const run_context> context;  // that it was made for, else found by the first next()
  const run_context::time_point made = std::chrono::steady_clock::now();
  bool closed = false;
};

namespace {

awaitable<void> wait_for_one(std::shared_ptr<fan_out> engine, bool& more) {
  engine->start();
  more = co_await engine->wait_for_one();
}

awaitable<void> cancel_and_join(std::shared_ptr<fan_out> engine) {
  if (engine->is_waited_for()) throw ConfigError("close() while a next() waits; cancel or await that first");
  engine->cancel();
  co_await engine->join();
}

}  // namespace

awaitable<void> on_engine(std::shared_ptr<fan_out> engine, run_place place, awaitable<void> body) {
  if (place.context && place.on_it && place.serial == engine->serial())
    co_await std::move(body);
  else
    co_await spawn_and_wait(executor_of(engine->serial(), engine->parent()), std::move(body));
}

completion_stream::completion_stream(std::shared_ptr<fan_out_work> work,
                                     std::shared_ptr<result_queue_base> results, fan_out_options options)
    : state_(std::make_shared<state>()) {
  state_->work = std::move(work);
  state_->results = std::move(results);
  state_->options = options;
}

completion_stream::completion_stream(const call_context& context, std::shared_ptr<fan_out_work> work,
                                     std::shared_ptr<result_queue_base> results, fan_out_options options)
    : completion_stream(std::move(work), std::move(results), options) {
  state_->context = context.state();
}

completion_stream::completion_stream(completion_stream&&) noexcept = default;

completion_stream& completion_stream::operator=(completion_stream&& other) noexcept {
  if (this != &other) {
    completion_stream old(std::move(*this));
    state_ = std::move(other.state_);
  }
  return *this;
}

completion_stream::~completion_stream() { stop(); }

void completion_stream::stop() noexcept {
  if (!state_) return;
  if (!state_->engine) {
    state_->closed = true;
    state_->work = nullptr;
    state_->results = nullptr;
    return;
  }
  state_->engine->leave();  // the cancel may come later
  try {
    auto engine = state_->engine;
    const auto serial = engine->serial();
    asio::dispatch(serial, [engine = std::move(engine), run = state_->own_run] {
      engine->cancel();
      if (run) run->ended = true;
    });
  } catch (...) {  // no memory to say so: the children run to their own end, under their own deadlines
  }
}

awaitable<bool> completion_stream::next() { return next_of(state_); }
awaitable<void> completion_stream::close() { return close_of(state_); }

awaitable<bool> completion_stream::next_of(std::shared_ptr<state> stream) {
  if (!stream || stream->closed) throw ConfigError("next() on a stream that was closed or moved from");
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const run_place place = locate_run(here);
  if (!stream->engine) {
    std::shared_ptr<const run_context> context =
        stream->context ? stream->context : context_of_stream(place, stream->made);
    if (!context) {
      context = new_run(serial_of(place));
      stream->own_run = context->run;
    }
    stream->engine =
        std::make_shared<fan_out>(std::move(context), stream->work, stream->options, stream->results);
  }
  bool more = false;
  co_await on_engine(stream->engine, place, wait_for_one(stream->engine, more));
  co_return more;
}

awaitable<void> completion_stream::close_of(std::shared_ptr<state> stream) {
  if (!stream || stream->closed) co_return;
  if (!stream->engine) {
    stream->closed = true;
    co_return;
  }
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await on_engine(stream->engine, locate_run(here), cancel_and_join(stream->engine));
  stream->closed = true;
}

}  // namespace corochain::detail
