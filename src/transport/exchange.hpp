// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "codec/http/http_request.hpp"
#include "codec/http/http_response.hpp"
#include "corochain/core/attempt.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"
#include "transport/abortable.hpp"
#include "transport/connect_race.hpp"
#include "transport/connection_pool.hpp"
#include "transport/endpoint.hpp"
#include "transport/http1_request_writer.hpp"
#include "transport/limits.hpp"
#include "transport/resolver.hpp"
#include "transport/response_reader.hpp"
#include "transport/send_progress.hpp"
#include "transport/watchdog.hpp"

namespace corochain::transport {

/// The destination of a request and its limits.
struct exchange_settings {
  std::shared_ptr<const endpoint> to;
  /// Shared by the exchanges of many calls, so that none copies them.
  std::shared_ptr<const exchange_limits> limits;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// Null for the resolver of the process.
  std::shared_ptr<resolver> names{};
  /// The call that this is an attempt of, or null if it is not counted as in flight. It lives until the
  /// request was sent.
  const in_flight_call* call = nullptr;
  /// `send` ends with the head, and `read_more` reads the body under the limit of a stream.
  bool streamed = false;
  /// Whether the response is a credential: the buffers that it passes through are wiped.
  bool secret = false;
};

/// A request that was sent on a kept-alive connection which ended before the first byte of a response. It was
/// sent again.
struct unanswered_send {
  std::chrono::steady_clock::time_point ended;
  Timing timing;
  /// Any byte was handed to the system.
  bool bytes_sent;
  /// The text of the error.
  std::string error;
};

/// The facts about an exchange, valid after a failure as well. They decide whether the request may be
/// repeated and whether it may have been billed.
struct exchange_report {
  /// Its phases. The caller measures the total.
  Timing timing;
  /// A kept-alive connection was used to the end.
  bool reused = false;
  /// A connection was opened.
  bool opened = false;
  /// Any byte of the request was handed to the system, on the last connection.
  bool bytes_sent = false;
  /// Set if the request was sent twice. The other members are those of the second time.
  std::unique_ptr<const unanswered_send> unanswered;
  /// Any byte of the response came.
  bool response_started = false;
};

/// One request and its response: send it, then take the response as a whole or in chunks, or abort. Requests
/// and responses are values. Only this layer knows how they are written and read on the wire.
///
/// An exchange takes an idle connection of the execution context or opens one. If a reused connection ends
/// before the first byte of the response, the request is sent again once on a new one, unless the limits
/// switch that off. However the exchange ends, the connection is then either closed or back in the pool with
/// its response read to the end.
///
/// The awaitables throw `ConnectError`, `TlsError`, `TimeoutError`, `CancelledError`, `ProtocolError`,
/// `TruncatedError` and `TooLargeError`, and have closed the connection before they throw. A cancellation
/// closes it at once. Between two awaits nothing is outstanding but the open connection. One await at a time,
/// on the executor that the exchange was made for.
///
/// exchange.cpp sends and reads; exchange_connection.cpp obtains the connection. The states of an exchange
/// are the members that are set: `waiter_` in the queue of the pool, `lookup_` while the name is looked up,
/// `connect_race_` while TCP connects, then `connection_`. `abort` ends whichever there is. The awaitables
/// are static functions of a shared pointer, so that a frame that unwinds late keeps the exchange alive.
class exchange final : public std::enable_shared_from_this<exchange>, public abortable {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Makes an exchange that has not begun. `serial` is the executor of the run. All callers come through
  /// this, so that another version of HTTP, whose exchanges share a connection, changes this layer alone.
  static std::shared_ptr<exchange> make(const boost::asio::any_io_executor& serial,
                                        exchange_settings settings);
  /// For `make`.
  exchange(const boost::asio::any_io_executor& serial, exchange_settings settings);
  ~exchange();

  /// Sends `request`, which must live until this completes, and reads the head of the response. Reads the
  /// whole response if it is not streamed and its status is 2xx. The memory that holds the credential is
  /// wiped as soon as the request was sent.
  static awaitable<void> send(std::shared_ptr<exchange> self, const codec::http_request& request);
  /// Reads the rest of the response.
  static awaitable<void> read_rest(std::shared_ptr<exchange> self);
  /// Waits until more of the body has come or it is complete. After `idle_limit` it throws a `TimeoutError`
  /// with `Phase::stream`.
  static awaitable<void> read_more(std::shared_ptr<exchange> self, time_point idle_limit);

  /// The response as far as it has come, after a failure as well. Its status is 0 while the head is
  /// incomplete. The caller may move the body out.
  codec::http_response& response() noexcept { return response_; }
  const exchange_report& report() const noexcept { return report_; }
  /// Closes the connection at once in any state. Nothing more can be awaited.
  void abort() noexcept override;
  /// A request is sent for as long as its bytes move.
  bool goes_on(Phase passed) noexcept override;

 private:
  // Around each awaitable.
  void begin_await();
  void end_await(const std::exception_ptr& error);

  // Obtaining a connection, in the order of calls. A kept-alive one costs no frame.
  bool obtain_at_once(bool fresh);
  awaitable<void> obtain_connection();
  awaitable<void> open_connection();
  void use(std::unique_ptr<connection> kept);
  awaitable<void> ask_proxy();
  awaitable<void> shake_hands();

  // Sending. `write_rest` is for what the system does not take at once.
  void begin_request();
  bool write_some(http1_request_writer& request);
  awaitable<void> write_rest(http1_request_writer& request);
  void note_unanswered(const ConnectError& error);
  void begin_again() noexcept;

  // Watching that the bytes of the request leave this machine.
  bool watch_sending(time_point until) noexcept;
  bool watch_held(std::uint64_t held) noexcept;
  time_limits::duration patience() const;

  // Reading: `more` waits, and `take` then reads and parses.
  void begin_answer();
  awaitable<std::tuple<boost::system::error_code>> more();
  awaitable<std::tuple<boost::system::error_code>> let_others();
  void take(const boost::system::error_code& waited);
  /// Takes the bytes that are there without waiting.
  void take_available(response_reader& reader);
  /// Limits the time until the next bytes of a body that is read as a whole.
  void guard_body();
  void check_body();
  void check_proxy_answer() const;
  void check() const;
  [[noreturn]] void fail(const boost::system::error_code& error) const;
  void drop_connection() noexcept;
  /// Gives the connection of a complete response back, or closes it.
  void finish();
  /// The end of a phase that begins now and lasts for `most` at most, within the deadline.
  time_point limit(time_limits::duration most) const;

  boost::asio::any_io_executor serial_;
  exchange_settings settings_;
  std::shared_ptr<watchdog> watchdog_;
  std::unique_ptr<connection_request> request_;
  std::shared_ptr<connection_waiter> waiter_;
  std::shared_ptr<lookup_wait> lookup_;
  std::shared_ptr<connect_race> connect_race_;
  std::unique_ptr<connection_slot> slot_;
  std::unique_ptr<connection> connection_;
  codec::http_response response_;
  /// Fills `response_`. It is set from the begin of the request on: while it is empty, the bytes are those of
  /// a proxy.
  std::optional<response_reader> reader_;
  exchange_report report_;
  /// Set if the system did not take the whole request at once.
  std::optional<send_progress> sending_;
  /// How many bytes the system had taken before the request.
  std::uint64_t handed_before_ = 0;
  /// Set once the system has taken the whole request.
  std::optional<time_point> answer_until_;
  /// When the system had taken the whole request.
  time_point sent_at_{};
  /// The state of the socket to wait for before the next read. `done`: more is there already.
  io_step::state next_wait_ = io_step::state::want_read;
  /// The error that was met behind the head. The next read throws it.
  boost::system::error_code broken_;
  // An awaitable is running: it is the one that destroys the connection after an abort.
  bool busy_ = false;
  bool cancelled_ = false;
  // The response came before the whole request was sent. The rest of the request is owed, so that the
  // connection serves no other one.
  bool answered_early_ = false;
};

}  // namespace corochain::transport
