// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "observability/callback_queue.hpp"

#include <exception>
#include <string>

#include "observability/log_line.hpp"

// One thread for each handler takes the events out of a bounded queue. So a handler that blocks or throws
// costs the runs one lock for each event, and nothing else. The thread owns the queue: it may outlive the
// handler by the moment in which it destroys it.
namespace corochain::detail {
namespace {

/// Handles one event. Swallows the handler's exceptions.
/// A handler is the user's code. Its exception must neither end the thread nor, of an inline handler, the
/// run.
void handle(CallbackHandler& handler, const RunEvent& event) noexcept {
  try {
    handler.on_event(event);
  } catch (...) {
    log_failed_callback(
        [&event](log_line& line) { line.add("event", event.event()).add("name", event.name()); });
  }
}

}  // namespace

void callback_queue::tell(const std::shared_ptr<CallbackHandler>& handler, const RunEvent& event) noexcept {
  if (handler->run_inline()) {
    handle(*handler, event);
    return;
  }
  try {
    handler->queue_->add(handler, event);
  } catch (...) {
    // There is no memory or no thread, so the event is dropped.
    const std::lock_guard lock(handler->queue_->mutex_);
    ++handler->queue_->dropped_;
  }
}

void callback_queue::add(const std::shared_ptr<CallbackHandler>& handler, const RunEvent& event) {
  // Only the first dropped event is logged. A handler that is too slow would fill the log otherwise.
  bool first_dropped = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limit_) {
      first_dropped = dropped_++ == 0;
    } else {
      // Started by the first event, so that a handler without events costs no thread. The thread holds a
      // reference to the queue, not to the handler.
      if (!thread_.joinable()) thread_ = std::thread(&callback_queue::serve, shared_from_this());
      waiting_.emplace_back(handler, event);
      ++added_;
      wake_.notify_one();
    }
  }
  // Outside the lock, because the listener of the log is the user's code, too.
  if (first_dropped && log_wants(LogLevel::warning))
    log_line(LogLevel::warning, "callback.dropped").add("event", event.event()).write();
}

void callback_queue::serve(std::shared_ptr<callback_queue> queue) {
  std::unique_lock lock(queue->mutex_);
  for (;;) {
    queue->wake_.wait(lock, [&] { return queue->closed_ || !queue->waiting_.empty(); });
    // Closed and empty. An event that waits keeps the handler alive, so close() finds none.
    if (queue->waiting_.empty()) return;
    {
      // The handler is called without the lock, so that runs can add events meanwhile.
      item next = std::move(queue->waiting_.front());
      queue->waiting_.pop_front();
      lock.unlock();
      handle(*next.first, next.second);
      // The end of this block may destroy the handler, which closes the queue.
    }
    lock.lock();
    ++queue->handled_;
    queue->idle_.notify_all();
  }
}

/// Waits by the count of events, not for an empty queue: the event that is being handled is not in the queue
/// any more.
bool callback_queue::flush(std::chrono::steady_clock::duration at_most) {
  std::unique_lock lock(mutex_);
  // The handler calls flush() itself. It would wait for its own end.
  if (thread_.get_id() == std::this_thread::get_id()) return false;
  // Events that are added from here on do not count, or a busy program would never get an answer.
  const std::size_t goal = added_;
  // A larger value would overflow the clock.
  if (at_most > std::chrono::hours(24 * 365)) at_most = std::chrono::hours(24 * 365);
  return idle_.wait_for(lock, at_most, [&] { return handled_ >= goal; });
}

std::size_t callback_queue::dropped() const noexcept {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

/// Called by the handler's destructor, on any thread, also on the handler's own.
void callback_queue::close() noexcept {
  std::thread ended;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake_.notify_one();
    // The thread is joined without the lock, which it needs to end.
    ended.swap(thread_);
  }
  if (!ended.joinable()) return;
  if (ended.get_id() == std::this_thread::get_id())
    // The last event held the last reference. The thread ends by itself.
    ended.detach();
  else
    ended.join();
}

}  // namespace corochain::detail
