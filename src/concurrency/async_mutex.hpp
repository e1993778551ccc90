// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <exception>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "concurrency/async_event.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// A lock that coroutines wait for in order of arrival, for work that one of them can do for all, such as the
/// fetch of a token. Safe from any thread.
///
/// The lock is handed to the first waiter and not set free in between, so a newcomer cannot overtake. A
/// waiter that is cancelled at that moment hands it on.
class async_mutex : public std::enable_shared_from_this<async_mutex> {
 public:
  /// Holds the mutex until it is destroyed.
  class lock {
   public:
    lock() = default;
    explicit lock(std::shared_ptr<async_mutex> of) : mutex_(std::move(of)) {}
    lock(lock&&) noexcept = default;
    lock& operator=(lock&&) = delete;
    ~lock() {
      if (mutex_) mutex_->unlock();
    }
    /// Throws this exception in all present waiters instead of granting the lock: they would fail in the same
    /// way.
    void fail_waiting(const std::exception_ptr& error) const noexcept { mutex_->fail_waiting(error); }

   private:
    std::shared_ptr<async_mutex> mutex_;
  };

  /// Acquires the lock. Rethrows the holder's error if it called `fail_waiting`. A cancel while waiting is a
  /// `CancelledError`.
  static awaitable<lock> acquire(std::shared_ptr<async_mutex> mutex);
  /// The number of waiters.
  std::size_t waiting() const;

 private:
  struct waiter {
    std::shared_ptr<async_event> event = std::make_shared<async_event>();
    bool granted = false;
    std::exception_ptr error;
    // The position in the queue, valid while `queued`; guarded by `mutex_`.
    std::list<std::shared_ptr<waiter>>::iterator position;
    bool queued = false;
  };
  void unlock() noexcept;
  void fail_waiting(const std::exception_ptr& error) noexcept;

  mutable std::mutex mutex_;
  bool locked_ = false;
  // Only waiters whose coroutines still wait.
  std::list<std::shared_ptr<waiter>> waiting_;
};

/// One mutex for each execution context.
class context_mutexes {
 public:
  /// The mutex of `context`; kept as long as a coroutine holds it or waits for it.
  std::shared_ptr<async_mutex> of(boost::asio::execution_context& context);
  /// The number of known contexts.
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<const boost::asio::execution_context*, std::weak_ptr<async_mutex>> made_;
};

}  // namespace corochain::detail
