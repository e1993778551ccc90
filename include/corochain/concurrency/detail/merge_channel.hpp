// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/completion_stream.hpp"
#include "corochain/concurrency/detail/result_queue.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Holds the producers before they begin. Afterwards each producer holds its sender, and the sender holds no
/// producer.
class COROCHAIN_EXPORT merge_work final : public scope_work {
 public:
  /// Throws a `ConfigError` if the stream has `begun`.
  void add(awaitable<void> producer, bool begun);

  awaitable<void> next(std::size_t index, const call_context& context) override;

 private:
  std::list<awaitable<void>> producers_;
};

/// A producer's end of a `merge_channel`. Copies are the same sender. Use it in the run that the producer was
/// started in, in the producer or in work nested in it. Each function throws `CancelledError` when the
/// consumer has stopped.
template <class P>
class sender {
 public:
  explicit sender(std::shared_ptr<result_queue<P>> into) : into_(std::move(into)) {}

  /// Queues the chunk and waits until the consumer has taken all queued chunks. The producer holds no permit
  /// of the budget meanwhile.
  awaitable<void> give(P chunk) const { return give_to(into_, std::move(chunk)); }
  /// Queues the chunk and wakes the consumer.
  void push(P chunk) const { into_->push(std::move(chunk)); }
  /// Waits until the consumer has taken everything and asks for more. The producer holds no permit of the
  /// budget meanwhile.
  awaitable<void> drained() const { return result_queue_base::until_drained(into_, true); }

 private:
  static awaitable<void> give_to(std::shared_ptr<result_queue<P>> into, P chunk) {
    into->push(std::move(chunk));
    co_await result_queue_base::until_drained(std::move(into), false);
  }

  std::shared_ptr<result_queue<P>> into_;
};

/// Many producers, which run side by side, and one consumer.
///
///     merge_channel<Chunk> all;
///     all.add(produce(all.out(), a));   // named coroutines that take an `sender<Chunk>`
///     all.add(produce(all.out(), b));
///     while (auto chunk = co_await all.next()) ...
///
/// Producers are children of a fan-out: they count in the run's budget, but not while they wait for the
/// consumer. Use and destroy it on one executor, and destroy it before its execution context. Destroying it
/// is `stop()`.
template <class P>
class merge_channel {
 public:
  /// The producers run below the context that the first `next()` finds.
  merge_channel() : merge_channel(nullptr, hand_over::one) {}
  /// The producers run below `context`. With `hand_over::all`, `next` fetches all chunks that are there, and
  /// `take_ready` gives those after the first.
  explicit merge_channel(const call_context& context, hand_over at_once = hand_over::one)
      : merge_channel(&context, at_once) {}

  /// A sender for one producer, or for several.
  sender<P> out() const { return sender<P>(queue_); }
  /// Adds a producer, which ends with its coroutine. Throws a `ConfigError` after the first `next()`, and for
  /// an awaitable that was awaited before.
  void add(awaitable<void> producer) { work_->add(std::move(producer), stream_.begun()); }

  /// The next chunk of any producer, oldest first; nothing when all producers have ended. The first call
  /// starts them. When a producer fails, the others are cancelled, and the chunks queued before are handed
  /// out. When all have ended, the failure is thrown. Cancelling the wait cancels the producers, waits for
  /// them and throws `CancelledError`. Await one `next()` at a time.
  awaitable<std::optional<P>> next() { return next_of(queue_, stream_.next()); }
  /// Takes the next chunk into the empty `slot` if it was fetched already. Do not call it while a `next()`
  /// waits.
  bool take_ready(std::optional<P>& slot) { return queue_->take_ready(slot); }
  /// Cancels all producers at once; their frames unwind on the loop soon after, and then a `next()` under way
  /// throws `CancelledError`.
  void stop() noexcept { stream_.stop(); }
  /// Cancels all producers and returns when they have ended.
  awaitable<void> close() { return stream_.close(); }

 private:
  merge_channel(const call_context* context, hand_over at_once)
      : queue_(std::make_shared<result_queue<P>>(0, at_once)),
        work_(std::make_shared<merge_work>()),
        stream_(context ? completion_stream(*context, work_, queue_, scope_options())
                        : completion_stream(work_, queue_, scope_options())) {}

  static awaitable<std::optional<P>> next_of(std::shared_ptr<result_queue<P>> queue, awaitable<bool> next) {
    std::optional<P> chunk;
    if (queue->take_ready(chunk)) co_return chunk;
    const bool more = co_await std::move(next);
    if (more) queue->take_ready(chunk);
    co_return chunk;
  }

  std::shared_ptr<result_queue<P>> queue_;
  std::shared_ptr<merge_work> work_;
  completion_stream stream_;
};

}  // namespace corochain::detail
