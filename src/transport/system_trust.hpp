// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <mutex>
#include <string>

namespace corochain::transport {

/// Where the certificates are that the system trusts: a file of many, and a directory of files. OpenSSL's
/// defaults differ by distribution; many have both.
struct trust_places {
  std::string file;
  /// One directory or several, as OpenSSL writes lists.
  std::string directory;
  /// Named by the environment, not OpenSSL's default.
  bool file_is_named = false;

  friend bool operator==(const trust_places&, const trust_places&) = default;
};

/// OpenSSL's default file and directory. SSL_CERT_FILE and SSL_CERT_DIR each replace one of them, unless the
/// program has raised privileges.
trust_places system_trust_places();

/// The certificates in both places. A missing or unreadable place is skipped: the other may suffice. Each
/// `tls_context` has one, and its handshakes use it from any thread.
class system_trust {
 public:
  explicit system_trust(trust_places places) : places_(std::move(places)) {}

  /// Adds it to a context's trust store. This must live as long as the context.
  ///
  /// Reading a whole bundle takes 25 ms (measured with Debian's 144 certificates), as long as a short program
  /// needs for its call. If the directory is hashed by name, OpenSSL finds single certificates in it. Then
  /// OpenSSL's default file, which usually holds the same ones, is read only when a server is not trusted
  /// without it.
  void add_to(SSL_CTX* context);
  const trust_places& places() const noexcept { return places_; }

 private:
  /// Called by OpenSSL instead of its own verification, in a handshake. Reads the file if the chain is not
  /// trusted without it.
  static int verify(X509_STORE_CTX* chain, void* self);

  trust_places places_;
  std::once_flag file_read_;
};

/// Parses the extensions of a store's trusted certificates. OpenSSL would do so on first use. All connections
/// share the store; done now, it does not change any more when threads use it. (OpenSSL guards it in a way
/// that ThreadSanitizer does not see.)
void prepare_trusted(X509_STORE* store);

}  // namespace corochain::transport
