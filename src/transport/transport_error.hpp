// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

#include "corochain/core/error.hpp"
#include "transport/endpoint.hpp"
#include "transport/limits.hpp"

namespace corochain::transport {

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
[[noreturn]] void throw_timeout(Phase phase);
[[noreturn]] void throw_cancelled();

}  // namespace corochain::transport
