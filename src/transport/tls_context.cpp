// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_context.hpp"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <mutex>
#include <string_view>
#include <vector>

#include "corochain/core/error.hpp"
#include "transport/endpoint.hpp"

namespace corochain::transport {
namespace ssl = boost::asio::ssl;
namespace {

[[noreturn]] void refuse(const char* option, const boost::system::error_code& cause) {
  ErrorDetails details;
  details.cause = cause;
  throw ConfigError(std::string("TlsOptions::") + option + " cannot be used (" + cause.message() +
                        "); it must name readable PEM certificates",
                    std::move(details));
}

/// OpenSSL hands a session over when its ticket arrives, which with TLS 1.3 is after the handshake.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  const auto* const to = static_cast<const endpoint*>(SSL_get_app_data(ssl));
  if (!to) return 0;
  session_ptr owned(session);  // as the return value says
  try {
    to->tls->sessions.put(to->key, std::move(owned));
  } catch (...) {  // short of memory: the next connection does without, and C frames see no exception
    owned.reset();
  }
  return 1;
}

}  // namespace

tls_context::tls_context(const TlsOptions& from) : options(from), context(ssl::context::tls_client) {
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, &keep_session);
  context.set_verify_mode(ssl::verify_peer);
  boost::system::error_code error;
  context.set_default_verify_paths(error);
  if (error) refuse("(the system's trust store)", error);
  if (!options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
  if (error) refuse("ca_file", error);
  if (!options.ca_path.empty()) context.add_verify_path(options.ca_path, error);
  if (error) refuse("ca_path", error);
  if (options.ca_pem.empty()) return;
  if (options.ca_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
    throw ConfigError(
        "TlsOptions::ca_pem holds no PEM certificate; give the text itself, or a file's name as ca_file");
  context.add_certificate_authority(boost::asio::buffer(options.ca_pem), error);
  if (error) refuse("ca_pem", error);
}

std::shared_ptr<tls_context> tls_context_for(const TlsOptions& options) {
  static std::mutex mutex;
  static std::vector<std::weak_ptr<tls_context>> known;
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& context) { return context.expired(); });
  for (const auto& context : known)
    if (auto found = context.lock(); found && found->options == options) return found;
  auto made = std::make_shared<tls_context>(options);
  known.push_back(made);
  return made;
}

}  // namespace corochain::transport
