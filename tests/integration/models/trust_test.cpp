// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

#include "support/mock_chain.hpp"
#include "support/temporary_folder.hpp"

namespace corochain::trust_test {
namespace {
using testing::MockServer;
using testing::MockServerOptions;

/// The name by which OpenSSL looks a certificate up in a directory.
std::string hashed_name(const std::string& pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                               &BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> parsed(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr),
                                                      &X509_free);
  char name[16] = {};
  std::snprintf(name, sizeof name, "%08lx.", X509_subject_name_hash(parsed.get()));
  return name;
}

/// Trust in the CAs of a directory or a file, beside the system's.
class Trust : public ::testing::Test {
 protected:
  MockServer server, other_server;  // each with a CA of its own
  test::temporary_folder folder;
  AzureOptions options = [this] {
    AzureOptions made = test::options_for(server);
    made.tls = TlsOptions();
    made.max_retries = 2;
    return made;
  }();

  std::string ask() { return AzureChatOpenAI(options).invoke("q").content; }
  void expect_refused() {
    try {
      ask();
      ADD_FAILURE() << "trusted";
    } catch (const TlsError& error) {
      EXPECT_EQ(error.kind(), ErrorKind::tls);
      EXPECT_FALSE(error.retryable());
      EXPECT_EQ(error.attempts().size(), 1u);
      EXPECT_NE(std::string(error.what()).find("ca_path"), std::string::npos) << error.what();
    }
    EXPECT_EQ(server.request_count(), 0u);
  }
};

TEST_F(Trust, NoneWithoutItsCa) { expect_refused(); }

TEST_F(Trust, ADirectoryOfHashedNames) {
  folder.file(hashed_name(server.ca_pem()) + "0", server.ca_pem());
  options.tls.ca_path = folder.path();
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, ADirectoryWithAnotherCa) {
  folder.file(hashed_name(other_server.ca_pem()) + "0", other_server.ca_pem());
  options.tls.ca_path = folder.path();
  expect_refused();
  options.azure_endpoint = other_server.endpoint();
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, ADirectoryWithAnotherCaUnderItsName) {
  const std::string name = hashed_name(server.ca_pem());
  folder.file(name + "0", other_server.ca_pem());
  options.tls.ca_path = folder.path();
  expect_refused();
  folder.file(name + "1", server.ca_pem());  // the next of that name
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, ADirectoryWhoseNamesAreNoHashes) {
  folder.file("ca.pem", server.ca_pem());
  options.tls.ca_path = folder.path();
  expect_refused();
}

TEST_F(Trust, AFile) {
  options.tls.ca_file = folder.file("ca.pem", other_server.ca_pem() + server.ca_pem());
  EXPECT_EQ(ask(), "echo: q");
  options.tls.ca_file = folder.file("other.pem", other_server.ca_pem());
  EXPECT_THROW(ask(), TlsError);
}

}  // namespace
}  // namespace corochain::trust_test
