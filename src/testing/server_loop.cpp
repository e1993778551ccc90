// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/server_loop.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <future>
#include <limits>
#include <stdexcept>
#include <utility>

#include "testing/certificates.hpp"
#include "testing/echo_model.hpp"
#include "testing/embedding_model.hpp"
#include "testing/session.hpp"

// Accepts connections, chooses answers, and holds requests back. One thread does all of it: a mock answer
// costs microseconds, and with one thread the order of events in a test is the order of arrival.
namespace corochain::testing::detail {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A mock server on a public address would answer anybody.
asio::ip::address loopback_address(const std::string& text) {
  error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error || !address.is_loopback()) {
    throw std::invalid_argument("MockServer: '" + text + "' is no loopback address");
  }
  return address;
}

// So that a test with two servers can tell by a request id which one has answered.
std::string next_service_id() {
  static std::atomic<std::size_t> count = 0;
  return "mock" + std::to_string(count.fetch_add(1));
}

}  // namespace

// Everything that can fail fails before the thread is started, so that an exception leaves nothing running.
server_loop::server_loop(const MockServerOptions& options)
    : context_(1),
      work_(context_.get_executor()),
      acceptor_(context_),
      accept_again_(context_),
      scratch_(std::size_t{64} * 1024),
      body_limit_(options.body_limit),
      service_id_(next_service_id()) {
  const auto address = loopback_address(options.address);
  if (options.tls) {
    auto certificates = issue_certificates(options.certificate, address.to_string());
    tls_ = make_tls_context(certificates);
    ca_pem_ = std::move(certificates.ca);
  }
  // The port is open and the wait for clients begun before the thread runs, so no client comes too early.
  listen(options);
  accept_when_ready();
  thread_ = std::thread([this] { context_.run(); });
}

server_loop::~server_loop() {
  // On the thread itself, since sessions have no lock.
  asio::post(context_, [this] { stop(); });
  thread_.join();
}

void server_loop::listen(const MockServerOptions& options) {
  const tcp::endpoint wanted(loopback_address(options.address), 0);
  constexpr unsigned most = std::numeric_limits<int>::max();
  acceptor_.open(wanted.protocol());
  acceptor_.bind(wanted);
  acceptor_.listen(static_cast<int>(std::min(options.backlog, most)));
  // accept_all() accepts until the system has no more connections waiting.
  acceptor_.non_blocking(true);
  // Port 0 lets the system choose: no two tests want the same port.
  const tcp::endpoint local = acceptor_.local_endpoint();
  port_ = local.port();
  const std::string host = local.address().to_string();
  endpoint_ = std::string(options.tls ? "https://" : "http://") +
              (local.address().is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(port_);
}

void server_loop::accept_when_ready() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code error) {
    if (!error) accept_all();
  });
}

// Accepts all waiting connections before anything else is done. Handshakes cost a thousand times more than
// this, and a burst of clients must not overflow the backlog meanwhile.
void server_loop::accept_all() {
  while (acceptor_.is_open()) {
    tcp::socket socket(context_);
    error_code error;
    acceptor_.accept(socket, error);
    if (!error) {
      const std::size_t number = records_.connection_opened();
      const auto opened = std::make_shared<session>(*this, std::move(socket), number);
      sessions_.emplace(number, opened);
      opened->start();
      continue;
    }
    if (error == asio::error::would_block || error == asio::error::try_again) return accept_when_ready();
    // This client has closed its connection again.
    if (error == asio::error::connection_aborted) continue;
    // The process probably has no file descriptors left. The port stays readable, so a wait for it would spin
    // until a file is closed.
    accept_again_.expires_after(std::chrono::milliseconds(10));
    accept_again_.async_wait([this](error_code cancelled) {
      if (!cancelled) accept_all();
    });
    return;
  }
}

// A responder is the test's code, and its exception must not end the server's thread.
MockReply server_loop::choose_reply(const RecordedRequest& request) {
  if (auto scripted = records_.next_scripted()) return *scripted;
  const auto responder = records_.responder();
  if (!responder) {
    auto embeddings = embedding_reply(request);
    return embeddings ? *embeddings : echo_reply(request);
  }
  try {
    return (*responder)(request);
  } catch (const std::exception& thrown) {
    return MockReply::error(500, "InternalServerError", thrown.what());
  } catch (...) {
    return MockReply::error(500, "InternalServerError", "the responder threw no std::exception");
  }
}

// The number is set at once, so that a request that arrives before the posted check is held, too.
void server_loop::hold_until(std::size_t n) {
  hold_until_ = n;
  asio::post(context_, [this] { open_gate_if_full(); });
}

// Also holds a request if others are held already: they are released together, in order.
void server_loop::enter_gate(const std::shared_ptr<session>& holder, std::size_t index) {
  if (hold_until_ == 0 && gate_.empty()) return holder->answer_when_due();
  gate_.emplace(index, holder);
  open_gate_if_full();
}

void server_loop::leave_gate(std::size_t index) { gate_.erase(index); }

void server_loop::open_gate_if_full() {
  std::size_t wanted = hold_until_;
  if (gate_.size() < wanted) return;
  // Switches holding off, unless a call has set another number meanwhile. That call has posted another check
  // of the gate.
  if (!hold_until_.compare_exchange_strong(wanted, 0)) return;
  // Taken out first, because an answer may close its session, which then leaves the gate.
  const auto released = std::exchange(gate_, {});
  for (const auto& [index, holder] : released) holder->answer_when_due();
}

void server_loop::close_idle_connections() {
  if (on_own_thread()) return close_idle_sessions();
  std::promise<void> done;
  auto close_all = [this, &done] {
    close_idle_sessions();
    done.set_value();
  };
  // Two posts: a client may have read its answer while the handler that wrote it was still running. The end
  // of that write is queued after the first post at worst, but before the second.
  asio::post(context_, [this, close_all] { asio::post(context_, close_all); });
  done.get_future().wait();
}

// In two steps, because closing a session removes it from the map.
void server_loop::close_idle_sessions() {
  std::vector<std::shared_ptr<session>> idle;
  for (const auto& [number, open] : sessions_) {
    if (open->is_idle()) idle.push_back(open);
  }
  for (const auto& open : idle) open->close_politely();
}

// The map has the last reference of a session without outstanding operations.
void server_loop::closed(std::size_t number) {
  sessions_.erase(number);
  records_.connection_closed();
}

// The order matters: no new sessions first, then the end of those that are open, then the permission for
// run() to return.
void server_loop::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  accept_again_.cancel();
  // A copy, because closing a session removes it.
  const auto open = sessions_;
  for (const auto& [number, holder] : open) holder->close();
  // run() returns when the handlers of the closed sockets have run.
  work_.reset();
}

}  // namespace corochain::testing::detail
