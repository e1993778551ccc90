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

/// How many blocks are read in one go before others get their turn.
constexpr int blocks_in_a_row = 4;

/// The seconds of `Keep-Alive: timeout=30`, 0 without one. One second, which is too little to be used, stands for less.
std::chrono::seconds keep_alive_of(std::string_view value) {
  const auto at = value.find("timeout=");
  if (at == std::string_view::npos) return {};
  const auto digits = value.substr(at + 8);
  long seconds = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (read.ptr == digits.data()) return {};
  return std::chrono::seconds(read.ec == std::errc() ? std::clamp(seconds, 1L, 86400L) : 86400L);
}

void log_connection(std::string_view event, const endpoint& to) {
  if (detail::log_wants(LogLevel::debug))
    detail::log_line(LogLevel::debug, event).add("endpoint", to.name).write();
}

}  // namespace

exchange::exchange(const asio::any_io_executor& serial, exchange_settings settings)
    : serial_(serial), settings_(std::move(settings)) {}

exchange::~exchange() {
  if (dog_) dog_->stop();
  drop_connection();
}

// ---- being stopped

void exchange::abort() noexcept {
  cancelled_ = true;
  if (place_wait_) place_wait_->event()->fire();
  if (lookup_) resolver::abandon(*lookup_);
  if (race_) race_->abort();
  if (line_) line_->abort();
  if (!busy_) drop_connection();  // nobody else will give its place back
}

/// To be asked after every wait, before its error is looked at: an abort looks like an error of the socket.
void exchange::check() const {
  if (dog_->expired_in() != Phase::none) throw_timeout(dog_->expired_in());
  if (cancelled_) throw_cancelled();
}

void exchange::fail(const error_code& error) const {
  const size_limits& sizes = settings_.sizes;
  if (error == http::error::body_limit && settings_.streamed && sizes.stream >= sizes.body)
    throw_too_large("stream", sizes.stream, "stream");
  throw_io_error(error, report_.response_started, sizes);
}

exchange::time_point exchange::limit(time_limits::duration most) const {
  const auto now = clock::now();
  return most < settings_.times.deadline - now ? now + most : settings_.times.deadline;
}

void exchange::drop_connection() noexcept {
  place_wait_ = nullptr;
  lookup_ = nullptr;
  race_ = nullptr;
  line_ = nullptr;
  place_ = nullptr;
  call_ = nullptr;
}

/// Awaits `body`. Each wait in it closes the descriptor at once when it is cancelled, before the frames unwind.
awaitable<void> exchange::guarded(std::shared_ptr<exchange> self, awaitable<void> body) {
  if (!self->dog_) self->dog_ = std::make_shared<watchdog>(self->serial_, self);
  std::exception_ptr error;
  self->busy_ = true;
  try {
    co_await std::move(body);
  } catch (...) {
    error = std::current_exception();
  }
  self->busy_ = false;
  self->dog_->rest();
  if (!error) co_return;
  self->drop_connection();
  try {
    std::rethrow_exception(error);
  } catch (const Error&) {
    throw;
  } catch (const boost::system::system_error& failure) {
    self->check();
    if (failure.code() == asio::error::operation_aborted) throw_cancelled();  // Asio, between two operations
    throw;
  }
}

awaitable<void> exchange::send(std::shared_ptr<exchange> self, std::string_view wire) {
  return guarded(self, self->run_send(wire));
}
awaitable<void> exchange::send_and_read(std::shared_ptr<exchange> self, std::string_view wire) {
  return guarded(self, self->run_send_and_read(wire));
}
awaitable<void> exchange::read_rest(std::shared_ptr<exchange> self) {
  return guarded(self, self->run_read_rest());
}
awaitable<void> exchange::read_more(std::shared_ptr<exchange> self, time_point idle_limit) {
  return guarded(self, self->run_read_more(idle_limit));
}

// ---- connecting

awaitable<void> exchange::obtain_connection(bool fresh) {
  grant given;
  place_wait_ = call_->begin(fresh, given);
  if (place_wait_) {
    const auto start = clock::now();
    dog_->guard(Phase::queued, settings_.times.deadline);
    co_await detail::one_shot_event::wait(place_wait_->event());
    given = place_wait_->take();
    place_wait_ = nullptr;
    report_.timing.queued += clock::now() - start;
    check();
    if (!given) throw_cancelled();
  }
  if (given.kept) {
    line_ = std::move(given.kept);
    report_.reused = true;
    log_connection("connection.reused", *settings_.to);
  } else {
    report_.reused = false;
    co_await open_connection(std::move(given.place));
  }
}

awaitable<void> exchange::open_connection(std::unique_ptr<open_slot> place) {
  place_ = std::move(place);
  reader_ = nullptr;
  const auto start = clock::now();
  const auto until = limit(settings_.times.connect);
  dog_->guard(Phase::resolve, until);
  std::vector<asio::ip::address> addresses;
  if (settings_.to->connect_host_is_address()) {
    addresses.push_back(asio::ip::make_address(settings_.to->connect_host()));
  } else {
    lookup_ = settings_.names->begin(settings_.to->connect_host());
    lookup_result found = co_await resolver::finish(lookup_);
    lookup_ = nullptr;
    check();
    if (found.error == asio::error::operation_aborted) throw_cancelled();
    if (found.error) throw_lookup_error(*settings_.to, found.error);
    addresses = std::move(found.addresses);
  }
  dog_->guard(Phase::connect, until);
  race_ = std::make_shared<connect_race>(detail::io_executor(serial_), serial_, std::move(addresses),
                                         settings_.to->connect_port());
  const error_code error = co_await connect_race::run(race_);
  check();
  if (error == asio::error::operation_aborted) throw_cancelled();
  if (error) throw_connect_error(*settings_.to, error);
  auto socket = race_->take();
  race_ = nullptr;
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  line_ = std::make_unique<connection>(std::move(socket), settings_.to, std::move(place_));
  report_.opened = true;
  if (settings_.to->proxy && settings_.to->tls) {
    dog_->guard(Phase::proxy, until);
    co_await ask_proxy();
  }
  const auto connected = clock::now();
  report_.timing.connect += connected - start;
  if (settings_.to->tls) {
    dog_->guard(Phase::tls_handshake, until);
    co_await shake_hands();
    report_.timing.tls += clock::now() - connected;
  }
  line_->place().connected(line_->has_tls(), line_->resumed());
  if (detail::log_wants(LogLevel::debug))
    detail::log_line(LogLevel::debug, "connection.opened")
        .add("endpoint", settings_.to->name)
        .add("took", clock::now() - start)
        .add("resumed", line_->resumed() ? "yes" : "no")
        .write();
}

awaitable<void> exchange::wait_for(io_step::state what) {
  const auto [error] = co_await line_->wait_for(what, weak_from_this());
  check();
  if (error) fail(error);
}

awaitable<void> exchange::ask_proxy() {
  bool early = false;
  const std::string_view request = settings_.to->proxy->connect_request.reveal();
  response_reader proxy_answer(settings_.sizes, settings_.sizes.head);
  try {
    co_await write_all(request, &early);
    while (!proxy_answer.head_complete()) {
      char piece[1024];
      const io_step step = line_->read(piece, sizeof piece);
      if (step.how == io_step::state::want_read) {
        co_await wait_for(step.how);
        continue;
      }
      if (step.how == io_step::state::failed) throw_proxy_error(*settings_.to, 0, step.error);
      const error_code error = proxy_answer.feed({piece, step.bytes});
      if (error && !proxy_answer.head_complete()) throw_proxy_error(*settings_.to, 0, error);
    }
  } catch (const ConnectError& failure) {
    if (failure.problem() == ConnectProblem::proxy) throw;
    throw_proxy_error(*settings_.to, 0, failure.cause());
  }
  const int status = proxy_answer.status();
  if (status < 200 || status > 299) throw_proxy_error(*settings_.to, status, {});
  if (!proxy_answer.body().empty()) throw_proxy_error(*settings_.to, 0, {});  // a server does not speak first
}

awaitable<void> exchange::shake_hands() {
  line_->prepare_tls();
  for (;;) {
    const io_step step = line_->handshake();
    if (step.how == io_step::state::done) co_return;
    if (step.how == io_step::state::failed)
      throw_tls_error(*settings_.to, step.error, line_->verify_result());
    const auto [error] = co_await line_->wait_for(step.how, weak_from_this());
    check();
    if (error) throw_tls_error(*settings_.to, error, line_->verify_result());
  }
}

// ---- sending and reading

void exchange::take_available(response_reader& reader) {
  block_lease block;
  if (!block.acquire()) throw std::bad_alloc();
  next_wait_ = io_step::state::done;
  const bool head_was_there = reader.head_complete();
  for (int i = 0; i < blocks_in_a_row && !reader.complete(); ++i) {
    const io_step step = line_->read(block.data(), block_size);
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
    broken_ = error;  // the status is heard first, also if all of it came at once
    return;
  }
}

/// Takes what comes next, waiting for it unless there is more than one turn's work.
awaitable<void> exchange::take_more() {
  if (broken_) fail(broken_);
  if (next_wait_ == io_step::state::done)
    co_await asio::post(serial_, asio::use_awaitable);
  else
    co_await wait_for(next_wait_);
  check();
  take_available(*reader_);
}

awaitable<void> exchange::write_all(std::string_view wire, bool* answered_early) {
  while (!wire.empty()) {
    const io_step step = line_->write(wire.data(), wire.size());
    if (step.how == io_step::state::done) {
      if (reader_) report_.bytes_sent = true;  // of the request itself: what a proxy is told is none of it
      wire.remove_prefix(step.bytes);
      continue;
    }
    if (step.how == io_step::state::failed) {
      // A server that has answered and closed makes the writing fail: its answer counts.
      if (reader_) {
        line_->expect_more();
        try {
          take_available(*reader_);
        } catch (const Error&) {
          fail(step.error);
        }
        *answered_early = reader_->head_complete();
        if (*answered_early) co_return;
      }
      fail(step.error);
    }
    const error_code error = co_await line_->wait_for_either(weak_from_this());
    check();
    if (error) fail(error);
    if (!reader_) continue;
    take_available(*reader_);
    *answered_early = reader_->head_complete();
    if (*answered_early) co_return;
  }
}

awaitable<void> exchange::read_head() {
  next_wait_ = io_step::state::want_read;  // an answer is hardly ever there at once
  if (line_->pending()) take_available(*reader_);
  while (!reader_->head_complete()) co_await take_more();
}

awaitable<void> exchange::try_once(std::string_view wire) {
  const auto& sizes = settings_.sizes;
  const auto most = settings_.streamed ? std::max(sizes.body, sizes.stream) : sizes.body;
  reader_ = std::make_unique<response_reader>(sizes, most);
  if (settings_.secret) line_->keep_no_plaintext();
  dog_->guard(Phase::send, settings_.times.deadline);
  co_await write_all(wire, &cut_request_);
  const auto start = clock::now();
  const auto& first_byte = settings_.times.first_byte;
  time_point until = settings_.times.deadline;
  if (first_byte) until = limit(*first_byte);
  dog_->guard(Phase::first_byte, until);
  co_await read_head();
  report_.timing.first_byte = clock::now() - start;
}

awaitable<void> exchange::run_send(std::string_view wire) {
  if (clock::now() >= settings_.times.deadline) throw_timeout(Phase::queued);
  call_ = connection_pool::of(serial_).call(*settings_.to, settings_.pool);
  co_await obtain_connection(false);
  bool again = false;
  try {
    co_await try_once(wire);
  } catch (const ConnectError&) {
    // Nothing of an answer came: the server had closed it meanwhile. Once more on a new connection, which is no retry.
    if (!report_.reused || report_.response_started) throw;
    again = true;
  }
  if (again) {
    report_.unanswered_send = report_.bytes_sent;
    report_.bytes_sent = false;
    line_ = nullptr;
    co_await obtain_connection(true);
    co_await try_once(wire);
  }
  if (reader_->complete()) finish();
}

awaitable<void> exchange::run_read_rest() {
  while (!reader_->complete()) {
    dog_->guard(Phase::body, limit(settings_.times.read));
    co_await take_more();
    if (reader_->body().size() > settings_.sizes.body)
      throw_too_large("body of the answer", settings_.sizes.body, "response_body");
  }
  finish();
}

awaitable<void> exchange::run_send_and_read(std::string_view wire) {
  co_await run_send(wire);
  const bool good = reader_->status() >= 200 && reader_->status() < 300;  // of an error less may do
  if (good && line_) co_await run_read_rest();
}

awaitable<void> exchange::run_read_more(time_point idle_limit) {
  const std::size_t before = reader_->body().size();
  while (!reader_->complete() && reader_->body().size() == before) {
    const auto read_limit = limit(settings_.times.read);
    const bool idle_first = idle_limit < read_limit;
    dog_->guard(idle_first ? Phase::stream : Phase::body, idle_first ? idle_limit : read_limit);
    co_await take_more();
  }
  if (reader_->complete()) finish();
}

void exchange::finish() {
  if (!line_) return;
  // Kept only without any doubt: the answer is complete, nothing stands behind it, nobody wants to close.
  if (!cut_request_ && reader_->reusable() && line_->drained()) {
    line_->keep_alive = keep_alive_of(reader_->headers().find("keep-alive").value_or(""));
    call_->give_back(std::move(line_));
  } else {
    log_connection("connection.closed", *settings_.to);
    line_ = nullptr;
  }
  call_ = nullptr;
}

}  // namespace corochain::transport
