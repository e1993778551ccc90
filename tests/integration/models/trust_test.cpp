// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <optional>

#include "support/environment_variable.hpp"
#include "support/hashed_name.hpp"
#include "support/mock_chain.hpp"
#include "support/temporary_folder.hpp"

namespace corochain::trust_test {
namespace {
using test::environment_variable;
using test::hashed_name;
using testing::MockServer;
using testing::MockServerOptions;

/// Trust in the CAs of a directory or a file, in addition to those of the system.
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
    expect_refused_anew();
    EXPECT_EQ(server.request_count(), 0u);
  }
  void expect_refused_anew() {
    const std::size_t before = server.request_count();
    try {
      ask();
      ADD_FAILURE() << "trusted";
    } catch (const TlsError& error) {
      EXPECT_EQ(error.kind(), ErrorKind::tls);
      EXPECT_FALSE(error.retryable());
      EXPECT_EQ(error.attempts().size(), 1u);
      EXPECT_NE(std::string(error.what()).find("ca_path"), std::string::npos) << error.what();
    }
    EXPECT_EQ(server.request_count(), before);
  }
};

TEST_F(Trust, none_without_its_ca) { expect_refused(); }

TEST_F(Trust, a_directory_of_hashed_names) {
  folder.file(hashed_name(server.ca_pem()), server.ca_pem());
  options.tls.ca_path = folder.path();
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, a_directory_with_another_ca) {
  folder.file(hashed_name(other_server.ca_pem()), other_server.ca_pem());
  options.tls.ca_path = folder.path();
  expect_refused();
  options.azure_endpoint = other_server.endpoint();
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, a_directory_with_another_ca_under_its_name) {
  folder.file(hashed_name(server.ca_pem()), other_server.ca_pem());
  options.tls.ca_path = folder.path();
  expect_refused();
  folder.file(hashed_name(server.ca_pem(), 1), server.ca_pem());  // the next of that name
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, a_directory_whose_names_are_no_hashes) {
  folder.file("ca.pem", server.ca_pem());
  options.tls.ca_path = folder.path();
  expect_refused();
}

TEST_F(Trust, a_file) {
  options.tls.ca_file = folder.file("ca.pem", other_server.ca_pem() + server.ca_pem());
  EXPECT_EQ(ask(), "echo: q");
  options.tls.ca_file = folder.file("other.pem", other_server.ca_pem());
  EXPECT_THROW(ask(), TlsError);
}

TEST_F(Trust, a_file_that_the_environment_names) {
  const environment_variable set("SSL_CERT_FILE", folder.file("ca.pem", server.ca_pem()));
  EXPECT_EQ(ask(), "echo: q");
  options.azure_endpoint = other_server.endpoint();
  EXPECT_THROW(ask(), TlsError);
  options.tls.ca_pem = other_server.ca_pem();  // options add to it
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, a_directory_that_the_environment_names) {
  folder.file(hashed_name(server.ca_pem()), server.ca_pem());
  for (const std::string& list : {folder.path(), "/nowhere:" + folder.path()}) {
    const environment_variable set("SSL_CERT_DIR", list);
    EXPECT_EQ(ask(), "echo: q") << list;
  }
  expect_refused_anew();
}

TEST_F(Trust, file_and_directory_that_the_environment_names) {
  folder.file(hashed_name(server.ca_pem()), server.ca_pem());
  const environment_variable file("SSL_CERT_FILE", folder.file("ca.pem", other_server.ca_pem()));
  const environment_variable directory("SSL_CERT_DIR", folder.path());
  EXPECT_EQ(ask(), "echo: q");
  options.azure_endpoint = other_server.endpoint();
  EXPECT_EQ(ask(), "echo: q");
}

TEST_F(Trust, one_of_both_that_is_not_there_is_no_failure) {
  folder.file(hashed_name(server.ca_pem()), server.ca_pem());
  {
    const environment_variable file("SSL_CERT_FILE", "/nowhere/ca.pem");
    const environment_variable directory("SSL_CERT_DIR", folder.path());
    EXPECT_EQ(ask(), "echo: q");
  }
  {
    const environment_variable file("SSL_CERT_FILE", folder.file("ca.pem", server.ca_pem()));
    const environment_variable directory("SSL_CERT_DIR", "/nowhere");
    EXPECT_EQ(ask(), "echo: q");
  }
  const environment_variable file("SSL_CERT_FILE", "/nowhere/ca.pem");
  const environment_variable directory("SSL_CERT_DIR", "/nowhere");
  expect_refused_anew();
}

/// Also if another model with the same options exists already.
TEST_F(Trust, the_environment_is_read_when_a_model_is_made) {
  std::optional<AzureChatOpenAI> trusting;
  {
    const environment_variable set("SSL_CERT_FILE", folder.file("ca.pem", server.ca_pem()));
    trusting.emplace(options);
  }
  EXPECT_EQ(trusting->invoke("q").content, "echo: q");
  expect_refused_anew();
  EXPECT_EQ(trusting->invoke("q").content, "echo: q");
}

}  // namespace
}  // namespace corochain::trust_test
