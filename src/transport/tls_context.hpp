// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "corochain/core/tls_options.hpp"
#include "transport/system_trust.hpp"
#include "transport/tls_sessions.hpp"

namespace corochain::transport {

/// A client's trust, read from the system and from the options, and the sessions that it can resume.
/// Endpoints share it, and with them models and threads. Only the sessions change after the constructor.
struct tls_context {
  /// Reads everything that can be wrong now, so that the model's constructor reports it and not its first
  /// call.
  explicit tls_context(const TlsOptions& from, trust_places places = system_trust_places());

  TlsOptions options;
  system_trust system;
  boost::asio::ssl::context context;
  /// By the endpoint's key, so that no session is shown to another host or proxy.
  tls_sessions sessions;
};

/// Returns the context for these options and the trust that the environment names. Equal ones share one
/// context while it is in use, so that the trust store, which takes milliseconds to read, is read once.
/// Throws a `ConfigError` that names the option that cannot be used. Safe from any thread.
std::shared_ptr<tls_context> tls_context_for(const TlsOptions& options);

}  // namespace corochain::transport
