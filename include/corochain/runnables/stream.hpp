// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/chunk.hpp"
#include "corochain/core/detail/never.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/chunk_source.hpp"
#include "corochain/runnables/detail/pull.hpp"

namespace corochain {

/// An answer that comes chunk by chunk: `while (auto chunk = co_await tokens.next()) ...`.
///
/// A stream is pulled: the call begins with the first `next()`. Between two of them nothing is outstanding
/// but the open connection, and nothing is read from it: a slow consumer slows the server down. The call's
/// deadline goes on meanwhile. A stream that is read on behind the `timeout` in which it began ends at that
/// limit, or up to a second later.
///
/// A consumer in a run or on a strand waits for the chunks of a model itself, after the first one. It must
/// really run there: not after a hop to a pool that leaves its executor as it is. For one on another
/// executor, such as a bare `io_context`, a coroutine on the strand of the stream's run is spawned for each
/// wait.
///
/// Destroying the object closes its connection at once and cancels a `next()` that waits, whose frames unwind
/// on the loop soon after. Destroy it on the executor it is used on, and before its execution context.
/// Move-only; await one `next()` at a time.
template <class T>
class COROCHAIN_EXPORT Stream {
 public:
  using value_type = chunk_of_t<T>;

  /// For `Runnable::astream`: the stream keeps `step` alive.
  Stream(std::shared_ptr<const void> step, chunk_source_ptr<value_type> chunks)
      : state_(std::make_shared<state>(std::move(step), std::move(chunks))) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept {
    if (this != &other) {
      leave();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~Stream() { leave(); }

  /// The next chunk; nothing at the end and from then on.
  ///
  /// Throws what the call throws. An answer that breaks off is a `TruncatedError` with the text that had
  /// come. After an exception the stream is over. Cancelling the wait closes the connection and throws
  /// `CancelledError`. Awaiting it after the stream was destroyed throws `CancelledError`, too. Throws a
  /// `ConfigError` while another `next()` waits.
  awaitable<std::optional<value_type>> next() { return next_of(state_); }

  /// Gives up the rest: closes the connection, and returns when all work that was under way has ended.
  awaitable<void> close() { return close_of(state_); }

  /// Puts all remaining chunks together. A call on a temporary, `model.astream(input).collect()`, keeps the
  /// stream alive; otherwise the stream must live until the result is there.
  awaitable<T> collect() & { return collect_of(state_); }
  awaitable<T> collect() && { return collect_owned(std::move(*this)); }

  /// A stream is awaited, so it is no range. A range-for over it does not compile.
  template <class Chunk = value_type>
  detail::no_iterator<Chunk> begin() const {
    static_assert(
        detail::never<Chunk>,
        "corochain: a Stream is awaited: while (auto chunk = co_await stream.next()) ...; on a thread "
        "that waits: for (const auto& chunk : chain.stream(input)) ...");
    return {};
  }
  template <class Chunk = value_type>
  detail::no_iterator<Chunk> end() const {
    return {};
  }

 private:
  struct state {
    state(std::shared_ptr<const void> step, chunk_source_ptr<value_type> from)
        : kept(std::move(step)), chunks(std::move(from)) {}
    // Outlives its source.
    std::shared_ptr<const void> kept;
    chunk_source_ptr<value_type> chunks;
    detail::pull_control control;
    // Whether the stream was destroyed.
    bool left = false;
  };

  static bool take_ready(state& stream, std::optional<value_type>& slot,
                         std::exception_ptr& failure) noexcept {
    try {
      return stream.chunks->take_ready(slot);
    } catch (...) {
      failure = std::current_exception();
    }
    return false;
  }
  static awaitable<void> pull(std::shared_ptr<state> stream, std::optional<value_type>& slot) {
    std::optional<value_type> chunk = co_await stream->chunks->next();
    if (chunk) slot.emplace(std::move(*chunk));
  }
  static awaitable<std::optional<value_type>> next_of(std::shared_ptr<state> stream) {
    std::optional<value_type> chunk;
    if (!stream || stream->left) detail::throw_stream_left();
    if (stream->control.over()) co_return chunk;
    std::exception_ptr failure;
    if (!stream->control.pulling() && take_ready(*stream, chunk, failure)) co_return chunk;
    auto pulled = failure ? detail::fail_with(std::move(failure)) : pull(stream, chunk);
    co_await stream->control.pull(std::move(pulled), *stream->chunks);
    if (!chunk) stream->control.end();
    co_return chunk;
  }
  static awaitable<void> close_of(std::shared_ptr<state> stream) {
    if (!stream) co_return;
    stream->chunks->stop();
    co_await stream->control.close();
    co_await stream->chunks->close();
  }
  static awaitable<T> collect_of(std::shared_ptr<state> stream) {
    chunk_accumulator<T> whole;
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    try {
      for (;;) {
        std::optional<value_type> chunk = co_await next_of(stream);
        if (!chunk) break;
        whole.add(std::move(*chunk));
      }
    } catch (...) {
      detail::rethrow_as_cancelled(cancellation.cancelled() != boost::asio::cancellation_type::none);
    }
    co_return whole.take();
  }
  static awaitable<T> collect_owned(Stream stream) {
    std::optional<T> whole;
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    try {
      whole.emplace(co_await collect_of(stream.state_));
    } catch (...) {
      detail::rethrow_as_cancelled(cancellation.cancelled() != boost::asio::cancellation_type::none);
    }
    co_return std::move(*whole);
  }
  void leave() noexcept {
    if (!state_) return;
    state_->left = true;
    state_->chunks->stop();
    state_->control.abandon();
    state_ = nullptr;
  }

  std::shared_ptr<state> state_;
};

}  // namespace corochain
