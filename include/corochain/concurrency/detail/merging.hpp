// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/fan_out.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Where producers and their consumer meet. Used on the run's serial executor only.
class COROCHAIN_EXPORT meeting {
 public:
  meeting() = default;
  meeting(const meeting&) = delete;
  meeting& operator=(const meeting&) = delete;

  /// One more piece is queued. Throws `CancelledError` when nobody will take it.
  void queued();
  /// Waits until the consumer has taken everything; with `for_request`, until it then asks for more.
  static awaitable<void> until_drained(std::weak_ptr<fan_out> engine, bool for_request);

  std::weak_ptr<fan_out> engine;  ///< null before the first `next()`
};

template <class P>
struct meeting_of : meeting {
  std::list<P> pieces;
};

/// Owns the producers until they begin; from then on each holds its outlet, and the outlet no producer.
class COROCHAIN_EXPORT merging_work : public fan_out_work {
 public:
  explicit merging_work(std::shared_ptr<meeting> where);
  ~merging_work() override;
  void add(awaitable<void> producer);

  awaitable<void> next(std::size_t index) final;
  void failed(std::size_t index, std::exception_ptr error) final;
  void begins(const std::shared_ptr<fan_out>& engine) final;

 private:
  std::shared_ptr<meeting> where_;
  std::list<awaitable<void>> producers_;
  bool begun_ = false;
};

template <class P>
class merging_work_of final : public merging_work {
 public:
  explicit merging_work_of(std::shared_ptr<meeting_of<P>> where)
      : merging_work(where), queue_(std::move(where)) {}
  void hand_out() override {
    taken_.emplace(std::move(queue_->pieces.front()));
    queue_->pieces.pop_front();
  }
  /// On the consumer's executor.
  P take() { return std::move(*taken_); }

 private:
  std::shared_ptr<meeting_of<P>> queue_;
  std::optional<P> taken_;
};

/// What a producer of a `merging` hands its pieces out through. Copies are the same outlet. To be used in the run that
/// the producer was started in, by it or by what is nested in it; when the consumer has stopped, all of it throws
/// `CancelledError`.
template <class P>
class outlet {
 public:
  explicit outlet(std::shared_ptr<meeting_of<P>> where) : where_(std::move(where)) {}

  /// Queues the piece and waits until the consumer has taken all that is queued. The producer holds no permit of the
  /// budget meanwhile.
  awaitable<void> give(P piece) const { return give_to(where_, std::move(piece)); }
  /// Queues the piece and wakes the consumer.
  void push(P piece) const {
    where_->pieces.push_back(std::move(piece));
    try {
      where_->queued();
    } catch (...) {
      where_->pieces.pop_back();
      throw;
    }
  }
  /// Waits until the consumer has taken everything and asks for more; without a permit of the budget meanwhile.
  awaitable<void> drained() const { return meeting::until_drained(where_->engine, true); }

 private:
  static awaitable<void> give_to(std::shared_ptr<meeting_of<P>> where, P piece) {
    outlet(where).push(std::move(piece));
    co_await meeting::until_drained(where->engine, false);
  }

  std::shared_ptr<meeting_of<P>> where_;
};

/// Many producers, which run side by side, and one consumer.
///
///     merging<Piece> all;
///     all.add(produce(all.out(), a));   // named coroutines that take an `outlet<Piece>`
///     all.add(produce(all.out(), b));
///     while (auto piece = co_await all.next()) ...
///
/// Producers are children of a fan-out: they count in the run's budget, but not while they wait for the consumer. To be
/// used and destroyed on one executor, and destroyed before its execution context. Destroying it is `stop()`.
template <class P>
class merging {
 public:
  /// Producers run below the context that the first `next()` finds around it.
  merging() : merging(nullptr, std::make_shared<meeting_of<P>>()) {}
  /// Producers run below `context`.
  explicit merging(const call_context& context) : merging(&context, std::make_shared<meeting_of<P>>()) {}

  /// For one producer, or for several.
  outlet<P> out() const { return outlet<P>(where_); }
  /// Before the first `next()`; after it a `ConfigError`, as is an awaitable that was awaited before. The producer ends
  /// with its coroutine.
  void add(awaitable<void> producer) { work_->add(std::move(producer)); }

  /// The next piece of whoever has one, oldest first; nothing when all producers have ended. The first call starts
  /// them. When one fails the others are cancelled, what was queued before is handed out, and when all have ended the
  /// failure is thrown. Cancelling the wait cancels the producers, waits for them and throws `CancelledError`. One
  /// `next()` at a time.
  awaitable<std::optional<P>> next() { return next_of(work_, stream_.next()); }
  /// Cancels all producers at once; their frames unwind on the loop soon after.
  void stop() noexcept { stream_.stop(); }
  /// Cancels all producers and returns when they have ended.
  awaitable<void> close() { return stream_.close(); }

 private:
  merging(const call_context* context, std::shared_ptr<meeting_of<P>> where)
      : where_(std::move(where)),
        work_(std::make_shared<merging_work_of<P>>(where_)),
        stream_(context ? completion_stream(*context, work_, options())
                        : completion_stream(work_, options())) {}

  static fan_out_options options() {
    fan_out_options made;
    made.ends_are_results = false;
    return made;
  }
  static awaitable<std::optional<P>> next_of(std::shared_ptr<merging_work_of<P>> work, awaitable<bool> next) {
    const bool more = co_await std::move(next);
    std::optional<P> piece;
    if (more) piece.emplace(work->take());
    co_return piece;
  }

  std::shared_ptr<meeting_of<P>> where_;
  std::shared_ptr<merging_work_of<P>> work_;
  completion_stream stream_;
};

}  // namespace corochain::detail
