// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/endpoint_pool.hpp"

#include <algorithm>

namespace corochain::transport {

bool endpoint_pool::idle_connection::too_old(clock::time_point now) const noexcept {
  // The server closes at its own limit. A second of safety keeps a request from crossing that on the wire.
  constexpr std::chrono::seconds safety{1};
  const bool named = kept->keep_alive.count() > 0;
  const auto limit = named ? std::min(idle_timeout, kept->keep_alive - safety) : idle_timeout;
  return now - kept->idle_since >= limit || now - kept->born >= max_age;
}

lease endpoint_pool::next_lease(const pool_limits& limits, bool fresh, clock::time_point now,
                                dropped_list& dropped) {
  lease given;
  while (!fresh && !idle_.empty()) {
    idle_connection last = std::move(idle_.back());
    idle_.pop_back();
    // A connection that was returned in this same turn of the loop was found drained a moment ago. That saves
    // a system call for each call of a batch.
    const bool sound = !last.too_old(now) && (last.kept->idle_turn == turn_ || last.kept->quiet());
    if (sound) {
      given.kept = std::move(last.kept);
      return given;
    }
    dropped.push_back(std::move(last.kept));
  }
  if (fresh && limits.max_connections != 0 && counts_.open >= limits.max_connections && !idle_.empty()) {
    // Makes room: the limit is reached by idle connections, which this call may not use.
    dropped.push_back(std::move(idle_.front().kept));
    idle_.erase(idle_.begin());
  }
  // A connection that was just dropped still counts, until it is closed without the lock.
  const std::size_t open = counts_.open - dropped.size();
  if (limits.max_connections != 0 && open >= limits.max_connections) return given;
  if (limits.max_connecting != 0 && counts_.connecting >= limits.max_connecting) return given;
  // Counted from here on, before the caller begins to connect: callers on other threads ask meanwhile.
  given.slot = std::make_unique<connection_slot>(shared_from_this());
  ++counts_.open;
  ++counts_.connecting;
  return given;
}

std::shared_ptr<connection_waiter> endpoint_pool::first_waiter() {
  for (; !queue_.empty(); queue_.pop_front())
    if (auto first = queue_.front().lock(); first && !first->event()->fired()) return first;
  return nullptr;
}

void endpoint_pool::serve(clock::time_point now, leftovers& left) {
  while (const auto first = first_waiter()) {
    // The last owner of a waiter may be this one. Its destructor must not run with the lock held.
    left.served.push_back(first);
    lease given = next_lease(first->limits(), first->fresh(), now, left.dropped);
    if (!given) return;
    queue_.pop_front();
    if (!first->deliver(given, left.woken.emplace_back())) left.undelivered.push_back(std::move(given));
  }
}

void endpoint_pool::waiter_ended(clock::time_point now) {
  leftovers left;
  const std::lock_guard lock(mutex_);
  if (!queue_.empty()) serve(now, left);
}

std::shared_ptr<connection_waiter> endpoint_pool::request(const pool_limits& limits, bool fresh,
                                                          std::uint64_t turn, clock::time_point now,
                                                          lease& given) {
  dropped_list dropped;
  const std::lock_guard lock(mutex_);
  turn_ = turn;
  // A call that comes now may not overtake those that wait.
  if (!first_waiter()) given = next_lease(limits, fresh, now, dropped);
  if (given) return nullptr;
  auto wait = std::make_shared<connection_waiter>(limits, fresh);
  queue_.push_back(wait);
  return wait;
}

void endpoint_pool::give_back(std::unique_ptr<connection> idle, const pool_limits& limits, std::uint64_t turn,
                              clock::time_point now) {
  leftovers left;
  const std::lock_guard lock(mutex_);
  turn_ = turn;
  idle->idle_since = now;
  idle->idle_turn = turn;
  idle_connection kept{std::move(idle), limits.idle_timeout, limits.max_age};
  if (closed_ || kept.too_old(now))
    left.dropped.push_back(std::move(kept.kept));
  else
    idle_.push_back(std::move(kept));
  // Waiters come first. Only the connections that nobody waits for count for `max_idle`.
  serve(now, left);
  if (limits.max_idle && idle_.size() > *limits.max_idle) {
    left.dropped.push_back(std::move(idle_.front().kept));
    idle_.erase(idle_.begin());
  }
}

void endpoint_pool::slot_connected(bool has_tls, bool resumed) noexcept {
  leftovers left;
  const std::lock_guard lock(mutex_);
  --counts_.connecting;
  ++counts_.opened;
  if (has_tls) ++(resumed ? counts_.resumed_handshakes : counts_.full_handshakes);
  if (!queue_.empty()) serve(clock::now(), left);
}

void endpoint_pool::slot_released(bool was_connecting) noexcept {
  leftovers left;
  const std::lock_guard lock(mutex_);
  --counts_.open;
  if (was_connecting) --counts_.connecting;
  if (!queue_.empty()) serve(clock::now(), left);
}

void endpoint_pool::sweep(clock::time_point now) {
  dropped_list dropped;
  const std::lock_guard lock(mutex_);
  for (auto& each : idle_)
    if (each.too_old(now)) dropped.push_back(std::move(each.kept));
  std::erase_if(idle_, [](const idle_connection& each) { return !each.kept; });
}

void endpoint_pool::keep_at_most(std::size_t most) {
  dropped_list dropped;
  const std::lock_guard lock(mutex_);
  if (idle_.size() <= most) return;
  const auto end = idle_.end() - static_cast<std::ptrdiff_t>(most);
  for (auto each = idle_.begin(); each != end; ++each) dropped.push_back(std::move(each->kept));
  idle_.erase(idle_.begin(), end);
}

void endpoint_pool::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  keep_at_most(0);
}

connection_counts endpoint_pool::counts() const {
  const std::lock_guard lock(mutex_);
  connection_counts now = counts_;
  now.idle = idle_.size();
  now.waiting = static_cast<std::size_t>(std::count_if(queue_.begin(), queue_.end(), [](const auto& each) {
    const auto wait = each.lock();
    return wait && !wait->event()->fired();
  }));
  return now;
}

}  // namespace corochain::transport
