// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

#include "corochain/core/error.hpp"
#include "transport/endpoint.hpp"
#include "transport/limits.hpp"

namespace corochain::transport {

// The errors of this layer: each function turns an error code of the system, OpenSSL or Beast into the
// library's exception, with the kind, the advice and the facts that decide on another attempt. The texts say
// what happened and then what to do. They hold hosts and ports, and never a part of a request or a response.

/// Throws the error for a name that could not be looked up.
[[noreturn]] void throw_lookup_error(const endpoint& to, const boost::system::error_code& cause);
/// Throws the error for a socket that could not be opened or connected.
[[noreturn]] void throw_connect_error(const endpoint& to, const boost::system::error_code& cause);
/// Throws the error for a failed handshake. `verify_result` is OpenSSL's.
[[noreturn]] void throw_tls_error(const endpoint& to, const boost::system::error_code& cause,
                                  long verify_result);
/// Throws the error for a proxy that answered CONNECT with `status`, or, if that is 0, with no valid
/// response.
[[noreturn]] void throw_proxy_error(const endpoint& to, int status, const boost::system::error_code& cause);
/// Throws the error for a connection that failed while sending or reading.
[[noreturn]] void throw_io_error(const boost::system::error_code& cause, bool response_started,
                                 const size_limits& limits);
/// Throws "the {what} is larger than its limit of {bytes} bytes (option limits.{option})".
[[noreturn]] void throw_too_large(const char* what, std::uint64_t bytes, const char* option);
/// Throws the error for a limit that passed in `phase`, with the options that set such limits. Only the
/// phases before the request was sent are retryable: later it may be billed.
[[noreturn]] void throw_timeout(Phase phase);
/// Throws the error for a call that was cancelled. Its connection is closed by then.
[[noreturn]] void throw_cancelled();

}  // namespace corochain::transport
