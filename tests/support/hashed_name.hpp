// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <string>

namespace corochain::test {

/// The file name by which OpenSSL finds a certificate in a directory. `number` counts the files of that name
/// from 0.
inline std::string hashed_name(const std::string& pem, int number = 0) {
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                               &BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> parsed(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr),
                                                      &X509_free);
  char name[16] = {};
  std::snprintf(name, sizeof name, "%08lx.%d", X509_subject_name_hash(parsed.get()), number);
  return name;
}

}  // namespace corochain::test
