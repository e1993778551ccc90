// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/ledger.hpp"

#include <algorithm>
#include <utility>

#include "corochain/core/error.hpp"

// All state that the server's thread and the threads of a test share is behind the one lock here. The
// server's thread never waits with it, and no user code runs under it, so a responder may call the server.
namespace corochain::testing::detail {

std::size_t ledger::connection_opened() {
  const std::lock_guard lock(mutex_);
  counts_.max_open = std::max(counts_.max_open, ++counts_.open);
  changed_.notify_all();
  return counts_.accepted++;
}

void ledger::connection_closed() {
  const std::lock_guard lock(mutex_);
  --counts_.open;
  changed_.notify_all();
}

// Nobody waits for this count, so nobody is notified.
void ledger::handshake_finished(bool resumed) {
  const std::lock_guard lock(mutex_);
  ++counts_.handshakes;
  if (resumed) ++counts_.resumed;
}

// The index follows from the order of this call, which is the order in which requests arrive completely.
const RecordedRequest& ledger::request_received(RecordedRequest request) {
  // Fired when the lock is released: a waiter that resumes may ask the ledger.
  std::vector<arrival_wait> over;
  std::unique_lock lock(mutex_);
  request.index = counts_.requests++;
  // Kept for good: tests read requests after the answers, also by reference from session.cpp.
  requests_.push_back(std::move(request));
  counts_.max_in_flight = std::max(counts_.max_in_flight, ++counts_.in_flight);
  changed_.notify_all();
  const auto waits_on = std::partition(arrival_waits_.begin(), arrival_waits_.end(),
                                       [&](const auto& wait) { return wait.requests > counts_.requests; });
  over.assign(waits_on, arrival_waits_.end());
  arrival_waits_.erase(waits_on, arrival_waits_.end());
  const RecordedRequest& stored = requests_.back();
  lock.unlock();
  for (const arrival_wait& wait : over)
    if (const auto event = wait.event.lock()) event->fire();
  return stored;
}

// Nobody waits for this count.
void ledger::request_ended() {
  const std::lock_guard lock(mutex_);
  --counts_.in_flight;
}

void ledger::script(MockReply reply) {
  const std::lock_guard lock(mutex_);
  script_.push_back(std::move(reply));
}

void ledger::respond_with(MockServer::Responder responder) {
  std::shared_ptr<const MockServer::Responder> next;
  if (responder) next = std::make_shared<const MockServer::Responder>(std::move(responder));
  // The old responder is destroyed after the lock is released, because its destructor may call the server.
  const std::lock_guard lock(mutex_);
  responder_.swap(next);
}

std::optional<MockReply> ledger::next_scripted() {
  const std::lock_guard lock(mutex_);
  if (script_.empty()) return std::nullopt;
  std::optional<MockReply> next(script_.front());
  script_.pop_front();
  return next;
}

// Shared, so that a responder that is being called stays alive while another one replaces it.
std::shared_ptr<const MockServer::Responder> ledger::responder() const {
  const std::lock_guard lock(mutex_);
  return responder_;
}

std::vector<RecordedRequest> ledger::requests() const {
  const std::lock_guard lock(mutex_);
  return std::vector<RecordedRequest>(requests_.begin(), requests_.end());
}

ledger_counts ledger::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

template <class Condition>
bool ledger::wait(std::chrono::milliseconds patience, Condition condition) const {
  // The bound prevents an overflow: a deadline in nanoseconds reaches some centuries only.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::min(patience, longest), condition);
}

// At least n: more may arrive before the waiting thread runs.
bool ledger::wait_for_requests(std::size_t n, std::chrono::milliseconds patience) const {
  return wait(patience, [&] { return requests_.size() >= n; });
}

// The server's thread fires the event, and the coroutine resumes on its own executor.
awaitable<void> ledger::requests_arrived(std::size_t n) {
  const auto event = std::make_shared<corochain::detail::async_event>();
  {
    const std::lock_guard lock(mutex_);
    if (requests_.size() >= n) co_return;
    // Waits that were cancelled have left their entries.
    std::erase_if(arrival_waits_, [](const auto& wait) { return wait.event.expired(); });
    arrival_waits_.push_back({n, event});
  }
  co_await corochain::detail::async_event::wait(event);
  // A cancel wakes the coroutine, too.
  if (counts().requests < n)
    throw CancelledError("cancelled while it waited for requests to the mock server");
}

// Exactly n: tests wait for connections to be closed as well as to be opened.
bool ledger::wait_for_connections_open(std::size_t n, std::chrono::milliseconds patience) const {
  return wait(patience, [&] { return counts_.open == n; });
}

}  // namespace corochain::testing::detail
