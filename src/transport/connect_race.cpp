// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connect_race.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <functional>

namespace corochain::transport {
namespace asio = boost::asio;
using error_code = boost::system::error_code;

std::vector<asio::ip::address> in_turns(std::vector<asio::ip::address> addresses) {
  if (addresses.empty()) return addresses;
  const bool first_is_v6 = addresses.front().is_v6();
  std::vector<asio::ip::address> same, other;
  for (const auto& each : addresses) (each.is_v6() == first_is_v6 ? same : other).push_back(each);
  std::vector<asio::ip::address> ordered;
  for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i) {
    if (i < same.size()) ordered.push_back(same[i]);
    if (i < other.size()) ordered.push_back(other[i]);
  }
  return ordered;
}

connect_race::connect_race(asio::any_io_executor io, asio::any_io_executor serial,
                           std::vector<asio::ip::address> addresses, std::uint16_t port)
    : io_(std::move(io)), serial_(std::move(serial)), timer_(io_), error_(asio::error::host_not_found) {
  for (const auto& address : in_turns(std::move(addresses))) targets_.emplace_back(address, port);
  sockets_.reserve(targets_.size());
}

awaitable<error_code> connect_race::run(std::shared_ptr<connect_race> race) {
  race->start_next();
  std::function<void()> on_cancel = [weak = std::weak_ptr<connect_race>(race)] {
    if (const auto cancelled = weak.lock()) cancelled->abort();
  };
  co_await detail::async_event::wait(race->over_, std::move(on_cancel));
  if (race->winner_) co_return error_code();
  race->close_all();
  co_return race->error_;
}

void connect_race::start_next() {
  while (!done_ && sockets_.size() < targets_.size()) {
    const std::size_t index = sockets_.size();
    auto& socket = sockets_.emplace_back(std::in_place, io_);
    error_code error;
    socket->open(targets_[index].protocol(), error);
    // Such as EMFILE, or a family of addresses that the machine does not have.
    if (error) {
      if (index == 0) error_ = error;
      socket.reset();
      continue;
    }
    // Programs that the user's process starts must not inherit its connections.
    ::fcntl(socket->native_handle(), F_SETFD, FD_CLOEXEC);
    ++running_;
    socket->async_connect(
        targets_[index], asio::bind_executor(serial_, [self = shared_from_this(), index](error_code failure) {
          self->ended(index, failure);
        }));
    if (sockets_.size() == targets_.size()) return;
    // The timer holds the race weakly: it must not keep alive a race that was won.
    timer_.expires_after(head_start);
    timer_.async_wait(asio::bind_executor(serial_, [weak = weak_from_this()](error_code failure) {
      if (const auto self = weak.lock(); self && !failure) self->start_next();
    }));
    return;
  }
  if (!done_ && running_ == 0) {
    done_ = true;
    over_->fire();
  }
}

void connect_race::ended(std::size_t index, error_code error) {
  --running_;
  // A loser, or a socket that was aborted.
  if (done_) return;
  if (!error) {
    done_ = true;
    winner_ = std::move(sockets_[index]);
    close_all();
    over_->fire();
    return;
  }
  if (index == 0) error_ = error;
  sockets_[index].reset();
  timer_.cancel();
  start_next();
}

void connect_race::close_all() noexcept {
  for (auto& each : sockets_) {
    error_code ignored;
    if (each) each->close(ignored);
  }
  timer_.cancel();
}

void connect_race::abort() noexcept {
  done_ = true;
  error_ = asio::error::operation_aborted;
  winner_.reset();
  close_all();
  over_->fire();
}

}  // namespace corochain::transport
