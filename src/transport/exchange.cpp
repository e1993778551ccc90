// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/exchange.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "concurrency/run_context.hpp"
#include "observability/log_line.hpp"
#include "transport/transport_error.hpp"

namespace corochain::transport {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

namespace {

/// How many blocks are read in a row before other work on the loop gets its turn. A fast server of a long
/// answer would otherwise hold up thousands of other calls on the same thread.
constexpr int blocks_in_a_row = 4;

/// The longest time for which a system may delay its acknowledgment of received bytes (RFC 9293 section
/// 3.8.6.3).
constexpr std::chrono::milliseconds longest_put_off{500};

/// The seconds of `Keep-Alive: timeout=30`, 0 without one. One second, which is too short to be used, stands
/// for smaller values.
std::chrono::seconds keep_alive_of(std::string_view value) {
  const auto at = value.find("timeout=");
  if (at == std::string_view::npos) return {};
  const auto digits = value.substr(at + 8);
  long seconds = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (read.ptr == digits.data()) return {};
  return std::chrono::seconds(read.ec == std::errc() ? std::clamp(seconds, 1L, 86400L) : 86400L);
}

}  // namespace

// ---- beginning and end

std::shared_ptr<exchange> exchange::make(const asio::any_io_executor& serial, exchange_settings settings) {
  return std::make_shared<exchange>(serial, std::move(settings));
}

exchange::exchange(const asio::any_io_executor& serial, exchange_settings settings)
    : serial_(serial), settings_(std::move(settings)) {}

exchange::~exchange() {
  if (watchdog_) watchdog_->stop();
  drop_connection();
}

// ---- stopping

void exchange::abort() noexcept {
  cancelled_ = true;
  if (waiter_) waiter_->event()->fire();
  if (lookup_) resolver::abandon(*lookup_);
  if (connect_race_) connect_race_->abort();
  if (connection_) connection_->abort();
  // If an awaitable is running, it unwinds by the errors that this causes, and drops the connection itself:
  // it still refers to it.
  if (!busy_) drop_connection();
}

/// Call it after every wait, before looking at its error: an abort looks like an error of the socket.
void exchange::check() const {
  if (watchdog_->expired_in() != Phase::none) throw_timeout(watchdog_->expired_in());
  if (cancelled_) throw_cancelled();
}

void exchange::fail(const error_code& error) const {
  // Beast knows one limit of bodies. For a stream it was set to the larger one.
  const size_limits& sizes = settings_.limits->sizes;
  if (error == http::error::body_limit && settings_.streamed && sizes.stream_wire >= sizes.body)
    throw_too_large("stream", sizes.stream_wire, "stream_wire");
  throw_io_error(error, report_.response_started, sizes);
}

exchange::time_point exchange::limit(time_limits::duration most) const {
  const auto now = clock::now();
  return most < settings_.deadline - now ? now + most : settings_.deadline;
}

/// Lets go of whatever the exchange holds of the pool, in any state. The request goes last: its end lets the
/// callers behind it ask for the slot that is then free.
void exchange::drop_connection() noexcept {
  waiter_ = nullptr;
  lookup_ = nullptr;
  connect_race_ = nullptr;
  connection_ = nullptr;
  slot_ = nullptr;
  request_ = nullptr;
}

void exchange::begin_await() {
  // Not in the constructor, where there is no weak pointer yet.
  if (!watchdog_) watchdog_ = std::make_shared<watchdog>(serial_, weak_from_this());
  busy_ = true;
}

/// Translates an error into one of the library. Each cancelled wait has closed the descriptor before the
/// frames unwound.
void exchange::end_await(const std::exception_ptr& error) {
  busy_ = false;
  watchdog_->rest();
  if (!error) return;
  drop_connection();
  try {
    std::rethrow_exception(error);
  } catch (const Error&) {
    throw;
  } catch (const boost::system::system_error& failure) {
    check();
    // Thrown by Asio between two operations.
    if (failure.code() == asio::error::operation_aborted) throw_cancelled();
    throw;
  }
}

// ---- sending and reading

void exchange::take_available(response_reader& reader) {
  // Lent for this function only: a waiting exchange holds no block.
  block_lease block;
  if (!block.acquire()) throw std::bad_alloc();
  next_wait_ = io_step::state::done;
  const bool head_was_there = reader.head_complete();
  for (int i = 0; i < blocks_in_a_row && !reader.complete(); ++i) {
    const io_step step = connection_->read(block.data(), block_size);
    if (step.how == io_step::state::want_read || step.how == io_step::state::want_write) {
      next_wait_ = step.how;
      return;
    }
    error_code error;
    if (step.how == io_step::state::done) {
      report_.response_started = true;
      error = reader.feed({block.data(), step.bytes});
      if (settings_.secret) OPENSSL_cleanse(block.data(), step.bytes);
    } else {
      error = step.error;
      // An end that was announced, or that plain TCP cannot announce, may be the end of the body.
      if (error == asio::error::eof && !reader.end()) return;
    }
    if (!error) continue;
    if (head_was_there || !reader.head_complete()) fail(error);
    // The status is reported first, even if head and error came together: an error that has a status says
    // more than a broken body.
    broken_ = error;
    return;
  }
}

/// Waits for more bytes. If more than one turn's work is there already, it lets other work run instead. The
/// caller calls `take` next.
awaitable<std::tuple<error_code>> exchange::more() {
  if (broken_) fail(broken_);
  // An earlier failure or an abort has closed it, and the caller reads on.
  if (!connection_) {
    check();
    fail(asio::error::not_connected);
  }
  if (next_wait_ == io_step::state::done) return let_others();
  return connection_->wait_for(next_wait_, weak_from_this());
}

awaitable<std::tuple<error_code>> exchange::let_others() {
  co_await asio::post(serial_, asio::use_awaitable);
  co_return error_code();
}

void exchange::take(const error_code& waited) {
  check();
  if (waited) fail(waited);
  take_available(*reader_);
}

/// Writes as much as possible without waiting. Returns true when nothing is left to write: everything was
/// written, or the response came first.
bool exchange::write_some(http1_request_writer& request) {
  while (!request.unwritten().empty()) {
    const std::string_view bytes = request.unwritten();
    const io_step step = connection_->write(bytes.data(), bytes.size());
    if (step.how == io_step::state::done) {
      // The request to a proxy is no part of the request itself, and bills nothing.
      if (reader_) report_.bytes_sent = true;
      request.advance(step.bytes);
      continue;
    }
    if (step.how != io_step::state::failed) return false;
    // If a server refuses a long body, it answers and closes, and writing fails. Its answer counts, and says
    // why (RFC 9112 section 9.5).
    if (reader_) {
      connection_->expect_more();
      try {
        take_available(*reader_);
      } catch (const Error&) {
        fail(step.error);
      }
      answered_early_ = reader_->head_complete();
      if (answered_early_) return true;
    }
    fail(step.error);
  }
  return true;
}

/// Checks whether the request moves, and sets the time of the next check: `until` at the latest. Returns
/// false if it stands still. No event tells when a system's buffer shrinks, so it is looked at from time to
/// time, by the timer that is there anyway.
bool exchange::watch_sending(time_point until) noexcept {
  const auto now = clock::now();
  const auto next = sending_->look(now, connection_->handed_over() - connection_->held_back());
  if (!next || now >= until) return false;
  watchdog_->guard(Phase::send, std::min(until, limit(*next)));
  return true;
}

/// How long a request that the system took at once may wait to be acknowledged. A read limit below the time
/// that acknowledgments may be put off would end calls that are well.
time_limits::duration exchange::patience() const {
  return std::max<time_limits::duration>(settings_.limits->times.read, longest_put_off);
}

/// The first check of a request that the system took at once and of which it still holds `held` bytes.
/// Returns false if no byte has left.
bool exchange::watch_held(std::uint64_t held) noexcept {
  const std::uint64_t all = connection_->handed_over();
  if (held >= all - handed_before_) return false;
  sending_.emplace(patience(), clock::now(), all - held);
  return watch_sending(*answer_until_);
}

/// The phases of sending, in this order: the system does not take all bytes; it has taken them but still
/// holds some; all have left, and the response is awaited.
bool exchange::goes_on(Phase passed) noexcept {
  if (passed != Phase::send || !connection_) return false;
  if (!answer_until_) return sending_ && watch_sending(settings_.deadline);
  if (const std::uint64_t held = connection_->held_back(); held > 0)
    return sending_ ? watch_sending(*answer_until_) : watch_held(held);
  // All bytes have left.
  sending_.reset();
  watchdog_->guard(Phase::first_byte, *answer_until_);
  return clock::now() < *answer_until_;
}

/// Writes what `write_some` could not, until all is written or the response comes first. It also waits for
/// bytes to read, because a server may answer before it has read a long request.
awaitable<void> exchange::write_rest(http1_request_writer& request) {
  if (reader_) {
    sending_.emplace(settings_.limits->times.read, clock::now(),
                     connection_->handed_over() - connection_->held_back());
    if (!watch_sending(settings_.deadline)) watchdog_->guard(Phase::send, clock::now());
  }
  // The reader is not there yet for the request to a proxy, which is short, and has the limit of connecting.
  do {
    const error_code error = co_await connection_->wait_for_either(weak_from_this());
    check();
    if (error) fail(error);
    if (!reader_) continue;
    take_available(*reader_);
    answered_early_ = reader_->head_complete();
    if (answered_early_) co_return;
  } while (!write_some(request));
}

void exchange::begin_request() {
  const auto& sizes = settings_.limits->sizes;
  const auto most = settings_.streamed ? std::max(sizes.body, sizes.stream_wire) : sizes.body;
  reader_.emplace(response_, sizes, most);
  sending_.reset();
  answer_until_.reset();
  if (settings_.secret) connection_->keep_no_plaintext();
  handed_before_ = connection_->handed_over();
  // The same limit as in `begin_answer`, so that the timer is usually set once for both phases.
  watchdog_->guard(Phase::send, limit(patience()));
}

void exchange::begin_answer() {
  sent_at_ = clock::now();
  time_point until = settings_.deadline;
  if (settings_.limits->times.first_byte) until = limit(*settings_.limits->times.first_byte);
  answer_until_ = until;
  // The system has taken the last bytes, but may not have sent them. The progress of a request that was
  // written at once is unknown; it is checked only when the response takes long. A limit that is too short
  // for acknowledgments bounds the response alone.
  if (!sending_ && until - sent_at_ >= longest_put_off)
    watchdog_->guard(Phase::send, std::min(until, limit(patience())));
  else if (!sending_ || !watch_sending(until))
    watchdog_->guard(Phase::first_byte, until);
  // A response is hardly ever there at once: trying to read would be a system call for nothing. TLS may have
  // read its beginning together with a ticket.
  next_wait_ = io_step::state::want_read;
  if (connection_->pending()) take_available(*reader_);
}

/// Keeps the facts of the first sending, which counts as an attempt of its own.
void exchange::note_unanswered(const ConnectError& error) {
  report_.unanswered = std::make_unique<const unanswered_send>(
      unanswered_send{clock::now(), report_.timing, report_.bytes_sent, error.what()});
}

/// Prepares the second sending of the request, on a new connection.
void exchange::begin_again() noexcept {
  report_.timing = {};
  report_.bytes_sent = false;
  reader_.reset();
  connection_ = nullptr;
}

/// In front of a plain http endpoint, the proxy refuses with a response of its own. Its 407 must not look
/// like an error of the service. Its other responses cannot be told from the service's.
void exchange::check_proxy_answer() const {
  constexpr int authentication_required = 407;
  const endpoint& to = *settings_.to;
  if (to.proxy && !to.tls && response_.status == authentication_required)
    throw_proxy_error(to, authentication_required, {});
}

void exchange::guard_body() { watchdog_->guard(Phase::body, limit(settings_.limits->times.read)); }

/// The limit of a body that is read as a whole. The parser has none for an error's body, and that of streams
/// if a stream was asked for.
void exchange::check_body() {
  if (response_.body.size() > settings_.limits->sizes.body)
    throw_too_large("body of the answer", settings_.limits->sizes.body, "response_body");
}

// A call under load runs mostly in these three functions. Each has one frame, and only the wait itself has
// another: a coroutine for each phase would allocate for each phase. So the loops of the phases are repeated
// in them, and what does not wait is in plain functions. The error is kept and rethrown behind the handler,
// so that the clean-up is one function for all ends.

awaitable<void> exchange::send(std::shared_ptr<exchange> self, const codec::http_request& request) {
  self->begin_await();
  std::exception_ptr problem;
  try {
    if (clock::now() >= self->settings_.deadline) throw_timeout(Phase::queued);
    const pool_limits& tolerated = self->settings_.limits->pool;
    self->request_ = self->settings_.call
                         ? self->settings_.call->request(tolerated)
                         : connection_pool::of(self->serial_).request(*self->settings_.to, tolerated);
    // At most twice: see the handler below.
    for (bool fresh = false, answered = false; !answered; fresh = true) {
      if (!self->obtain_at_once(fresh)) co_await self->obtain_connection();
      try {
        self->begin_request();
        // The block with the credentials is wiped at the end of its scope, before the response is awaited.
        {
          http1_request_writer written(request);
          if (!self->write_some(written)) co_await self->write_rest(written);
        }
        self->begin_answer();
        while (!self->reader_->head_complete()) {
          const auto [waited] = co_await self->more();
          self->take(waited);
        }
        answered = true;
      } catch (const ConnectError& error) {
        // A server may close an idle connection while the request is on its way. That is no failure of the
        // call: it is sent again at once, which is no retry. The new connection is not a reused one, so this
        // happens once.
        if (!self->report_.reused || self->report_.response_started ||
            !self->settings_.limits->pool.resend_on_stale_connection)
          throw;
        self->note_unanswered(error);
      }
      if (!answered) self->begin_again();
    }
    self->report_.timing.first_byte = clock::now() - self->sent_at_;
    self->check_proxy_answer();
    // A part of an error body may suffice.
    const bool whole = !self->settings_.streamed && self->response_.succeeded();
    while (whole && !self->response_.complete) {
      self->guard_body();
      const auto [waited] = co_await self->more();
      self->take(waited);
      self->check_body();
    }
    if (self->response_.complete) self->finish();
  } catch (...) {
    problem = std::current_exception();
  }
  self->end_await(problem);
}

awaitable<void> exchange::read_rest(std::shared_ptr<exchange> self) {
  self->begin_await();
  std::exception_ptr problem;
  try {
    while (!self->response_.complete) {
      self->guard_body();
      const auto [waited] = co_await self->more();
      self->take(waited);
      self->check_body();
    }
    self->finish();
  } catch (...) {
    problem = std::current_exception();
  }
  self->end_await(problem);
}

awaitable<void> exchange::read_more(std::shared_ptr<exchange> self, time_point idle_limit) {
  self->begin_await();
  std::exception_ptr problem;
  try {
    const std::size_t before = self->response_.body.size();
    while (!self->response_.complete && self->response_.body.size() == before) {
      // Without a limit of its own it is a body that is read in parts, such as an error's.
      if (idle_limit == time_point::max())
        self->watchdog_->guard(Phase::body, self->limit(self->settings_.limits->times.read));
      else
        self->watchdog_->guard(Phase::stream, std::min(idle_limit, self->settings_.deadline));
      const auto [waited] = co_await self->more();
      self->take(waited);
    }
    if (self->response_.complete) self->finish();
  } catch (...) {
    problem = std::current_exception();
  }
  self->end_await(problem);
}

void exchange::finish() {
  // An abort came after the last byte.
  if (!connection_) return;
  // A connection is kept only without any doubt: the response is complete, nothing follows it, and neither
  // side wants to close.
  if (!answered_early_ && reader_->reusable() && connection_->drained()) {
    connection_->keep_alive = keep_alive_of(response_.headers.find("keep-alive").value_or(""));
    request_->give_back(std::move(connection_));
  } else {
    if (detail::log_wants(LogLevel::debug))
      detail::log_line(LogLevel::debug, "connection.closed").add("endpoint", settings_.to->name).write();
    connection_ = nullptr;
  }
  request_ = nullptr;
}

}  // namespace corochain::transport
