// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "concurrency/async_event.hpp"
#include "corochain/testing/mock_server.hpp"

namespace corochain::testing::detail {

// The figures that MockServer's functions return.
struct ledger_counts {
  // Complete requests. Also the index of the next one.
  std::size_t requests = 0;
  // Requests that have arrived and are not answered.
  std::size_t in_flight = 0;
  std::size_t max_in_flight = 0;
  // Connections: all so far, those open now, and the most that were open at once.
  std::size_t accepted = 0;
  std::size_t open = 0;
  std::size_t max_open = 0;
  // Completed TLS handshakes, and those among them that resumed a session.
  std::size_t handshakes = 0;
  std::size_t resumed = 0;
};

// The requests that a server received and the answers that it will send: all data that its own thread and its
// users' threads share. Every function may be called from any thread.
class ledger {
 public:
  // Returns the connection's number.
  std::size_t connection_opened();
  // To be called once for each connection, whatever ended it.
  void connection_closed();
  // `resumed`: with the session of an earlier connection.
  void handshake_finished(bool resumed);

  // Stores a complete request under the next index. The reference is valid as long as the ledger.
  const RecordedRequest& request_received(RecordedRequest request);

  // To be called when an answer begins or the client has left.
  void request_ended();

  // See MockServer::reply and MockServer::respond_with.
  void script(MockReply reply);
  void respond_with(MockServer::Responder responder);
  // Takes the next scripted answer out. Empty if there is none.
  std::optional<MockReply> next_scripted();
  // Null if the server answers by itself.
  std::shared_ptr<const MockServer::Responder> responder() const;

  // Copies, because the server goes on adding.
  std::vector<RecordedRequest> requests() const;
  // A copy of all figures at one moment, so that they fit each other.
  ledger_counts counts() const;
  // See MockServer. They block, so the server's own thread must not call them with a patience.
  bool wait_for_requests(std::size_t n, std::chrono::milliseconds patience) const;
  bool wait_for_connections_open(std::size_t n, std::chrono::milliseconds patience) const;
  // As `wait_for_requests`, without blocking. The ledger outlives the coroutine.
  awaitable<void> requests_arrived(std::size_t n);

 private:
  // A coroutine that waits for a number of requests. Its frame holds the event.
  struct arrival_wait {
    std::size_t requests;
    std::weak_ptr<corochain::detail::async_event> event;
  };

  // Waits until the condition is true, which is checked under the lock at each change.
  template <class Condition>
  bool wait(std::chrono::milliseconds patience, Condition condition) const;

  // Guards all members below.
  mutable std::mutex mutex_;
  // Notified when a request arrives and when a connection is opened or closed.
  mutable std::condition_variable changed_;
  // A deque, because references to its elements stay valid.
  std::deque<RecordedRequest> requests_;
  // Scripted answers that no request has taken yet, first in, first out.
  std::deque<MockReply> script_;
  std::shared_ptr<const MockServer::Responder> responder_;
  std::vector<arrival_wait> arrival_waits_;
  ledger_counts counts_;
};

}  // namespace corochain::testing::detail
