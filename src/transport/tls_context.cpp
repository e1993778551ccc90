// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <cstdlib>
#include <filesystem>
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

/// OpenSSL takes the extensions of a certificate apart when they are first asked for. The trusted ones are shared by all
/// connections: done now, nothing of them changes when threads use them. (OpenSSL guards it, in a way that
/// ThreadSanitizer does not see.)
void prepare_trusted(SSL_CTX* context) {
  const STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
    if (X509* const trusted = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i)))
      X509_check_purpose(trusted, -1, 0);
}

/// Whether a directory is made for OpenSSL's look-ups: it holds names such as 5ed36f99.0.
bool is_hashed(const char* directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator each(directory, error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name.size() == 10 && name.ends_with(".0") && name.find_first_not_of("0123456789abcdef") == 8)
      return true;
  }
  return false;
}

/// Trusts what the system trusts. Where its certificates are hashed by name, those that are asked for are read when they
/// are; to read all of the bundle takes 25 ms (measured with Debian's 144), as long as a short program needs for its call.
void trust_system(ssl::context& context, boost::system::error_code& error) {
  const bool named =
      std::getenv(X509_get_default_cert_file_env()) || std::getenv(X509_get_default_cert_dir_env());
  if (!named && is_hashed(X509_get_default_cert_dir()))
    context.add_verify_path(X509_get_default_cert_dir(), error);
  else
    context.set_default_verify_paths(error);
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

[[noreturn]] void refuse_client(const char* why) {
  ERR_clear_error();
  throw ConfigError(std::string("TlsOptions: the client's certificate cannot be used: ") + why);
}

/// The certificate that the client shows to a server that asks for one.
void use_client_certificate(ssl::context& context, const TlsOptions& options) {
  const bool files = !options.client_certificate_file.empty() || !options.client_key_file.empty();
  const bool texts = !options.client_certificate_pem.empty() || !options.client_key_pem.empty();
  if (!files && !texts) return;
  if (files && texts) refuse_client("it is set both as files and as text; set one of the two");
  boost::system::error_code error;
  // Without a password of ours OpenSSL would ask on the terminal.
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
    if (error)
      refuse_client(
          "the private key cannot be read, or is not the certificate's; check client_key_file and "
          "client_key_password");
  } else {
    if (options.client_certificate_pem.empty() || options.client_key_pem.empty())
      refuse_client("client_certificate_pem and client_key_pem are needed both");
    context.use_certificate_chain(boost::asio::buffer(options.client_certificate_pem), error);
    if (error) refuse("client_certificate_pem", error);
    const std::string_view key = options.client_key_pem.reveal();
    context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    if (error)
      refuse_client(
          "the private key cannot be read, or is not the certificate's; check client_key_pem and "
          "client_key_password");
  }
}

}  // namespace

tls_context::tls_context(const TlsOptions& from) : options(from), context(ssl::context::tls_client) {
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, &keep_session);
  context.set_verify_mode(ssl::verify_peer);
  use_client_certificate(context, options);
  boost::system::error_code error;
  trust_system(context, error);
  if (error) refuse("(the system's trust store)", error);
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
  prepare_trusted(native);
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
