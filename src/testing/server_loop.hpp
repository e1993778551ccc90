// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "corochain/testing/mock_server.hpp"
#include "testing/ledger.hpp"
#include "testing/tls_engine.hpp"

namespace corochain::testing::detail {

class session;

// The server behind MockServer: one thread with an io_context, the port, and the sessions.
class server_loop {
 public:
  explicit server_loop(const MockServerOptions& options);
  ~server_loop();

  // May be called from any thread.

  // Set before the thread starts.
  const std::string& endpoint() const { return endpoint_; }
  unsigned short port() const { return port_; }
  const std::string& ca_pem() const { return ca_pem_; }
  ledger& records() { return records_; }
  // True inside a responder. Functions that wait for the thread must not wait then.
  bool on_own_thread() const { return std::this_thread::get_id() == thread_.get_id(); }
  // See MockServer.
  void hold_until(std::size_t n);
  void close_idle_connections();

  // Sessions call these on the loop's thread.

  // Null without TLS.
  SSL_CTX* tls() const { return tls_.get(); }
  std::size_t body_limit() const { return body_limit_; }
  const std::string& service_id() const { return service_id_; }
  // A buffer that a handler uses until it returns.
  std::vector<char>& scratch() { return scratch_; }

  // Returns the answer: the scripted one, the responder's, or the echo.
  MockReply choose_reply(const RecordedRequest& request);

  // Takes a request that waits for an answer. Calls session::answer_when_due, at once or when the gate opens.
  void enter_gate(const std::shared_ptr<session>& holder, std::size_t index);
  void leave_gate(std::size_t index);

  // Forgets a session that has closed its socket.
  void closed(std::size_t number);

 private:
  // Opens the port and sets `port_` and `endpoint_`. Throws a system_error if that fails.
  void listen(const MockServerOptions& options);
  // Waits for clients, then calls accept_all().
  void accept_when_ready();
  void accept_all();
  // Releases the held requests if there are as many as wanted.
  void open_gate_if_full();
  // Closes the sessions that wait for a request. On the thread.
  void close_idle_sessions();
  // Closes everything, so that the thread ends.
  void stop();

  // The io_context comes first, because all objects on it must be destroyed before it.
  boost::asio::io_context context_;
  // Keeps the thread in run() while there are no clients.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ip::tcp::acceptor acceptor_;
  // Waits before the next attempt to accept when the process has no file descriptors left.
  boost::asio::steady_timer accept_again_;
  // All open sessions by the number of their connection.
  std::unordered_map<std::size_t, std::shared_ptr<session>> sessions_;
  // The held sessions by the index of their request, which is the order of arrival.
  std::map<std::size_t, std::shared_ptr<session>> gate_;
  // The number of requests that opens the gate; 0: requests are not held. Set by any thread.
  std::atomic<std::size_t> hold_until_ = 0;
  // One buffer for all sessions, because a buffer for each of thousands would be most of their memory.
  std::vector<char> scratch_;
  // Below are members that are set before the thread starts and never change, except the ledger, which has a
  // lock.
  ledger records_;
  openssl_pointer<SSL_CTX> tls_;
  std::size_t body_limit_;
  std::string service_id_;
  std::string ca_pem_;
  std::string endpoint_;
  unsigned short port_ = 0;
  // The last member: all others exist when it starts.
  std::thread thread_;
};

}  // namespace corochain::testing::detail
