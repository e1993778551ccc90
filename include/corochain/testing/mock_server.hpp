// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/recorded_request.hpp"

namespace corochain::testing {

namespace detail {
class server_loop;
}  // namespace detail

/// How a `MockServer` listens. Filled by assignment; a plain value.
class COROCHAIN_EXPORT MockServerOptions {
 public:
  /// What the server shows a client that connects with TLS.
  enum class Certificate {
    valid,    ///< signed by the CA of `MockServer::ca_pem()`, for localhost, 127.0.0.1 and ::1, for a month
    expired,  ///< as `valid`, but it ended yesterday
    wrong_host,   ///< as `valid`, but for other.example only
    self_signed,  ///< right name and time, signed by itself
    untrusted     ///< right name and time, signed by a CA other than the one `MockServer::ca_pem()` returns
  };

  // User-provided, so that this is no aggregate: see the note in RecordedRequest.
  MockServerOptions();

  /// Whether the server speaks HTTPS (TLS 1.2 or later, session tickets on) or plain HTTP.
  bool tls = true;

  /// Which certificate it shows; of no meaning without `tls`.
  Certificate certificate = Certificate::valid;

  /// How many connections may wait to be accepted; the system lowers it to its own maximum.
  unsigned backlog = 65535;

  /// The address to listen on, as a number. Only a loopback address is accepted (127.0.0.0/8 or ::1).
  std::string address = "127.0.0.1";

  /// The largest request body in bytes; a larger one is answered with status 413 and the connection closed.
  std::size_t body_limit = std::size_t{64} * 1024 * 1024;
};

/// A model service for tests and examples: a real HTTP/1.1 server, with or without TLS, on a loopback port that
/// the system chooses.
///
/// Without being told anything it answers a POST to `/openai/deployments/{deployment}/chat/completions`,
/// `/openai/v1/chat/completions` and `/v1/chat/completions` with a chat completion that says
/// "echo: <text of the last user message>". A request for a stream (`"stream":true`) is answered with one, word by
/// word. A POST to the same paths with `/embeddings` at their end is answered with one vector for each text: of length
/// 1, the same for the same text at all times, with as many numbers as `dimensions` says (else 1536, at most 3072), in
/// base64 if `encoding_format` says so and as arrays if not. A token in `usage` stands for four bytes of text. Lists
/// that a service refuses are refused: none, an empty text, more than 2048. Anywhere else is status 404. `reply` and
/// `respond_with` say otherwise:
///
///     MockServer server;
///     server.reply(MockReply::error(500, "InternalServerError", "try again"));   // the first request
///     // ... call server.endpoint(), trusting server.ca_pem() ...
///     EXPECT_EQ(server.request_count(), 2u);                                     // retried once
///
/// It has one thread of its own, and holds thousands of connections on it. A client that closes its connection,
/// or only its sending side, counts as gone at once, also while its request waits for an answer.
///
/// All that is received is kept until the server is destroyed.
///
/// Thread safety: all member functions except the destructor may be called from any thread at the same time,
/// also from a function given to `respond_with`; there, the functions that wait would wait for their own thread,
/// so they return at once.
class COROCHAIN_EXPORT MockServer {
 public:
  /// Makes the answer to a request; see `respond_with`.
  using Responder = std::function<MockReply(const RecordedRequest&)>;

  /// Starts the server; when this returns, clients can connect.
  ///
  /// Throws `std::invalid_argument` if the address is no loopback address, and `std::runtime_error` (or an
  /// exception derived from it) if it cannot listen, make its certificates or start its thread.
  explicit MockServer(MockServerOptions options = MockServerOptions());

  /// Stops the server: closes the port and all connections, whatever they are doing, and joins the thread.
  ///
  /// Must not run on the server's own thread, and returns only when a responder that is running has returned.
  ~MockServer();

  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  /// Returns where it listens, such as "https://127.0.0.1:45123", without a slash at the end.
  std::string endpoint() const;

  /// Returns the port it listens on.
  unsigned short port() const;

  /// Returns, in PEM, the certificate of the CA that a client must trust; "" without TLS.
  ///
  /// For `Certificate::self_signed` and `Certificate::untrusted` it is a CA that did not sign what the server
  /// shows.
  std::string ca_pem() const;

  /// Scripts the answer to the next request that has none yet: first in, first out, each used once, in the order
  /// in which requests arrive completely.
  void reply(MockReply answer);

  /// Answers every request that finds no scripted answer with what this function returns.
  ///
  /// It is called on the server's thread when the request has arrived, and the server does nothing else
  /// meanwhile: it must not block. An exception that leaves it becomes a status 500 that carries its `what()`.
  /// An empty function restores the default answer. Takes effect for requests that arrive later.
  void respond_with(Responder responder);

  /// Answers nothing until `n` requests are held at once (complete requests received from then on whose client
  /// is still there), then releases all of them in order of arrival and holds none any more.
  ///
  /// The latency of a reply counts from the arrival of its request, not from the release. 0 switches holding off
  /// and releases what is held. Each call replaces the one before; requests already held stay and count.
  void hold_until(std::size_t n);

  /// Returns copies of all requests, in order of complete arrival.
  std::vector<RecordedRequest> requests() const;

  /// Returns the number of complete requests received.
  std::size_t request_count() const;

  /// Returns the highest number of requests that were received and not yet answered at the same time.
  ///
  /// A request counts as answered just before the first byte of its answer is sent, so that a client that never
  /// has more than n calls open is never seen with more than n.
  std::size_t max_in_flight() const;

  /// Returns the number of connections accepted so far.
  std::size_t connections_accepted() const;

  /// Returns the number of connections that neither side has closed, those that are still doing their TLS
  /// handshake included.
  std::size_t connections_open() const;

  /// Returns the highest value that `connections_open()` ever had.
  std::size_t max_connections_open() const;

  /// Waits until at least `n` requests have arrived completely; false if that took longer than `patience`.
  bool wait_for_requests(std::size_t n, std::chrono::milliseconds patience) const;

  /// Waits until exactly `n` connections are open; false if that took longer than `patience`.
  bool wait_for_connections_open(std::size_t n, std::chrono::milliseconds patience) const;

  /// Closes, in an orderly way, all connections between two requests: those whose handshake is over and on which
  /// no byte of a next request has arrived. Has done so when it returns.
  void close_idle_connections();

  /// Returns the number of TLS handshakes that were completed, resumed ones included.
  std::size_t tls_handshakes() const;

  /// Returns the number of completed TLS handshakes that resumed an earlier session.
  std::size_t tls_resumed() const;

 private:
  std::unique_ptr<detail::server_loop> loop_;
};

}  // namespace corochain::testing
