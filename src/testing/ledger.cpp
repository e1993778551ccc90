// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/ledger.hpp"

#include <algorithm>
#include <utility>

namespace corochain::testing::detail {

std::size_t ledger::connection_opened() {
  const std::lock_guard lock(mutex_);
  max_open_ = std::max(max_open_, ++open_);
  changed_.notify_all();
  return accepted_++;
}

void ledger::connection_closed() {
  const std::lock_guard lock(mutex_);
  --open_;
  changed_.notify_all();
}

void ledger::handshake_finished(bool resumed) {
  const std::lock_guard lock(mutex_);
  ++handshakes_;
  if (resumed) ++resumed_;
}

const RecordedRequest& ledger::request_received(RecordedRequest request) {
  const std::lock_guard lock(mutex_);
  request.index = requests_.size();
  requests_.push_back(std::move(request));
  max_in_flight_ = std::max(max_in_flight_, ++in_flight_);
  changed_.notify_all();
  return requests_.back();
}

void ledger::request_ended() {
  const std::lock_guard lock(mutex_);
  --in_flight_;
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

std::size_t ledger::request_count() const {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

std::size_t ledger::read(const std::size_t& counter) const {
  const std::lock_guard lock(mutex_);
  return counter;
}

std::size_t ledger::max_in_flight() const { return read(max_in_flight_); }
std::size_t ledger::connections_accepted() const { return read(accepted_); }
std::size_t ledger::connections_open() const { return read(open_); }
std::size_t ledger::max_connections_open() const { return read(max_open_); }
std::size_t ledger::tls_handshakes() const { return read(handshakes_); }
std::size_t ledger::tls_resumed() const { return read(resumed_); }

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
  return wait(patience, [&] { return open_ == n; });
}

}  // namespace corochain::testing::detail
