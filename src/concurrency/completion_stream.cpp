// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/completion_stream.hpp"

#include <boost/asio/this_coro.hpp>

#include "concurrency/task_scope.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

/// A coroutine of the stream holds it, so that the stream may be moved or destroyed while a `next()` waits.
struct completion_stream::state {
  std::shared_ptr<scope_work> work;
  std::shared_ptr<result_queue_base> results;
  scope_options options;
  // Made by the first next().
  std::shared_ptr<task_scope> scope;
  // Set if the stream is a top-level call.
  std::shared_ptr<run_state> own_run;
  // The context that the stream was made for, or the one found by the first next().
  std::shared_ptr<const run_context> context;
  const run_context::time_point made = std::chrono::steady_clock::now();
  bool closed = false;
};

namespace {

awaitable<void> wait_for_result(std::shared_ptr<task_scope> scope, bool& more) {
  scope->start();
  more = co_await scope->wait_for_result();
}

awaitable<void> cancel_and_join(std::shared_ptr<task_scope> scope) {
  if (scope->is_waited_for())
    throw ConfigError("close() was called while a next() waits; cancel or await the next() first");
  scope->cancel();
  co_await scope->join();
}

}  // namespace

completion_stream::completion_stream(std::shared_ptr<scope_work> work,
                                     std::shared_ptr<result_queue_base> results, scope_options options)
    : state_(std::make_shared<state>()) {
  state_->work = std::move(work);
  state_->results = std::move(results);
  state_->options = options;
}

completion_stream::completion_stream(const call_context& context, std::shared_ptr<scope_work> work,
                                     std::shared_ptr<result_queue_base> results, scope_options options)
    : completion_stream(std::move(work), std::move(results), options) {
  state_->context = context.state();
}

completion_stream::completion_stream(completion_stream&&) noexcept = default;

completion_stream& completion_stream::operator=(completion_stream&& other) noexcept {
  if (this == &other) return *this;
  stop();
  state_ = std::move(other.state_);
  return *this;
}

completion_stream::~completion_stream() { stop(); }

void completion_stream::stop() noexcept {
  if (!state_) return;
  // Nothing has begun: only the calls, which may own much, have to go.
  if (!state_->scope) {
    state_->closed = true;
    state_->work = nullptr;
    state_->results = nullptr;
    return;
  }
  // Left at once, because the cancel may come later.
  state_->scope->leave();
  task_scope::abandon(state_->scope, state_->own_run);
}

bool completion_stream::begun() const noexcept { return state_ && state_->scope; }
awaitable<bool> completion_stream::next() { return next_of(state_); }
awaitable<void> completion_stream::close() { return close_of(state_); }

awaitable<bool> completion_stream::next_of(std::shared_ptr<state> stream) {
  if (!stream || stream->closed) throw ConfigError("next() on a stream that was closed or moved from");
  if (!stream->scope) {
    // Made here and not in the constructor: the run, its executor and its limits are those of the coroutine
    // that asks first.
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const run_location location = locate_run(here);
    auto around = stream->context ? stream->context : context_of_stream(location, stream->made);
    auto context = begin_run(location, std::move(around), stream->own_run);
    stream->scope =
        std::make_shared<task_scope>(std::move(context), stream->work, stream->options, stream->results);
  }
  bool more = false;
  co_await on_scope(stream->scope, wait_for_result(stream->scope, more));
  co_return more;
}

awaitable<void> completion_stream::close_of(std::shared_ptr<state> stream) {
  if (!stream || stream->closed) co_return;
  if (!stream->scope) {
    stream->closed = true;
    co_return;
  }
  co_await on_scope(stream->scope, cancel_and_join(stream->scope));
  stream->closed = true;
}

}  // namespace corochain::detail
