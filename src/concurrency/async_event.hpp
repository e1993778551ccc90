// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "concurrency/shutdown_registry.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

// A wait that other threads may end, unlike the waits of a scope: for a lock (`async_mutex`), for a
// connection of a pool, for a clock that is not the real one, and for requests to a mock server.

/// An event that happens once and that one coroutine waits for. The event alone holds the coroutine's
/// handler. The first of the event, a cancel and the end of the execution context takes the handler out under
/// the lock.
///
/// Safe from any thread; the coroutine resumes on its own executor. A cancel of the waiting coroutine counts
/// as the event: after the wait, check the condition that was waited for.
class COROCHAIN_EXPORT async_event final : public std::enable_shared_from_this<async_event>,
                                           public shutdown_listener {
 public:
  /// Fires the event, if it has not happened. `before` is called first then. Returns whether this call fired
  /// it.
  bool fire(const std::function<void()>& before = nullptr) noexcept;
  /// For a caller with a lock that the waiter may want: the caller fires `waiting` after it has released the
  /// lock.
  bool fire(const std::function<void()>& before, stored_handler& waiting) noexcept;
  bool fired() const noexcept;

  /// Waits for the event; `event` is kept alive. Call it once only. A cancel of the waiting coroutine first
  /// calls `on_cancel`, if any, at once; the call may come until the coroutine resumes.
  static awaitable<void> wait(std::shared_ptr<async_event> event, std::function<void()> on_cancel = nullptr);

  /// Destroys the handler, because the execution context is going and will not run it.
  void context_ended() noexcept override;
  /// For `wait`: keeps the handler until the event, and posts it at once if the event has happened.
  void keep(stored_handler handler, boost::asio::execution_context& context);

 private:
  // Held while a handler is posted, so that the context does not end meanwhile. Locked before the other
  // mutex.
  std::recursive_mutex telling_;
  mutable std::mutex mutex_;
  bool fired_ = false;
  stored_handler handler_;
};

}  // namespace corochain::detail
