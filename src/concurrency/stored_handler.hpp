// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace corochain::detail {

/// A completion handler without arguments that waits for its event.
class stored_handler {
 public:
  stored_handler() = default;
  template <class Handler>
  explicit stored_handler(Handler handler)
      : held_(std::make_unique<holder_of<Handler>>(std::move(handler))) {}

  explicit operator bool() const noexcept { return held_ != nullptr; }
  /// Posts the handler to its executor: the waiter resumes when the present handler is over.
  void fire() { std::exchange(held_, nullptr)->fire(); }
  /// Destroys the handler, and with it the waiting frames.
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

}  // namespace corochain::detail
