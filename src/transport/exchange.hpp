// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>

#include "codec/http/http_request.hpp"
#include "codec/http/http_response.hpp"
#include "corochain/core/attempt.hpp"
#include "corochain/core/awaitable.hpp"
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

/// Where a request goes and what bounds it.
struct exchange_settings {
  std::shared_ptr<const endpoint> to;
  std::shared_ptr<resolver> names;
  time_limits times;
  size_limits sizes;
  pool_limits pool;
  const in_flight_call* call =
      nullptr;  ///< that this is an attempt of, if it is one; lives until it was sent
  /// `send` ends with the head, and the body is read by `read_more`: the limit of a stream holds for it.
  bool streamed = false;
  bool secret = false;  ///< the answer is a credential: the buffers it went through are wiped
};

/// What is known of an exchange, also when it failed.
struct exchange_report {
  Timing timing;
  bool reused = false;  ///< a kept-alive connection was used to the end
  bool opened = false;  ///< a connection was opened
  bool bytes_sent = false;
  bool unanswered_send =
      false;  ///< sent on a reused connection that died without a word, and then sent again
  bool response_started = false;
};

/// One request and its response: send, then take the response as a whole or in chunks, or give it up.
/// Requests and responses are values; how they are written and read on the wire is known here alone.
///
/// Takes an idle connection of the execution context or opens one; a request on a reused connection that dies
/// before the first byte of an answer is sent again once on a new one. Whatever way it ends, the connection
/// is either back in the pool, its answer read to the end, or closed.
///
/// What is awaited throws `ConnectError`, `TlsError`, `TimeoutError`, `CancelledError`, `ProtocolError`,
/// `TruncatedError`, `TooLargeError`, and has then closed the connection; so has a cancel, at once. Between
/// two awaits nothing is outstanding but the open connection. One await at a time, on the executor it was
/// made for.
class exchange final : public std::enable_shared_from_this<exchange>, public abortable {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `serial` is the executor of the run.
  exchange(const boost::asio::any_io_executor& serial, exchange_settings settings);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  /// Sends `request`, which must live until then, and reads the response's head; unless it is streamed, the
  /// whole response if its status is 2xx. What holds the credential is wiped as soon as it was sent.
  static awaitable<void> send(std::shared_ptr<exchange> self, const codec::http_request& request);
  /// Reads the rest of the response.
  static awaitable<void> read_rest(std::shared_ptr<exchange> self);
  /// Waits until more of the body has come or it is complete; no longer than until `idle_limit`, in which
  /// case the phase of the error is `Phase::stream`.
  static awaitable<void> read_more(std::shared_ptr<exchange> self, time_point idle_limit);

  /// What has come of the response, also after a failure; its status is 0 while the head is not complete. The
  /// caller may take the body out of it.
  codec::http_response& response() noexcept { return response_; }
  const codec::http_response& response() const noexcept { return response_; }
  const exchange_report& report() const noexcept { return report_; }
  /// Closes the connection at once, whatever it is doing. Nothing more can be awaited.
  void abort() noexcept override;
  /// A request is sent for as long as its bytes move.
  bool goes_on(Phase passed) noexcept override;

 private:
  void begin_await();
  void end_await(const std::exception_ptr& error);

  bool obtain_at_once(bool fresh);
  awaitable<void> obtain_connection();
  awaitable<void> open_connection();
  void use(std::unique_ptr<connection> kept);
  awaitable<void> ask_proxy();
  awaitable<void> shake_hands();

  void enter_pool();
  void begin_request();
  bool write_some(http1_request_writer& request);
  awaitable<void> write_rest(http1_request_writer& request);
  bool may_repeat() const noexcept;
  void begin_again() noexcept;

  bool watch_sending(time_point until) noexcept;
  bool watch_held(std::uint64_t held) noexcept;
  time_limits::duration patience() const;
  void begin_answer();
  awaitable<std::tuple<boost::system::error_code>> more();
  awaitable<std::tuple<boost::system::error_code>> let_others();
  void take(const boost::system::error_code& waited);
  /// Takes what is there without waiting.
  void take_available(response_reader& reader);
  void guard_body();
  void check_body();
  void check_proxy_answer() const;
  void check() const;
  [[noreturn]] void fail(const boost::system::error_code& error) const;
  void drop_connection() noexcept;
  void finish();
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
  std::optional<response_reader> reader_;  ///< of `response_`, from the begin of the request on
  exchange_report report_;
  std::optional<send_progress> sending_;    ///< where the request did not leave at once
  std::uint64_t handed_before_ = 0;         ///< so many bytes the system had taken before the request
  std::optional<time_point> answer_until_;  ///< once the system has taken all of the request
  time_point sent_at_{};
  io_step::state next_wait_ = io_step::state::want_read;  ///< done: more is there already
  boost::system::error_code broken_;                      ///< met behind the head, thrown by whoever reads on
  bool busy_ = false;                                     // something is awaited
  bool cancelled_ = false;
  bool answered_early_ = false;  // the response came before the request was sent to its end
};

}  // namespace corochain::transport
