// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/transport_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>

#include "core/timeout_text.hpp"
#include "transport/response_reader.hpp"

namespace corochain::transport {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

std::string name_of(const endpoint& to) { return to.host + ":" + std::to_string(to.port); }

/// The peer of the TCP connection: the proxy, if there is one, and else the endpoint.
std::string name_of_next(const endpoint& to) {
  return (to.proxy ? "the proxy " : "") + to.connect_host() + ":" + std::to_string(to.connect_port());
}
const char* what_it_is(const endpoint& to) { return to.proxy ? "proxy" : "endpoint"; }

[[noreturn]] void throw_connect(ConnectProblem problem, std::string message,
                                const boost::system::error_code& cause, bool retryable) {
  ErrorDetails details;
  details.cause = cause;
  details.connect_problem = problem;
  details.retryable = retryable;
  throw ConnectError(std::move(message), std::move(details));
}

/// Whether the server's alert is about the client's certificate. With TLS 1.3 it comes after the handshake.
bool wants_other_certificate(const boost::system::error_code& cause) {
  if (cause.category() != asio::error::get_ssl_category()) return false;
  switch (ERR_GET_REASON(static_cast<unsigned long>(cause.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return true;
    default: return false;
  }
}

/// Whether the connection ended, as opposed to an error in the bytes that came over it. An end may be chance,
/// so that another attempt makes sense.
bool is_end(const boost::system::error_code& cause) {
  return cause == asio::error::eof || cause == asio::ssl::error::stream_truncated ||
         cause == http::error::end_of_stream || cause.category() == boost::system::system_category();
}

}  // namespace

void throw_lookup_error(const endpoint& to, const boost::system::error_code& cause) {
  throw_connect(ConnectProblem::dns,
                "the host '" + to.connect_host() + "' could not be found (" + cause.message() +
                    "); check the " + what_it_is(to) + "'s spelling and this machine's name resolution",
                cause, cause != asio::error::host_not_found);
}

void throw_connect_error(const endpoint& to, const boost::system::error_code& cause) {
  if (cause == boost::system::errc::too_many_files_open ||
      cause == boost::system::errc::too_many_files_open_in_system)
    throw_connect(
        ConnectProblem::too_many_files,
        "no more files can be opened (" + cause.message() +
            "): each call in flight needs one. Raise the limit of open files (ulimit -n, LimitNOFILE, or "
            "setrlimit), or lower max_concurrency",
        cause, false);
  if (cause == boost::system::errc::address_not_available)
    throw_connect(ConnectProblem::no_port,
                  "no local port is free for " + name_of_next(to) + " (" + cause.message() +
                      "); lower max_concurrency, or widen net.ipv4.ip_local_port_range",
                  cause, true);
  if (cause == asio::error::connection_refused)
    throw_connect(ConnectProblem::refused,
                  name_of_next(to) + " refused the connection; check that the " + what_it_is(to) +
                      "'s host and port are right and that the server runs",
                  cause, true);
  const bool unreachable = cause == asio::error::host_unreachable ||
                           cause == asio::error::network_unreachable || cause == asio::error::network_down;
  const bool timed_out = cause == asio::error::timed_out;
  throw_connect(unreachable                              ? ConnectProblem::unreachable
                : timed_out                              ? ConnectProblem::timeout
                : cause == asio::error::connection_reset ? ConnectProblem::reset
                                                         : ConnectProblem::other,
                "could not connect to " + name_of_next(to) + " (" + cause.message() +
                    "); check the network and the " + what_it_is(to),
                cause, true);
}

void throw_tls_error(const endpoint& to, const boost::system::error_code& cause, long verify_result) {
  if (verify_result == X509_V_OK && is_end(cause))
    throw_connect(ConnectProblem::reset,
                  name_of(to) + " ended the connection in the TLS handshake (" + cause.message() +
                      "); check that the port speaks TLS 1.2 or newer",
                  cause, true);
  ErrorDetails details;
  details.cause = cause;
  if (verify_result == X509_V_OK)
    throw TlsError("the TLS handshake with " + name_of(to) + " failed (" + cause.message() +
                       "); check that the port speaks TLS 1.2 or newer",
                   std::move(details));
  std::string advice = "; the connection was closed before anything was sent";
  switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      advice = "; it is not a certificate for '" + to.host + "': check the endpoint's host";
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      advice = "; check the server's certificate and this machine's clock";
      break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      advice =
          "; if you trust its issuer, name it in TlsOptions::ca_file, ca_path or ca_pem; else install the "
          "system's "
          "certificates (package ca-certificates)";
      break;
    default: break;
  }
  throw TlsError("the certificate of " + name_of(to) + " was not accepted (" +
                     X509_verify_cert_error_string(verify_result) + ")" + advice,
                 std::move(details));
}

void throw_proxy_error(const endpoint& to, int status, const boost::system::error_code& cause) {
  const std::string who = "the proxy " + to.proxy->host + ":" + std::to_string(to.proxy->port);
  ErrorDetails details;
  details.cause = cause;
  details.connect_problem = ConnectProblem::proxy;
  details.http_status = status;
  details.retryable = status == 0 ? is_end(cause) : status >= 500 || status == 429;
  if (status == 0)
    throw ConnectError(who + " gave no valid response to CONNECT (" + cause.message() +
                           "); check that it is an HTTP proxy and that its port is right",
                       std::move(details));
  throw ConnectError(who + " refused to connect to " + name_of(to) + " with status " +
                         std::to_string(status) +
                         (status == 407 || status == 401 ? "; set the proxy's user name and password"
                                                         : "; check that it allows this host and port"),
                     std::move(details));
}

void throw_too_large(const char* what, std::uint64_t bytes, const char* option) {
  ErrorDetails details;
  details.answered = true;
  throw TooLargeError("the " + std::string(what) + " is larger than its limit of " + std::to_string(bytes) +
                          " bytes (option limits." + option + "); check the endpoint, or raise the limit",
                      std::move(details));
}

void throw_io_error(const boost::system::error_code& cause, bool response_started,
                    const size_limits& limits) {
  ErrorDetails details;
  details.cause = cause;
  details.answered = response_started;
  if (cause == http::error::header_limit) throw_too_large("head of the answer", limits.head, "response_head");
  if (cause == http::error::body_limit) throw_too_large("body of the answer", limits.body, "response_body");
  if (cause == response_problem::too_many_interim)
    throw ProtocolError("the server sent more interim answers (1xx) than the limit of " +
                            std::to_string(limits.interim_answers) + " (option limits.interim_responses)",
                        std::move(details));
  if (cause == response_problem::switched_protocols)
    throw ProtocolError("the server wants to switch protocols, although the request did not ask for it",
                        std::move(details));
  const bool is_http = cause.category() == http::make_error_code(http::error::end_of_stream).category();
  if (is_http && cause != http::error::end_of_stream && cause != http::error::partial_message)
    throw ProtocolError(
        "the server's response is not HTTP/1.1 (" + cause.message() + "); check the endpoint's port",
        std::move(details));
  if (!response_started && wants_other_certificate(cause))
    throw TlsError("the server does not accept the client's certificate (" + cause.message() +
                       "); see client_certificate_file and client_certificate_pem in TlsOptions",
                   std::move(details));
  if (response_started)
    throw TruncatedError("the connection ended before the answer was complete (" + cause.message() + ")",
                         std::move(details));
  throw_connect(ConnectProblem::reset,
                "the connection ended before an answer came (" + cause.message() +
                    "); the request may have reached the server",
                cause, true);
}

namespace {
/// The options that bound a phase.
const char* options_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::resolve:
    case Phase::connect:
    case Phase::proxy:
    case Phase::tls_handshake: return "s connect_timeout and timeout";
    case Phase::first_byte: return "s first_byte_timeout and timeout";
    case Phase::send:
    case Phase::body: return "s read_timeout and timeout";
    case Phase::stream: return "s stream_idle_timeout and timeout";
    default: return " timeout";
  }
}
}  // namespace

void throw_timeout(Phase phase) {
  ErrorDetails details;
  details.phase = phase;
  throw TimeoutError(detail::timeout_text(phase) + "; see the option" + options_of(phase),
                     std::move(details));
}

void throw_cancelled() { throw CancelledError("the call was cancelled; its connection is closed"); }

}  // namespace corochain::transport
