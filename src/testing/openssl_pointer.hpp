// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>

// The little of OpenSSL that certificates.cpp and tls_engine.cpp both need.
namespace corochain::testing::detail {

// Releases OpenSSL's objects, each with the function of its type. OpenSSL's headers leave this to the caller.
struct openssl_release {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL* connection) const { SSL_free(connection); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
// Owns an object of OpenSSL. Null if OpenSSL could not make it: check with `require`.
template <class T>
using openssl_pointer = std::unique_ptr<T, openssl_release>;

// Throws std::runtime_error with `what`, the action that failed, and the last OpenSSL error of this thread.
// Clears the thread's errors, because OpenSSL would report them again after the thread's next call.
[[noreturn]] inline void throw_openssl_error(const std::string& what) {
  char text[256] = "unknown error";
  const unsigned long code = ERR_peek_last_error();
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  throw std::runtime_error("mock server cannot " + what + ": " + text);
}
// Does the same unless `done` is true.
inline void require(bool done, const char* what) {
  if (!done) throw_openssl_error(what);
}

}  // namespace corochain::testing::detail
