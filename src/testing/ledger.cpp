// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/ledger.hpp"

#include <algorithm>
#include <utility>

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

void ledger::handshake_finished(bool resumed) {
  const std::lock_guard lock(mutex_);
  ++counts_.handshakes;
  if (resumed) ++counts_.resumed;
}

const RecordedRequest& ledger::request_received(RecordedRequest request) {
  const std::lock_guard lock(mutex_);
  request.index = counts_.requests++;
  requests_.push_back(std::move(request));
  counts_.max_in_flight = std::max(counts_.max_in_flight, ++counts_.in_flight);
  changed_.notify_all();
  return requests_.back();
}

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

bool ledger::wait_for_requests(std::size_t n, std::chrono::milliseconds patience) const {
  return wait(patience, [&] { return requests_.size() >= n; });
}

bool ledger::wait_for_connections_open(std::size_t n, std::chrono::milliseconds patience) const {
  return wait(patience, [&] { return counts_.open == n; });
}

}  // namespace corochain::testing::detail
