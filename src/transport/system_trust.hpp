// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <mutex>
#include <string>

namespace corochain::transport {

/// Where the certificates are that the system trusts: a file of many, and a directory of files.
struct trust_places {
  std::string file;
  std::string directory;       ///< or several, as OpenSSL writes lists
  bool file_is_named = false;  ///< by the environment, and not OpenSSL's default

  friend bool operator==(const trust_places&, const trust_places&) = default;
};

/// OpenSSL's default file and directory; SSL_CERT_FILE and SSL_CERT_DIR each replace one of them, unless the program
/// has raised privileges.
trust_places system_trust_places();

/// Trust in what stands in both places. One that is missing or cannot be read is passed over: the other may do.
class system_trust {
 public:
  explicit system_trust(trust_places places) : places_(std::move(places)) {}
  system_trust(const system_trust&) = delete;
  system_trust& operator=(const system_trust&) = delete;

  /// Adds it to a context's trust store; this must live as long as the context.
  ///
  /// To read all of a bundle takes 25 ms (measured with Debian's 144 certificates), as long as a short program needs
  /// for its call. Where the directory is hashed by name, so that OpenSSL finds in it what it needs, OpenSSL's default
  /// file, which usually holds the same, is read when a server is not trusted without it.
  void add_to(SSL_CTX* context);
  const trust_places& places() const noexcept { return places_; }

 private:
  static int verify(X509_STORE_CTX* chain, void* self);

  trust_places places_;
  std::once_flag file_read_;
};

/// Reads what the trusted certificates of a store say of themselves. OpenSSL does so when it is first asked; the store
/// is shared by all connections, and done now, nothing of it changes when threads use it. (OpenSSL guards it, in a way
/// that ThreadSanitizer does not see.)
void prepare_trusted(X509_STORE* store);

}  // namespace corochain::transport
