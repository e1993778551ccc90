// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/mock_server.hpp"

#include <utility>

#include "testing/server_loop.hpp"

// The public face of the server. server_loop.cpp has the thread and the port, session.cpp a connection,
// ledger.cpp the data that both sides share. Each function here goes to one of them.
namespace corochain::testing {

MockServer::MockServer(MockServerOptions options) : loop_(std::make_unique<detail::server_loop>(options)) {}

// server_loop's destructor closes everything and joins the thread.
MockServer::~MockServer() = default;

std::string MockServer::endpoint() const { return loop_->endpoint(); }
unsigned short MockServer::port() const { return loop_->port(); }
std::string MockServer::ca_pem() const { return loop_->ca_pem(); }

void MockServer::reply(MockReply answer) { loop_->records().script(answer); }

void MockServer::respond_with(Responder responder) { loop_->records().respond_with(std::move(responder)); }

void MockServer::hold_until(std::size_t n) { loop_->hold_until(n); }

std::vector<RecordedRequest> MockServer::requests() const { return loop_->records().requests(); }
std::size_t MockServer::request_count() const { return loop_->records().counts().requests; }
std::size_t MockServer::max_in_flight() const { return loop_->records().counts().max_in_flight; }
std::size_t MockServer::connections_accepted() const { return loop_->records().counts().accepted; }
std::size_t MockServer::connections_open() const { return loop_->records().counts().open; }
std::size_t MockServer::max_connections_open() const { return loop_->records().counts().max_open; }
std::size_t MockServer::tls_handshakes() const { return loop_->records().counts().handshakes; }
std::size_t MockServer::tls_resumed() const { return loop_->records().counts().resumed; }

bool MockServer::wait_for_requests(std::size_t n, std::chrono::milliseconds patience) const {
  // Within a responder it would wait for its own thread, which alone can make the condition true.
  if (loop_->on_own_thread()) patience = std::chrono::milliseconds(0);
  return loop_->records().wait_for_requests(n, patience);
}

awaitable<void> MockServer::wait_for_requests(std::size_t n) const {
  return loop_->records().requests_arrived(n);
}

bool MockServer::wait_for_connections_open(std::size_t n, std::chrono::milliseconds patience) const {
  // Within a responder it would wait for its own thread, which alone can make the condition true.
  if (loop_->on_own_thread()) patience = std::chrono::milliseconds(0);
  return loop_->records().wait_for_connections_open(n, patience);
}

void MockServer::close_idle_connections() { loop_->close_idle_connections(); }

}  // namespace corochain::testing
