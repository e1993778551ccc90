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

/// Lets one coroutine through at a time, in order of arrival, to do what one of them can do for all. Safe from any
/// thread.
class turnstile : public std::enable_shared_from_this<turnstile> {
 public:
  /// Holds the passage until it is destroyed.
  class pass {
   public:
    pass() = default;
    explicit pass(std::shared_ptr<turnstile> through) : through_(std::move(through)) {}
    pass(pass&&) noexcept = default;
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (through_) through_->leave();
    }
    /// All who wait now get this exception instead of their turn: they would meet the same.
    void fail_waiting(const std::exception_ptr& error) const noexcept { through_->fail_waiting(error); }

   private:
    std::shared_ptr<turnstile> through_;
  };

  /// Waits for its turn, or throws what who went before came to grief on. A cancel while waiting is a `CancelledError`.
  static awaitable<pass> enter(std::shared_ptr<turnstile> through);
  /// How many wait.
  std::size_t waiting() const;

 private:
  struct ticket {
    std::shared_ptr<async_event> event = std::make_shared<async_event>();
    bool granted = false;
    std::exception_ptr error;
    std::list<std::shared_ptr<ticket>>::iterator place;  // in the queue, while `queued`; under the lock
    bool queued = false;
  };
  /// The first in the queue, out of it; with the lock.
  std::shared_ptr<ticket> pop();
  void leave() noexcept;
  void fail_waiting(const std::exception_ptr& error) noexcept;

  mutable std::mutex mutex_;
  bool taken_ = false;
  std::list<std::shared_ptr<ticket>> waiting_;  // none that nobody waits with
};

/// One turnstile for each execution context.
class turnstiles {
 public:
  /// That of `context`; kept for as long as somebody is at it.
  std::shared_ptr<turnstile> of(boost::asio::execution_context& context);
  /// How many contexts are known.
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<const boost::asio::execution_context*, std::weak_ptr<turnstile>> made_;
};

}  // namespace corochain::detail
