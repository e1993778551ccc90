// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"

namespace corochain {

/// The limits of connections, to each endpoint and in each execution context. Models that share an endpoint
/// share its connections; each model's calls keep to its own limits.
///
/// TCP's keep-alive probes watch each connection, so that a model may think for minutes behind a NAT: the
/// first probe comes after 30 s without a byte, then one every 10 s; five that are lost end the connection.
class COROCHAIN_EXPORT ConnectionOptions {
 public:
  ConnectionOptions();

  /// Connections that are open or being opened at once; 0, the default, means no limit. Calls beyond it wait
  /// in order of arrival; the wait is `Timing::queued`.
  std::size_t max_connections = 0;
  /// Connections that are being opened at once, their TLS handshakes included; 0 means no limit. A thousand
  /// handshakes at once make each of them slow and cost memory (measured: 48 KB a connection instead of 39),
  /// so the rest waits.
  std::size_t max_connecting = 256;
  /// Connections that are kept open between calls. Unset means as many as were opened.
  std::optional<std::size_t> max_idle_connections;
  /// The time that a connection is kept between calls; shorter if the server says so
  /// (`Keep-Alive: timeout=`).
  std::chrono::seconds idle_timeout{90};
  /// The time that a connection is used at all: a new one looks the name up again.
  std::chrono::minutes max_age{10};
  /// Whether a request is sent again, once and at once, if the server had closed the kept connection on which
  /// it was sent (no byte of an answer came). This is no retry: `max_retries` does not bound it. Both sends
  /// are in the call's `attempts`, the second one with `AttemptRecord::resent`. A server that closes a
  /// connection because of the request gets it twice. If false, the call gets the `ConnectError`, which is
  /// retryable, and is retried as `max_retries` says.
  bool resend_on_stale_connection = true;
};

/// The most that a server may send, in bytes. An answer beyond it is a `TooLargeError` that names the option.
class COROCHAIN_EXPORT SizeLimits {
 public:
  SizeLimits();

  std::uint32_t response_head = 64 * 1024;
  std::uint64_t response_body = std::uint64_t{64} * 1024 * 1024;
  std::uint64_t stream_event = std::uint64_t{16} * 1024 * 1024;
  /// Bounds a streamed answer: its texts, arguments of tool calls and logprobs. `response_body` does not
  /// bound streams.
  std::uint64_t stream = std::uint64_t{64} * 1024 * 1024;
  /// Bounds a stream's body as it is sent: names, quotes and comments count as well.
  std::uint64_t stream_wire = std::uint64_t{1024} * 1024 * 1024;
  /// The number of 1xx answers before the real one.
  int interim_responses = 100;
};

/// The proxy that requests go through. https endpoints are reached by CONNECT, so that the proxy sees no
/// content, and http endpoints by requests with an absolute target.
class COROCHAIN_EXPORT ProxyOptions {
 public:
  ProxyOptions();

  /// The proxy's address: `http://[user:password@]host[:port]`; `http://` may be left out. User and password
  /// may be percent-encoded. They are sent to the proxy alone (Basic), in front of https and of http
  /// endpoints. Empty means the proxy of the environment, if `from_environment`.
  ///
  /// The constructor of a model or credential throws a `ConfigError` if the value is no such URL, if the
  /// proxy itself would be reached over https, or if user or password hold a control byte. The error names
  /// the option or variable and quotes nothing of it.
  Secret url;
  /// Hosts that are reached directly, in the form of the variable NO_PROXY, separated by commas, semicolons
  /// or blanks: names (with all names below them; a dot or `*.` in front changes nothing), addresses,
  /// networks such as 10.0.0.0/8 or `10.*`, and `*` for all. A port behind a host limits it to that port.
  std::string no_proxy;
  /// Whether HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in upper or lower case, count if `url` is empty.
  /// HTTP_PROXY does not count in a CGI program (REQUEST_METHOD is set), where a client could set it with a
  /// header `Proxy:`.
  bool from_environment = true;
  /// Whether a proxy that the environment names is used for this machine's own addresses too: `localhost`,
  /// names below it, 127.0.0.0/8 and ::1. Usually no proxy elsewhere can reach them. `url` is used for them
  /// in any case, since the caller that sets it knows the endpoint; name them in `no_proxy` to except them
  /// there.
  bool for_loopback = false;
};

}  // namespace corochain
