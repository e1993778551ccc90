// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/system_trust.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace corochain::transport {
namespace {

/// The value of an environment variable, empty in a program with raised privileges: its user must not choose
/// whom it trusts.
std::string value_of(const char* variable) {
  const char* const value = OPENSSL_issetugid() ? nullptr : std::getenv(variable);
  return value ? value : "";
}

/// Whether a directory is hashed for OpenSSL's look-ups: it holds names such as 5ed36f99.0.
bool is_hashed(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator each(directory, error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name.size() == 10 && name.ends_with(".0") && name.find_first_not_of("0123456789abcdef") == 8)
      return true;
  }
  return false;
}

void read_file(X509_STORE* store, const std::string& file) {
  X509_STORE_load_file(store, file.c_str());
  ERR_clear_error();
  prepare_trusted(store);
}

}  // namespace

trust_places system_trust_places() {
  trust_places places;
  places.file = value_of(X509_get_default_cert_file_env());
  places.directory = value_of(X509_get_default_cert_dir_env());
  places.file_is_named = !places.file.empty();
  if (!places.file_is_named) places.file = X509_get_default_cert_file();
  if (places.directory.empty()) places.directory = X509_get_default_cert_dir();
  return places;
}

void prepare_trusted(X509_STORE* store) {
  X509_STORE_lock(store);
  const STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
    if (X509* const trusted = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i)))
      X509_check_purpose(trusted, -1, 0);
  X509_STORE_unlock(store);
}

void system_trust::add_to(SSL_CTX* context) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // A directory is only noted here. OpenSSL looks into it for each issuer that it does not know.
  X509_STORE_load_path(store, places_.directory.c_str());
  ERR_clear_error();
  if (!places_.file_is_named && is_hashed(places_.directory))
    SSL_CTX_set_cert_verify_callback(context, &verify, this);
  else
    read_file(store, places_.file);
}

int system_trust::verify(X509_STORE_CTX* chain, void* self) {
  if (X509_verify_cert(chain) == 1) return 1;
  auto& trust = *static_cast<system_trust*>(self);
  X509_STORE* const store = X509_STORE_CTX_get0_store(chain);
  std::call_once(trust.file_read_, [&] { read_file(store, trust.places_.file); });
  // A chain is verified only once, so it is verified anew with all that is required of it.
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> again(X509_STORE_CTX_new(),
                                                                         &X509_STORE_CTX_free);
  if (!again || X509_STORE_CTX_init(again.get(), store, X509_STORE_CTX_get0_cert(chain),
                                    X509_STORE_CTX_get0_untrusted(chain)) != 1)
    return 0;
  X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(again.get()), X509_STORE_CTX_get0_param(chain));
  const bool good = X509_verify_cert(again.get()) == 1;
  X509_STORE_CTX_set_error(chain, X509_STORE_CTX_get_error(again.get()));
  // The first attempt left errors, which OpenSSL would report for the handshake.
  ERR_clear_error();
  if (good) X509_STORE_CTX_set0_verified_chain(chain, X509_STORE_CTX_get1_chain(again.get()));
  return good ? 1 : 0;
}

}  // namespace corochain::transport
