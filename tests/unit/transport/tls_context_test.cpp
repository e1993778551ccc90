// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_context.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <cstdio>

namespace corochain::transport::tls_context_test {
namespace {

using certificate = std::unique_ptr<X509, void (*)(X509*)>;

/// Returns how many certificates of the file the context accepts for a server, and how many there are.
std::pair<int, int> accepted(const tls_context& trusting, const char* file) {
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_file(file, "r"), &BIO_free);
  if (!in) return {0, 0};
  std::pair<int, int> seen;
  for (;;) {
    const certificate each(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!each) break;
    const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> check(X509_STORE_CTX_new(),
                                                                           &X509_STORE_CTX_free);
    SSL_CTX* const context = const_cast<tls_context&>(trusting).context.native_handle();
    X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context), each.get(), nullptr);
    ++seen.second;
    if (X509_verify_cert(check.get()) == 1) ++seen.first;
  }
  return seen;
}

TEST(tls_context, trusts_what_the_system_trusts) {
  const auto [good, all] = accepted(*tls_context_for(TlsOptions()), "/etc/ssl/certs/ca-certificates.crt");
  if (all == 0) GTEST_SKIP() << "this system keeps its certificates elsewhere";
  EXPECT_GT(good, all / 2);  // some may have expired
  TlsOptions more;
  more.ca_path = "/nowhere";  // the certificates there are trusted in addition, not instead
  EXPECT_EQ(accepted(*tls_context_for(more), "/etc/ssl/certs/ca-certificates.crt"),
            std::make_pair(good, all));
}

TEST(tls_context, is_shared_by_equal_options_while_it_is_held) {
  TlsOptions options;
  const auto first = tls_context_for(options);
  EXPECT_EQ(tls_context_for(options), first);
  options.ca_path = "/etc/ssl/certs";
  EXPECT_NE(tls_context_for(options), first);
}

}  // namespace
}  // namespace corochain::transport::tls_context_test
