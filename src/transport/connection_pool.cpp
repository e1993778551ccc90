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
  sweep(now, dropped);
  const auto found = idle_.find(endpoint_key);
  if (found == idle_.end()) return nullptr;
  while (!found->second.empty()) {
    auto last = std::move(found->second.back());
    found->second.pop_back();
    if (!too_old(*last, now) && last->quiet()) return last;
    dropped.push_back(std::move(last));
  }
  return nullptr;
}

void connection_pool::give(const std::string& endpoint_key, std::unique_ptr<connection> idle) {
  idle_list dropped;
  const auto now = connection::clock::now();
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  sweep(now, dropped);
  idle->idle_since = now;
  if (!too_old(*idle, now)) idle_[endpoint_key].push_back(std::move(idle));
}

bool connection_pool::too_old(const connection& idle, connection::clock::time_point now) noexcept {
  // The server closes at its own limit; a second of safety keeps a request from crossing that on the wire.
  constexpr std::chrono::seconds safety{1};
  const bool named = idle.keep_alive.count() > 0;
  const auto limit =
      named ? std::min<std::chrono::seconds>(idle_timeout, idle.keep_alive - safety) : idle_timeout;
  return now - idle.idle_since >= limit || now - idle.born >= max_age;
}

void connection_pool::sweep(connection::clock::time_point now, idle_list& expired) {
  if (now - swept_ < std::chrono::seconds(1)) return;
  swept_ = now;
  for (auto& [key_of_list, list] : idle_) {
    for (auto& each : list)
      if (too_old(*each, now)) expired.push_back(std::move(each));
    std::erase(list, nullptr);
  }
  std::erase_if(idle_, [](const auto& each) { return each.second.empty(); });
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
