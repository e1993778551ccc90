// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_context.hpp"

#include <openssl/err.h>
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

/// OpenSSL hands over a session when its ticket arrives, which with TLS 1.3 is after the handshake.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  const auto* const to = static_cast<const endpoint*>(SSL_get_app_data(ssl));
  if (!to) return 0;
  // The return value 1 tells OpenSSL that the session is ours now.
  session_ptr owned(session);
  try {
    to->tls->sessions.put(to->key, std::move(owned));
  } catch (...) {  // memory is short: the next handshake is a full one, and C frames see no exception
    owned.reset();
  }
  return 1;
}

[[noreturn]] void refuse_client(const std::string& why) {
  ERR_clear_error();
  throw ConfigError("TlsOptions: the client's certificate cannot be used: " + why);
}

[[noreturn]] void refuse_key(const std::string& option) {
  refuse_client("the private key cannot be read, or is not the certificate's; check " + option +
                " and client_key_password");
}

/// Sets the certificate that the client shows to a server that asks for one.
void use_client_certificate(ssl::context& context, const TlsOptions& options) {
  const bool files = !options.client_certificate_file.empty() || !options.client_key_file.empty();
  const bool texts = !options.client_certificate_pem.empty() || !options.client_key_pem.empty();
  if (!files && !texts) return;
  if (files && texts) refuse_client("it is set both as files and as text; set one of the two");
  boost::system::error_code error;
  // Without a callback of ours OpenSSL would ask for the password on the terminal.
  context.set_password_callback(
      [&options](std::size_t, ssl::context::password_purpose) {
        return std::string(options.client_key_password.reveal());
      },
      error);
  if (files) {
    const std::string& chain = options.client_certificate_file;
    const std::string& key = options.client_key_file.empty() ? chain : options.client_key_file;
    if (chain.empty()) refuse_client("client_key_file is set without client_certificate_file");
    context.use_certificate_chain_file(chain, error);
    if (error) refuse("client_certificate_file", error);
    context.use_private_key_file(key, ssl::context::pem, error);
    if (error) refuse_key("client_key_file");
  } else {
    if (options.client_certificate_pem.empty() || options.client_key_pem.empty())
      refuse_client("both client_certificate_pem and client_key_pem are needed");
    context.use_certificate_chain(boost::asio::buffer(options.client_certificate_pem), error);
    if (error) refuse("client_certificate_pem", error);
    const std::string_view key = options.client_key_pem.reveal();
    context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    if (error) refuse_key("client_key_pem");
  }
}

}  // namespace

tls_context::tls_context(const TlsOptions& from, trust_places places)
    : options(from), system(std::move(places)), context(ssl::context::tls_client) {
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Compression would let an attacker guess secrets by their length, and a renegotiation could change the
  // certificate after it was verified.
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // OpenSSL hands sessions over and keeps none itself: its own cache knows no endpoints.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, &keep_session);
  context.set_verify_mode(ssl::verify_peer);
  use_client_certificate(context, options);
  system.add_to(native);
  boost::system::error_code error;
  if (!options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
  if (error) refuse("ca_file", error);
  if (!options.ca_path.empty()) context.add_verify_path(options.ca_path, error);
  if (error) refuse("ca_path", error);
  if (!options.ca_pem.empty()) {
    if (options.ca_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
      throw ConfigError(
          "TlsOptions::ca_pem holds no PEM certificate; give the text itself, or a file's name as ca_file");
    context.add_certificate_authority(boost::asio::buffer(options.ca_pem), error);
    if (error) refuse("ca_pem", error);
  }
  prepare_trusted(SSL_CTX_get_cert_store(native));
}

std::shared_ptr<tls_context> tls_context_for(const TlsOptions& options) {
  static std::mutex mutex;
  static std::vector<std::weak_ptr<tls_context>> known;
  trust_places places = system_trust_places();
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& context) { return context.expired(); });
  for (const auto& context : known)
    if (auto found = context.lock(); found && found->options == options && found->system.places() == places)
      return found;
  auto made = std::make_shared<tls_context>(options, std::move(places));
  known.push_back(made);
  return made;
}

}  // namespace corochain::transport
