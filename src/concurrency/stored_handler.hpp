// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

// The waits that are no operations of Asio, those for a permit, a result or an event, keep their completion
// handlers here. Asio does not know of such a handler, so its keeper has to destroy it when the execution
// context ends: see `shutdown_listener`.

/// A completion handler without arguments that waits for its event.
///
/// It owns the frames of the waiting coroutine, which may own the object that has it as a member. So a keeper
/// holds itself alive while it fires or drops one. One thread at a time.
class stored_handler {
 public:
  stored_handler() = default;
  template <class Handler>
  explicit stored_handler(Handler handler)
      : held_(std::make_unique<holder_of<Handler>>(std::move(handler))) {}

  explicit operator bool() const noexcept { return held_ != nullptr; }
  /// Posts the handler to its executor: the waiter resumes when the present handler is over.
  void fire() { std::exchange(held_, nullptr)->fire(); }
  /// Destroys the handler, and with it the waiting frames. It is empty before the frames go, since they may
  /// come back to it.
  void drop() noexcept { auto dropped = std::exchange(held_, nullptr); }

 private:
  struct holder {
    virtual ~holder() = default;
    virtual void fire() = 0;
  };
  template <class Handler>
  struct holder_of final : holder {
    explicit holder_of(Handler kept) : handler(std::move(kept)) {}
    void fire() override {
      auto executor = boost::asio::get_associated_executor(handler);
      boost::asio::post(executor, std::move(handler));
    }
    Handler handler;
  };

  std::unique_ptr<holder> held_;
};

/// Suspends the awaiting coroutine and gives its handler to `store`; the coroutine resumes when the handler
/// is fired. A cancel of the coroutine calls `on_cancel`, if any, on the executor that emits the signal, and
/// does nothing else. The call may come until the coroutine resumes, so `on_cancel` holds its
/// target weakly.
template <class Store, class OnCancel = std::nullptr_t>
awaitable<void> suspend(Store store, OnCancel on_cancel = nullptr) {
  // `keep` and `cancel` are values: the coroutine may go on in another thread, and its frame be gone, before
  // this returns.
  const auto begin = [](auto handler, Store keep, OnCancel cancel) {
    if constexpr (!std::is_null_pointer_v<OnCancel>) {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected())
        slot.assign([cancel = std::move(cancel)](boost::asio::cancellation_type) { cancel(); });
    }
    keep(stored_handler(std::move(handler)));
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      begin, boost::asio::use_awaitable, std::move(store), std::move(on_cancel));
}

}  // namespace corochain::detail
