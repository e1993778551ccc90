// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "corochain/observability/callbacks.hpp"

namespace corochain::detail {

/// The queue of events from runs to the thread of one handler. Safe from any thread.
class callback_queue final : public std::enable_shared_from_this<callback_queue> {
 public:
  explicit callback_queue(std::size_t limit) : limit_(limit) {}

  /// Passes the event to the handler, at once or on its thread. Never throws.
  static void tell(const std::shared_ptr<CallbackHandler>& handler, const RunEvent& event) noexcept;

  /// See CallbackHandler::flush.
  bool flush(std::chrono::steady_clock::duration at_most);
  /// See CallbackHandler::dropped.
  std::size_t dropped() const noexcept;
  /// Ends the thread. Called when the handler is destroyed. No event waits then, since each keeps the handler
  /// alive.
  void close() noexcept;

 private:
  // An event keeps its handler alive until it is handled, so a program may forget the handler at once.
  using item = std::pair<std::shared_ptr<CallbackHandler>, RunEvent>;
  /// Appends the event, or counts it as dropped if the queue is full. Starts the thread with the first event.
  void add(const std::shared_ptr<CallbackHandler>& handler, const RunEvent& event);
  /// The thread's function: handles events until the queue is closed. Holds a reference to the queue, because
  /// its last event may destroy the handler.
  static void serve(std::shared_ptr<callback_queue> queue);

  const std::size_t limit_;
  // Guards all members below. Never held while a handler runs.
  mutable std::mutex mutex_;
  // Wakes the thread: an event waits, or the queue is closed.
  std::condition_variable wake_;
  // Wakes flush() after each event.
  std::condition_variable idle_;
  std::deque<item> waiting_;
  // Events are counted instead of looked for: flush() waits until as many are handled as were added before
  // it.
  std::size_t added_ = 0;
  std::size_t handled_ = 0;
  std::size_t dropped_ = 0;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace corochain::detail
