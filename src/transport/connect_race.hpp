// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "concurrency/async_event.hpp"
#include "transport/connection.hpp"

namespace corochain::transport {

/// Returns the order in which addresses are tried: as the system sorted them, but with the families taking
/// turns (RFC 8305 section 4).
std::vector<boost::asio::ip::address> in_turns(std::vector<boost::asio::ip::address> addresses);

/// Connects to the first of several addresses that answers. Each attempt has a head start of 250 ms over the
/// next (RFC 8305 section 5). A failure starts the next attempt at once. The losers are closed.
///
/// It replaces `asio::async_connect`, which tries the addresses one after the other: behind a network that
/// drops IPv6 packets silently, each call would wait for the system's own limit of two minutes.
///
/// An `exchange` owns it while it opens a connection, on the executor of its run. The handlers of sockets
/// share it, because they may run after the exchange has gone.
class connect_race : public std::enable_shared_from_this<connect_race> {
 public:
  using socket_type = connection::socket_type;
  static constexpr std::chrono::milliseconds head_start{250};

  /// Sockets are made on `io`, handlers run on `serial`.
  connect_race(boost::asio::any_io_executor io, boost::asio::any_io_executor serial,
               std::vector<boost::asio::ip::address> addresses, std::uint16_t port);

  /// Connects. The error is that of the address that was tried first, which the system thinks best: an error
  /// of a fallback, such as that there is no IPv6, would mislead. An aborted race gives `operation_aborted`.
  /// A cancel of the awaiting coroutine aborts it. Call it once.
  static awaitable<boost::system::error_code> run(std::shared_ptr<connect_race> race);
  /// The connected socket, after a success.
  socket_type take() { return std::move(*winner_); }
  /// Closes all sockets at once. `run` then ends as aborted.
  void abort() noexcept;

 private:
  /// Begins the attempt at the next address, and sets the timer for the one behind it. Ends the race if there
  /// is none left and none under way.
  void start_next();
  /// Handles the end of an attempt: the first success wins, and a failure begins the next one early.
  void ended(std::size_t index, boost::system::error_code error);
  void close_all() noexcept;

  boost::asio::any_io_executor io_, serial_;
  std::vector<boost::asio::ip::tcp::endpoint> targets_;
  // By the index of the target. Sockets that failed are empty. It never grows beyond its first capacity,
  // because an attempt under way refers to its socket.
  std::vector<std::optional<socket_type>> sockets_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<detail::async_event> over_ = std::make_shared<detail::async_event>();
  std::optional<socket_type> winner_;
  boost::system::error_code error_;
  // Attempts under way.
  std::size_t running_ = 0;
  // Whether the race has its result. Handlers that come later change nothing.
  bool done_ = false;
};

}  // namespace corochain::transport
