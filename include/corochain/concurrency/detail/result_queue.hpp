// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// The coroutine that takes results, as the queue sees it.
class result_consumer {
 public:
  /// Called when there are more results, or fewer.
  virtual void results_changed() = 0;
  /// Whether the consumer waits for a result.
  virtual bool awaits_result() const noexcept = 0;

 protected:
  ~result_consumer() = default;
};

/// How many results `hand_out` moves to the consumer's side: the next one, or all that can be taken.
enum class hand_over { one, all };

/// Counts the results that no consumer has taken yet, and holds up the producers until they are taken. Used
/// on the run's serial executor only.
class COROCHAIN_EXPORT result_queue_base {
 public:
  virtual ~result_queue_base();
  result_queue_base(const result_queue_base&) = delete;
  result_queue_base& operator=(const result_queue_base&) = delete;

  /// Call this before the first producer begins. Producers run on `serial`.
  void open(std::weak_ptr<result_consumer> consumer, boost::asio::any_io_executor serial);
  /// Tells the producers that no consumer takes results any more: those that wait go on and throw.
  /// Idempotent.
  void close();
  /// Closes the queue without resuming producers, for the end of the loop, on which no handler may run any
  /// more.
  void refuse() noexcept { closed_ = true; }

  /// The number of results that can be taken.
  std::size_t unread() const noexcept { return unread_; }
  /// The number of results that were taken.
  std::size_t taken() const noexcept { return taken_; }
  bool has_room() const noexcept { return capacity_ == 0 || unread_ < capacity_; }
  /// Shows the consumer the results that were put, without waking it.
  void publish() noexcept { unread_ += std::exchange(unpublished_, 0); }
  /// Moves a result, or all, to the consumer's side. False when there is none.
  bool hand_out();
  /// Resumes the producers whose wait for the consumer is over.
  void resume_producers();

  /// For a producer: waits until the consumer has taken everything; with `for_request`, until it then waits
  /// for a result. Meanwhile the producer releases its permit. Throws `CancelledError` when the producer is
  /// cancelled, and when no consumer takes results any more.
  static awaitable<void> until_drained(std::shared_ptr<result_queue_base> queue, bool for_request);

 protected:
  /// `capacity` is the number of unread results from which there is no room for more children; 0 means no
  /// limit.
  result_queue_base(std::size_t capacity, hand_over at_once) noexcept
      : capacity_(capacity), at_once_(at_once) {}
  /// Counts a result that was put into the queue.
  void count_unpublished() noexcept { ++unpublished_; }
  /// Publishes, and wakes the consumer.
  void publish_and_tell();
  /// Throws `CancelledError` when no consumer will take a result.
  void check_open() const;

 private:
  class waiting_producers;
  struct waiting_producer;

  virtual void move_to_consumer(std::size_t count) = 0;
  bool is_drained(bool for_request) const noexcept;

  const std::size_t capacity_;
  const hand_over at_once_;
  std::size_t unpublished_ = 0;
  std::size_t unread_ = 0;
  std::size_t taken_ = 0;
  bool closed_ = false;
  std::weak_ptr<result_consumer> consumer_;
  boost::asio::any_io_executor serial_;
  // Made by the first wait.
  std::shared_ptr<waiting_producers> producers_;
};

/// Holds results until the consumer takes them, in the order in which they came.
///
/// The queue has two sides. Producers `put` and `push` on the run's serial executor, and there `hand_out`
/// moves a result over. The consumer takes it on its own executor, while no `hand_out` is under way.
template <class T>
class result_queue final : public result_queue_base {
 public:
  explicit result_queue(std::size_t capacity = 0, hand_over at_once = hand_over::one) noexcept
      : result_queue_base(capacity, at_once) {}

  /// Queues a result. The consumer does not see it before `publish`.
  void put(T result) {
    queued_.push_back(std::move(result));
    count_unpublished();
  }
  /// Queues a result and wakes the consumer. Throws `CancelledError` when no consumer will take it.
  void push(T result) {
    check_open();
    put(std::move(result));
    publish_and_tell();
  }

  /// For the consumer: takes the oldest result that was handed out, into the empty `slot`. False if there is
  /// none.
  bool take_ready(std::optional<T>& slot) {
    if (handed_out_.empty()) return false;
    slot.emplace(std::move(handed_out_.front()));
    handed_out_.pop_front();
    return true;
  }

 private:
  void move_to_consumer(std::size_t count) override {
    const auto end = std::next(queued_.begin(), static_cast<std::ptrdiff_t>(count));
    handed_out_.splice(handed_out_.end(), queued_, queued_.begin(), end);
  }

  std::list<T> queued_;
  std::list<T> handed_out_;
};

}  // namespace corochain::detail
