// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/exchange.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <functional>

#include "concurrency/run_context.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "transport/connection_pool.hpp"
#include "transport/transport_error.hpp"
#include "transport/watchdog.hpp"

namespace corochain::transport {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;
using parser_type = http::response_parser<http::string_body>;

namespace {

/// What an exchange under way can be stopped by: it is shared with the timer and with the cancellation handler.
struct ongoing {
  std::shared_ptr<const endpoint> to;
  std::shared_ptr<resolver> names;
  time_limits times;
  size_limits sizes;
  std::shared_ptr<watchdog> dog;
  std::unique_ptr<connection> line;
  std::shared_ptr<lookup_wait> lookup;
  bool cancelled = false;

  void abort() noexcept {
    if (line) line->abort();
    if (lookup) resolver::abandon(*lookup);
  }
  /// To be asked after every operation, before its error is looked at: an abort looks like an error of the socket.
  void check() const {
    if (cancelled) throw_cancelled();
    if (dog->expired_in() != Phase::none) throw_timeout(dog->expired_in());
  }
  clock::time_point limit(time_limits::duration most) const {
    const auto now = clock::now();
    return most < times.deadline - now ? now + most : times.deadline;
  }
};

awaitable<std::vector<asio::ip::address>> addresses_of(std::shared_ptr<ongoing> work) {
  std::vector<asio::ip::address> addresses;
  if (work->to->host_is_address) {
    addresses.push_back(asio::ip::make_address(work->to->host));
    co_return addresses;
  }
  work->lookup = work->names->begin(work->to->host);
  const lookup_result found = co_await resolver::finish(work->lookup);
  work->lookup = nullptr;
  work->check();
  if (found.error) throw_lookup_error(*work->to, found.error);
  co_return found.addresses;
}

awaitable<void> connect_to(std::shared_ptr<ongoing> work, std::vector<asio::ip::address> addresses) {
  error_code error = asio::error::host_not_found;
  for (const asio::ip::address& address : addresses) {
    auto& socket = work->line->socket();
    error_code ignored;
    socket.close(ignored);
    const asio::ip::tcp::endpoint target(address, work->to->port);
    socket.open(target.protocol(), error);
    if (error) continue;
    co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
    work->check();
    if (!error) break;
  }
  if (error) throw_connect_error(*work->to, error);
  work->line->socket().set_option(asio::ip::tcp::no_delay(true), error);
}

awaitable<void> shake_hands(std::shared_ptr<ongoing> work) {
  error_code error;
  auto* const tls = work->line->tls();
  work->line->expect_host();
  co_await tls->async_handshake(asio::ssl::stream_base::client,
                                asio::redirect_error(asio::use_awaitable, error));
  work->check();
  if (error) throw_tls_error(*work->to, error, SSL_get_verify_result(tls->native_handle()));
}

awaitable<void> open_connection(std::shared_ptr<ongoing> work, exchange_report& report) {
  const auto start = clock::now();
  const auto limit = work->limit(work->times.connect);
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  work->dog->guard(Phase::resolve, limit);
  auto addresses = co_await addresses_of(work);
  work->dog->guard(Phase::connect, limit);
  work->line = std::make_unique<connection>(detail::io_executor(here), work->to);
  co_await connect_to(work, std::move(addresses));
  report.opened = true;
  const auto connected = clock::now();
  report.timing.connect += connected - start;
  if (!work->to->tls) co_return;
  work->dog->guard(Phase::tls_handshake, limit);
  co_await shake_hands(work);
  report.timing.tls += clock::now() - connected;
}

/// Reads 1xx heads and then the answer's.
template <class Stream>
awaitable<void> read_head(std::shared_ptr<ongoing> work, Stream& stream, std::optional<parser_type>& parser,
                          exchange_report& report) {
  for (int interim = 0;; ++interim) {
    parser.emplace();
    parser->header_limit(work->sizes.head);
    parser->body_limit(work->sizes.body);
    error_code error;
    co_await http::async_read_header(stream, work->line->buffer(), *parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (parser->got_some() || work->line->buffer().size() > 0) report.response_started = true;
    work->check();
    if (error) throw_io_error(error, report.response_started);
    const unsigned status = parser->get().result_int();
    if (status >= 200) co_return;
    if (status == 101 || interim >= work->sizes.interim_answers) {
      ErrorDetails details;
      details.answered = true;
      throw ProtocolError(status == 101 ? "the server wants to switch protocols, which nobody asked for"
                                        : "the server sent more interim answers (1xx) than the limit of 100",
                          std::move(details));
    }
  }
}

template <class Stream>
awaitable<void> read_body(std::shared_ptr<ongoing> work, Stream& stream, parser_type& parser) {
  if (const auto length = parser.content_length())  // large answers are read in large pieces
    work->line->buffer().reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(std::max<std::uint64_t>(*length, 4096), 65536)));
  while (!parser.is_done()) {
    work->dog->guard(Phase::body, work->limit(work->times.read));
    error_code error;
    co_await http::async_read_some(stream, work->line->buffer(), parser,
                                   asio::redirect_error(asio::use_awaitable, error));
    work->check();
    if (error) throw_io_error(error, true);
  }
}

template <class Stream>
awaitable<void> converse(std::shared_ptr<ongoing> work, Stream& stream, std::string_view wire,
                         std::optional<parser_type>& parser, exchange_report& report) {
  error_code error;
  work->dog->guard(Phase::send, work->times.deadline);
  const std::size_t sent = co_await asio::async_write(stream, asio::buffer(wire),
                                                      asio::redirect_error(asio::use_awaitable, error));
  report.bytes_sent = report.bytes_sent || sent > 0 || !error;
  work->check();
  if (error) throw_io_error(error, false);
  const auto start = clock::now();
  work->dog->guard(Phase::first_byte,
                   work->times.first_byte ? work->limit(*work->times.first_byte) : work->times.deadline);
  co_await read_head(work, stream, parser, report);
  report.timing.first_byte = clock::now() - start;
  co_await read_body(work, stream, *parser);
}

/// The seconds of `Keep-Alive: timeout=30`, 0 without one.
std::chrono::seconds keep_alive_of(std::string_view value) {
  const auto at = value.find("timeout=");
  long seconds = 0;
  if (at != std::string_view::npos) {
    const auto digits = value.substr(at + 8);
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  }
  return std::chrono::seconds(std::clamp(seconds, 0L, 86400L));
}

http_answer finish(ongoing& work, parser_type& parser) {
  auto message = parser.release();
  http_answer answer;
  answer.status = static_cast<int>(message.result_int());
  for (const auto& field : message) answer.headers.add(field.name_string(), field.value());
  answer.body = std::move(message.body());
  // Kept only without any doubt: the answer is complete, nothing stands behind it, nobody wants to close.
  if (message.keep_alive() && !message.need_eof() && work.line->drained()) {
    work.line->keep_alive = keep_alive_of(answer.headers.find("keep-alive").value_or(""));
    connection_pool::of(work.line->socket().get_executor()).give(work.to->key, std::move(work.line));
  }
  work.line = nullptr;
  return answer;
}

awaitable<http_answer> try_once(std::shared_ptr<ongoing> work, std::string_view wire,
                                exchange_report& report) {
  std::optional<parser_type> parser;
  if (auto* const tls = work->line->tls())
    co_await converse(work, *tls, wire, parser, report);
  else
    co_await converse(work, work->line->socket(), wire, parser, report);
  co_return finish(*work, *parser);
}

awaitable<http_answer> run_exchange(std::shared_ptr<ongoing> work, std::string_view wire,
                                    exchange_report& report) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (clock::now() >= work->times.deadline) throw_timeout(Phase::queued);
  work->line = connection_pool::of(here).take(work->to->key);
  if (work->line) {
    report.reused = true;
    try {
      co_return co_await try_once(work, wire, report);
    } catch (const ConnectError&) {
      // Nothing of an answer came: the server had closed it meanwhile. Once more on a new connection, which is no retry.
      if (report.response_started) throw;
      report.unanswered_send = report.bytes_sent;
      report.bytes_sent = false;
    }
    report.reused = false;
    work->line = nullptr;
  }
  co_await open_connection(work, report);
  co_return co_await try_once(work, wire, report);
}

/// Stops the timer and closes the connection when the exchange is over, whatever way it ends.
struct cleanup {
  explicit cleanup(ongoing& exchange) : work(exchange) {}
  ~cleanup() {
    work.dog->stop();
    work.line = nullptr;
  }
  cleanup(const cleanup&) = delete;
  cleanup& operator=(const cleanup&) = delete;
  ongoing& work;
};

awaitable<http_answer> run_cleanly(std::shared_ptr<ongoing> work, std::string_view wire,
                                   exchange_report& report) {
  const cleanup at_end(*work);
  co_return co_await run_exchange(work, wire, report);
}

}  // namespace

awaitable<http_answer> exchange(std::shared_ptr<const endpoint> to, std::shared_ptr<resolver> names,
                                std::string_view wire, time_limits times, size_limits sizes,
                                exchange_report& report) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto work = std::make_shared<ongoing>();
  work->to = std::move(to);
  work->names = std::move(names);
  work->times = times;
  work->sizes = sizes;
  work->dog = std::make_shared<watchdog>(here, [weak = std::weak_ptr<ongoing>(work)] {
    if (const auto exchange = weak.lock()) exchange->abort();
  });
  std::function<void()> close = [work] {
    work->cancelled = true;
    work->abort();
  };
  std::optional<http_answer> answer;
  try {
    co_await detail::spawn_and_wait(here, detail::keep(run_cleanly(work, wire, report), answer),
                                    std::move(close));
  } catch (const boost::system::system_error& error) {
    // Cancelled between two operations, Asio speaks before we do.
    if (work->cancelled && !dynamic_cast<const Error*>(&error)) throw_cancelled();
    throw;
  }
  co_return std::move(*answer);
}

}  // namespace corochain::transport
