// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing {

namespace detail {
class server_loop;
}  // namespace detail

/// The options of a `MockServer`. A plain value, filled by assignment.
class COROCHAIN_EXPORT MockServerOptions {
 public:
  /// The certificate that the server shows a client that connects with TLS.
  enum class Certificate {
    /// Signed by the CA of `MockServer::ca_pem()`, for localhost, 127.0.0.1 and ::1, for a month.
    valid,
    /// As `valid`, but it ended yesterday.
    expired,
    /// As `valid`, but for other.example only.
    wrong_host,
    /// The right name and time, signed by itself.
    self_signed,
    /// The right name and time, signed by a CA other than the one that `MockServer::ca_pem()` returns.
    untrusted
  };

  // Declared, so that this is no aggregate: see the note in RecordedRequest.
  MockServerOptions() = default;

  /// True: the server speaks HTTPS (TLS 1.2 or later, session tickets on). False: plain HTTP.
  bool tls = true;

  /// The certificate that it shows. Has no effect without `tls`.
  Certificate certificate = Certificate::valid;

  /// The number of connections that may wait to be accepted. The system lowers it to its own maximum.
  unsigned backlog = 65535;

  /// The address to listen on, as a number. Only a loopback address is accepted (127.0.0.0/8 or ::1).
  std::string address = "127.0.0.1";

  /// The largest request body in bytes. A larger one is answered with status 413, and the connection is
  /// closed.
  std::size_t body_limit = std::size_t{64} * 1024 * 1024;
};

/// A model service for tests and examples: a real HTTP/1.1 server, with or without TLS, on a loopback port
/// that the system chooses.
///
/// By default it answers a POST to `/openai/deployments/{deployment}/chat/completions`,
/// `/openai/v1/chat/completions` and `/v1/chat/completions` with a chat completion that says "echo: <text of
/// the last user message>". A request for a stream (`"stream":true`) is answered with one, word by word. A
/// POST to the same paths with `/embeddings` at their end is answered with one vector for each text. A vector
/// has length 1 and is always the same for the same text. It has `dimensions` numbers (else 1536, at most
/// 3072), in base64 if `encoding_format` asks for it and as an array if not. A token in `usage` stands for
/// four bytes of text. Lists that a service refuses are refused: no texts, an empty text, more than 2048
/// texts. Any other path is status 404. `reply` and `respond_with` replace these answers:
///
///     MockServer server;
///     server.reply(MockReply::error(500, "InternalServerError", "try again"));   // the first request
///     // ... call server.endpoint(), trusting server.ca_pem() ...
///     EXPECT_EQ(server.request_count(), 2u);                                     // retried once
///
/// It has one thread of its own, and holds thousands of connections on it. A client that closes its
/// connection, or only its sending side, counts as gone at once, also while its request waits for an answer.
///
/// All requests are kept until the server is destroyed.
///
/// Thread safety: all member functions except the destructor may be called from any thread at the same time,
/// also from a function given to `respond_with`. There, the functions that wait would wait for their own
/// thread, so they return at once.
class COROCHAIN_EXPORT MockServer {
 public:
  /// Makes the answer to a request; see `respond_with`.
  using Responder = std::function<MockReply(const RecordedRequest&)>;

  /// Starts the server; when this returns, clients can connect.
  ///
  /// Throws `std::invalid_argument` if the address is no loopback address, and `std::runtime_error` (or an
  /// exception derived from it) if it cannot listen, make its certificates or start its thread.
  explicit MockServer(MockServerOptions options = MockServerOptions());

  /// Stops the server: closes the port and all connections in any state, and joins the thread.
  ///
  /// Must not run on the server's own thread. Returns only when a running responder has returned.
  ~MockServer();

  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  /// Returns the URL of the server, such as "https://127.0.0.1:45123", without a slash at the end.
  std::string endpoint() const;

  /// Returns the port it listens on.
  unsigned short port() const;

  /// Returns, in PEM, the certificate of the CA that a client must trust; "" without TLS.
  ///
  /// For `Certificate::self_signed` and `Certificate::untrusted` it is a CA that did not sign the server's
  /// certificate.
  std::string ca_pem() const;

  /// Scripts the answer to the next request that has none yet. Answers are used once each, first in, first
  /// out, in the order in which requests arrive completely.
  void reply(MockReply answer);

  /// Answers every request without a scripted answer with the result of this function.
  ///
  /// The function is called on the server's thread when the request has arrived. The server does nothing else
  /// meanwhile, so the function must not block. Its exception becomes a status 500 with its `what()`. An
  /// empty function restores the default answer. Takes effect for requests that arrive later.
  void respond_with(Responder responder);

  /// Holds all answers until `n` requests are held at the same time. A request counts if it arrives
  /// completely after this call and its client is still connected. Then all of them are released in order of
  /// arrival, and no more are held.
  ///
  /// The latency of a reply counts from the arrival of its request, not from the release. 0 switches holding
  /// off and releases the held requests. Each call replaces the one before; requests already held stay and
  /// count.
  void hold_until(std::size_t n);

  /// Returns copies of all requests, in order of complete arrival.
  std::vector<RecordedRequest> requests() const;

  /// Returns the number of complete requests received.
  std::size_t request_count() const;

  /// Returns the highest number of requests that were received and not yet answered at the same time.
  ///
  /// A request counts as answered just before the first byte of its answer is sent. So a client that never
  /// has more than n calls open is never counted with more than n.
  std::size_t max_in_flight() const;

  /// Returns the number of connections accepted so far.
  std::size_t connections_accepted() const;

  /// Returns the number of connections that neither side has closed, including those in their TLS handshake.
  std::size_t connections_open() const;

  /// Returns the highest value that `connections_open()` ever had.
  std::size_t max_connections_open() const;

  /// Waits until at least `n` requests have arrived completely. Returns false if that takes longer than
  /// `patience`.
  bool wait_for_requests(std::size_t n, std::chrono::milliseconds patience) const;

  /// Waits until at least `n` requests have arrived completely, without blocking: the awaiting coroutine
  /// resumes on its own executor. So a test can cancel calls exactly when they are in flight:
  ///
  ///     co_await server.wait_for_requests(3);   // a cc::timeout around it bounds the wait
  ///     signal.emit(asio::cancellation_type::terminal);
  ///
  /// Throws `CancelledError` if it is cancelled before. The server outlives the wait. It is no work of
  /// `VirtualTime::run`: the server is on the real clock.
  [[nodiscard]] awaitable<void> wait_for_requests(std::size_t n) const;

  /// Waits until exactly `n` connections are open. Returns false if that takes longer than `patience`.
  bool wait_for_connections_open(std::size_t n, std::chrono::milliseconds patience) const;

  /// Closes all connections between two requests in an orderly way: those whose handshake is over and on
  /// which no byte of a next request has arrived. They are closed when it returns.
  void close_idle_connections();

  /// Returns the number of TLS handshakes that were completed, resumed ones included.
  std::size_t tls_handshakes() const;

  /// Returns the number of completed TLS handshakes that resumed an earlier session.
  std::size_t tls_resumed() const;

 private:
  std::unique_ptr<detail::server_loop> loop_;
};

}  // namespace corochain::testing
