// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "concurrency/shutdown_registry.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// Something that happens once and that one coroutine waits for. The coroutine's handler lives here and nowhere else:
/// the first of the event, a cancel and the end of the execution context takes it out under the lock.
///
/// Safe from any thread; the coroutine resumes on its own executor. A cancel of the waiting coroutine counts as the
/// event: what it waited for must be asked afterwards.
class async_event final : public std::enable_shared_from_this<async_event>, public shutdown_listener {
 public:
  async_event() = default;
  ~async_event();
  async_event(const async_event&) = delete;
  async_event& operator=(const async_event&) = delete;

  /// Lets it happen: `before` is called first, if nobody came first. Returns whether nobody did.
  bool fire(const std::function<void()>& before = nullptr) noexcept;
  /// The same for a caller with a lock that the waiter may want: it fires `waiting` when the lock is released.
  bool fire(const std::function<void()>& before, stored_handler& waiting) noexcept;
  bool fired() const noexcept;

  /// Waits for it; `event` is kept alive. Once only. A cancel of the waiting coroutine first calls `on_cancel`, if any,
  /// at once; the call may come until the coroutine begins its next wait.
  static awaitable<void> wait(std::shared_ptr<async_event> event, std::function<void()> on_cancel = nullptr);

  /// The execution context is going: nobody will run the handler any more.
  void context_ended() noexcept override;
  /// For `wait`: keeps the handler until the event, and posts it at once if that has happened.
  void keep(stored_handler handler, boost::asio::execution_context& context);

 private:
  std::recursive_mutex telling_;  // the context does not end while somebody posts to it; before the other
  mutable std::mutex mutex_;
  bool fired_ = false;
  stored_handler handler_;
  std::shared_ptr<shutdown_registry> registry_;
  shutdown_registry::entry entry_;
};

}  // namespace corochain::detail
