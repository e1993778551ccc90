// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>

#include "corochain/core/attempt.hpp"
#include "corochain/core/awaitable.hpp"
#include "transport/abortable.hpp"
#include "transport/connect_race.hpp"
#include "transport/connection_pool.hpp"
#include "transport/endpoint.hpp"
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
  const pool_guest* guest =
      nullptr;            ///< of whose call this is an attempt, if it is one; lives until it is sent
  bool streamed = false;  ///< the body is taken piece by piece: the limit of a stream holds for it
  bool secret = false;    ///< the answer is a credential: the buffers it went through are wiped
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

/// One request and its answer: send, then take the answer as a whole or piece by piece, or give it up.
///
/// Takes an idle connection of the execution context or opens one; a request on a reused connection that dies before
/// the first byte of an answer is sent again once on a new one. Whatever way it ends, the connection is either back in
/// the pool, its answer read to the end, or closed.
///
/// What is awaited throws `ConnectError`, `TlsError`, `TimeoutError`, `CancelledError`, `ProtocolError`,
/// `TruncatedError`, `TooLargeError`, and has then closed the connection; so has a cancel, at once. Between two
/// awaits nothing is outstanding but the open connection. One await at a time, on the executor it was made for.
class exchange final : public std::enable_shared_from_this<exchange>, public abortable {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `serial` is the executor of the run.
  exchange(const boost::asio::any_io_executor& serial, exchange_settings settings);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  /// Sends head and body, `wire`, which must live until then, and reads the answer's head.
  static awaitable<void> send(std::shared_ptr<exchange> self, std::string_view wire);
  /// Sends, and reads the whole answer if its status is 2xx, else its head.
  static awaitable<void> send_and_read(std::shared_ptr<exchange> self, std::string_view wire);
  /// Reads the rest of the answer.
  static awaitable<void> read_rest(std::shared_ptr<exchange> self);
  /// Waits until more of the body has come or it is complete; no longer than until `idle_limit`, in which case the
  /// phase of the error is `Phase::stream`.
  static awaitable<void> read_more(std::shared_ptr<exchange> self, time_point idle_limit);

  /// Status, headers and what has come of the body.
  response_reader& answer() noexcept { return *reader_; }
  /// The same once the head is complete, else null; also after a failure.
  const response_reader* heard() const noexcept {
    return reader_ && reader_->head_complete() ? &*reader_ : nullptr;
  }
  const exchange_report& report() const noexcept { return report_; }
  /// Closes the connection at once, whatever it is doing. Nothing more can be awaited.
  void abort() noexcept override;
  /// A request is sent for as long as its bytes move.
  bool goes_on(Phase passed) noexcept override;

 private:
  static awaitable<void> run_send(std::shared_ptr<exchange> self, std::string_view wire, bool whole);
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
  bool write_some(std::string_view& wire, bool& answered_early);
  awaitable<void> write_rest(std::string_view wire, bool& answered_early);
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
  std::shared_ptr<watchdog> dog_;
  std::unique_ptr<pooled_call> call_;
  std::shared_ptr<lane_wait> place_wait_;
  std::shared_ptr<lookup_wait> lookup_;
  std::shared_ptr<connect_race> race_;
  std::unique_ptr<open_slot> place_;
  std::unique_ptr<connection> line_;
  std::optional<response_reader> reader_;
  exchange_report report_;
  std::optional<send_progress> sending_;    ///< where the request did not leave at once
  std::uint64_t handed_before_ = 0;         ///< so many bytes the system had taken before the request
  std::optional<time_point> answer_until_;  ///< once the system has taken all of the request
  time_point sent_at_{};
  io_step::state next_wait_ = io_step::state::want_read;  ///< done: more is there already
  boost::system::error_code broken_;                      ///< met behind the head, thrown by whoever reads on
  bool busy_ = false;                                     // something is awaited
  bool cancelled_ = false;
  bool cut_request_ = false;  // the answer came before the request was sent to its end
};

}  // namespace corochain::transport
