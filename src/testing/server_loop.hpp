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

  const std::string& endpoint() const { return endpoint_; }
  unsigned short port() const { return port_; }
  const std::string& ca_pem() const { return ca_pem_; }
  ledger& records() { return records_; }
  bool on_own_thread() const { return std::this_thread::get_id() == thread_.get_id(); }
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
  void listen(const MockServerOptions& options);
  void accept_when_ready();
  void accept_all();
  void open_gate_if_full();
  void close_idle_sessions();
  void stop();

  // The io_context comes first, because all objects on it must be destroyed before it.
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer accept_again_;
  std::unordered_map<std::size_t, std::shared_ptr<session>> sessions_;
  // The held sessions by the index of their request, which is the order of arrival.
  std::map<std::size_t, std::shared_ptr<session>> gate_;
  std::atomic<std::size_t> hold_until_ = 0;
  std::vector<char> scratch_;
  ledger records_;
  openssl_pointer<SSL_CTX> tls_;
  std::size_t body_limit_;
  std::string service_id_;
  std::string ca_pem_;
  std::string endpoint_;
  unsigned short port_ = 0;
  std::thread thread_;
};

}  // namespace corochain::testing::detail
