// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <functional>
#include <new>

#include "concurrency/async_event.hpp"
#include "transport/connection_slot.hpp"

namespace corochain::transport {
namespace asio = boost::asio;
using error_code = boost::system::error_code;

namespace {

/// TCP's keep-alive probes. They find out within 80 s that the network has forgotten a connection, on which a
/// call would otherwise wait until its deadline. RFC 5382 lets a NAT forget a silent connection after two
/// hours, but Azure's load balancers do after four minutes; the probes also keep them from that.
constexpr std::chrono::seconds first_probe_after{30};
constexpr std::chrono::seconds between_probes{10};
constexpr int most_lost_probes = 5;

#ifdef TCP_KEEPALIVE  // macOS
constexpr int first_probe_option = TCP_KEEPALIVE;
#else
constexpr int first_probe_option = TCP_KEEPIDLE;
#endif

/// Sets the options of a new socket. Errors are ignored: the connection works without these options.
void prepare(int socket) noexcept {
  const auto set = [socket](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  // A request is written at once. Nagle's algorithm would hold back the end of one that takes two writes
  // until the server's delayed acknowledgment of the first.
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, first_probe_option, static_cast<int>(first_probe_after.count()));
  set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(between_probes.count()));
  set(IPPROTO_TCP, TCP_KEEPCNT, most_lost_probes);
}

}  // namespace

connection::connection(socket_type socket, std::shared_ptr<const endpoint> to,
                       std::unique_ptr<connection_slot> slot)
    : to_(std::move(to)), slot_(std::move(slot)), socket_(std::move(socket)), opened_by_(::getpid()) {
  prepare(socket_.native_handle());
}

connection::~connection() {
  // A child of fork that drops what it inherited must not speak on the parent's connection.
  if (tls_ && socket_.is_open() && ::getpid() == opened_by_) tls_->say_goodbye();
}

void connection::prepare_tls() {
  tls_.emplace(to_->tls->context.native_handle(), socket_.native_handle());
  SSL* const native = tls_->native();
  // For tickets that arrive later: `keep_session` of tls_context.cpp finds the endpoint by it.
  SSL_set_app_data(native, const_cast<endpoint*>(to_.get()));
  X509_VERIFY_PARAM* const expected = SSL_get0_param(native);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = to_->host_is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, to_->host.c_str()) == 1
                                        : SSL_set1_host(native, to_->host.c_str()) == 1 &&
                                              SSL_set_tlsext_host_name(native, to_->host.c_str()) == 1;
  // The host was validated when its URL was parsed, so the only cause is a lack of memory.
  if (!set) throw std::bad_alloc();
  if (const session_ptr session = to_->tls->sessions.take(to_->key, std::time(nullptr)))
    SSL_set_session(native, session.get());
}

io_step connection::read(char* to, std::size_t size) noexcept {
  if (tls_) return tls_->read(to, size);
  if (socket_empty_) return {io_step::state::want_read, 0, {}};
  // Asio's own read would complete through the loop, also if the bytes are there already.
  ssize_t count;
  do count = ::recv(socket_.native_handle(), to, size, MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  if (count > 0) {
    // A short read has taken everything (epoll(7) says so, too).
    socket_empty_ = static_cast<std::size_t>(count) < size;
    return {io_step::state::done, static_cast<std::size_t>(count), {}};
  }
  if (count == 0) return {io_step::state::failed, 0, asio::error::eof};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {io_step::state::want_read, 0, {}};
  return {io_step::state::failed, 0, error_code(errno, boost::system::system_category())};
}

io_step connection::write(const char* from, std::size_t size) noexcept {
  if (tls_) return tls_->write(from, size);
  ssize_t count;
  // Without MSG_NOSIGNAL a server that has closed would end the process by SIGPIPE.
  do count = ::send(socket_.native_handle(), from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  if (count >= 0) {
    handed_over_ += static_cast<std::uint64_t>(count);
    return {io_step::state::done, static_cast<std::size_t>(count), {}};
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {io_step::state::want_write, 0, {}};
  return {io_step::state::failed, 0, error_code(errno, boost::system::system_category())};
}

std::uint64_t connection::held_back() noexcept {
  int bytes = 0;
#ifdef SO_NWRITE  // macOS
  socklen_t size = sizeof bytes;
  if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_NWRITE, &bytes, &size) != 0) return 0;
#else
  if (::ioctl(socket_.native_handle(), TIOCOUTQ, &bytes) != 0) return 0;
#endif
  return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

namespace {

/// Begins a wait whose cancellation is handled by the owner and not by the socket. The socket's own handling
/// would only end the wait; the owner closes the descriptor in the same moment.
struct start_wait {
  template <class Handler>
  void operator()(Handler handler, connection::socket_type& socket, connection::socket_type::wait_type what,
                  std::weak_ptr<abortable> owner) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected())
      slot.assign([owner = std::move(owner)](asio::cancellation_type) {
        if (const auto cancelled = owner.lock()) cancelled->abort();
      });
    socket.async_wait(what, asio::bind_cancellation_slot(asio::cancellation_slot(), std::move(handler)));
  }
};

}  // namespace

awaitable<std::tuple<error_code>> connection::wait_for(io_step::state what, std::weak_ptr<abortable> owner) {
  expect_more();
  const auto direction = what == io_step::state::want_read ? socket_type::wait_read : socket_type::wait_write;
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  return asio::async_initiate<decltype(token), void(error_code)>(start_wait(), token, std::ref(socket_),
                                                                 direction, std::move(owner));
}

awaitable<error_code> connection::wait_for_either(std::weak_ptr<abortable> owner) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  struct outcome {
    std::shared_ptr<detail::async_event> event = std::make_shared<detail::async_event>();
    error_code error = asio::error::operation_aborted;
  };
  auto shared = std::make_shared<outcome>();
  for (const auto direction : {socket_type::wait_read, socket_type::wait_write})
    socket_.async_wait(direction, asio::bind_executor(here, [shared](error_code error) {
                         shared->event->fire([&] { shared->error = error; });
                       }));
  std::function<void()> on_cancel = [owner = std::move(owner)] {
    if (const auto cancelled = owner.lock()) cancelled->abort();
  };
  co_await detail::async_event::wait(shared->event, std::move(on_cancel));
  // The other wait is still under way, and nothing needs it any more.
  error_code ignored;
  if (socket_.is_open()) socket_.cancel(ignored);
  expect_more();
  co_return shared->error;
}

void connection::abort() noexcept {
  error_code ignored;
  socket_.close(ignored);
}

connection::next_byte connection::peek() noexcept {
  char byte;
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) return next_byte::there;
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? next_byte::not_yet : next_byte::never;
}

bool connection::quiet() noexcept {
  if (!socket_.is_open() || !drained()) return false;
  const next_byte next = peek();
  // Bytes that are there may be TLS tickets, which may come late. TLS tells them from data and from an
  // announced end. It is not asked after an end without an announcement: it would forbid to resume the
  // session.
  return next == next_byte::not_yet || (next == next_byte::there && tls_ && tls_->drained(true));
}

}  // namespace corochain::transport
