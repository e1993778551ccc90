// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connection_pool.hpp"

#include <algorithm>

namespace corochain::transport {
namespace asio = boost::asio;

connection_pool::connection_pool(asio::execution_context& context) : service(context) {}

connection_pool& connection_pool::of(const asio::any_io_executor& executor) {
  return asio::use_service<connection_pool>(asio::query(executor, asio::execution::context));
}

std::unique_ptr<connection> connection_pool::take(const std::string& endpoint_key) {
  idle_list dropped;  // closed after the lock is gone
  const auto now = connection::clock::now();
  const std::lock_guard lock(mutex_);
  const auto found = idle_.find(endpoint_key);
  if (found == idle_.end()) return nullptr;
  expire(found->second, now, dropped);
  while (!found->second.empty()) {
    auto last = std::move(found->second.back());
    found->second.pop_back();
    if (last->quiet()) return last;
    dropped.push_back(std::move(last));
  }
  return nullptr;
}

void connection_pool::give(const std::string& endpoint_key, std::unique_ptr<connection> idle) {
  idle_list dropped;
  const auto now = connection::clock::now();
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  idle->idle_since = now;
  auto& list = idle_[endpoint_key];
  expire(list, now, dropped);
  list.push_back(std::move(idle));
}

void connection_pool::expire(idle_list& list, connection::clock::time_point now, idle_list& expired) {
  const auto old = [now](const std::unique_ptr<connection>& each) {
    // The server closes at its own limit; a second of safety keeps a request from crossing that on the wire.
    const auto limit = each->keep_alive.count() > 0
                           ? std::min<std::chrono::seconds>(idle_timeout, std::max(each->keep_alive - std::chrono::seconds(1),
                                                                                   std::chrono::seconds(0)))
                           : idle_timeout;
    return now - each->idle_since >= limit || now - each->born >= max_age;
  };
  const auto kept = std::stable_partition(list.begin(), list.end(), [&](const auto& each) { return !old(each); });
  std::move(kept, list.end(), std::back_inserter(expired));
  list.erase(kept, list.end());
}

void connection_pool::close_idle() {
  std::map<std::string, idle_list> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

void connection_pool::shutdown() {
  std::map<std::string, idle_list> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(idle_);
}

}  // namespace corochain::transport
