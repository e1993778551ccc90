// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/system_trust.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "support/environment_variable.hpp"
#include "support/hashed_name.hpp"
#include "support/temporary_folder.hpp"
#include "testing/certificates.hpp"
#include "transport/tls_context.hpp"

namespace corochain::transport::system_trust_test {
namespace {
using testing::detail::certificate_wish;
using testing::detail::issue_certificates;
using testing::detail::server_certificates;

template <class T, void (*release)(T*)>
struct releaser {
  void operator()(T* owned) const { release(owned); }
};
using ssl = std::unique_ptr<SSL, releaser<SSL, &SSL_free>>;

/// OpenSSL's verdict on a server that shows these certificates, after a handshake in memory.
long verdict(tls_context& client, const server_certificates& shown, const char* address = "127.0.0.1") {
  boost::asio::ssl::context server(boost::asio::ssl::context::tls_server);
  server.use_certificate_chain(boost::asio::buffer(shown.certificate));
  server.use_private_key(boost::asio::buffer(shown.private_key), boost::asio::ssl::context::pem);
  const ssl asks(SSL_new(client.context.native_handle())), answers(SSL_new(server.native_handle()));
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(asks.get()), address);
  BIO *one = nullptr, *other = nullptr;
  BIO_new_bio_pair(&one, 0, &other, 0);
  SSL_set_bio(asks.get(), one, one);
  SSL_set_bio(answers.get(), other, other);
  SSL_set_connect_state(asks.get());
  SSL_set_accept_state(answers.get());
  for (int i = 0; i < 10 && !SSL_is_init_finished(asks.get()); ++i) {
    SSL_do_handshake(asks.get());
    SSL_do_handshake(answers.get());
  }
  EXPECT_EQ(SSL_is_init_finished(asks.get()) == 1, SSL_get_verify_result(asks.get()) == X509_V_OK);
  ERR_clear_error();
  return SSL_get_verify_result(asks.get());
}

class SystemTrust : public ::testing::Test {
 protected:
  test::temporary_folder folder;
  const server_certificates in_file = issue_certificates(certificate_wish());
  const server_certificates in_directory = issue_certificates(certificate_wish());
  const server_certificates nowhere = issue_certificates(certificate_wish());

  std::string file() { return folder.file("bundle.pem", in_file.ca); }
  std::string directory() {
    folder.file(test::hashed_name(in_directory.ca), in_directory.ca);
    return folder.path();
  }
  static trust_places at(const std::string& file, const std::string& directory, bool named = false) {
    trust_places places;
    places.file = file;
    places.directory = directory;
    places.file_is_named = named;
    return places;
  }
};

/// All CAs of the tests have the same name. One in the directory must not hide one in the file.
TEST_F(SystemTrust, reads_file_and_directory_both) {
  for (const bool named : {false, true}) {
    tls_context trusting(TlsOptions(), at(file(), directory(), named));
    EXPECT_EQ(verdict(trusting, in_directory), X509_V_OK);
    EXPECT_EQ(verdict(trusting, in_file), X509_V_OK);
    EXPECT_EQ(verdict(trusting, in_directory), X509_V_OK);
    EXPECT_NE(verdict(trusting, nowhere), X509_V_OK);
    EXPECT_EQ(verdict(trusting, in_file), X509_V_OK);
  }
}

TEST_F(SystemTrust, reads_a_directory_that_is_not_hashed_by_name) {
  folder.file("ca.pem", in_directory.ca);
  tls_context trusting(TlsOptions(), at(file(), folder.path()));
  EXPECT_EQ(verdict(trusting, in_file), X509_V_OK);
  EXPECT_NE(verdict(trusting, in_directory), X509_V_OK);  // OpenSSL finds nothing there
}

TEST_F(SystemTrust, one_that_is_missing_or_unreadable_is_no_failure) {
  const std::string junk = folder.file("junk.pem", "-----BEGIN CERTIFICATE-----\nnone\n");
  const std::string empty = folder.file("empty.pem", "");
  for (const bool named : {false, true}) {
    for (const std::string& broken :
         {std::string("/nowhere/ca.pem"), junk, empty, folder.path(), std::string()}) {
      tls_context by_directory(TlsOptions(), at(broken, directory(), named));
      EXPECT_EQ(verdict(by_directory, in_directory), X509_V_OK) << broken;
      EXPECT_NE(verdict(by_directory, in_file), X509_V_OK) << broken;
      EXPECT_EQ(verdict(by_directory, in_directory), X509_V_OK) << broken;
    }
    for (const std::string& broken : {std::string("/nowhere"), junk, std::string()}) {
      tls_context by_file(TlsOptions(), at(file(), broken, named));
      EXPECT_EQ(verdict(by_file, in_file), X509_V_OK) << broken;
      EXPECT_NE(verdict(by_file, in_directory), X509_V_OK) << broken;
    }
    tls_context neither(TlsOptions(), at("/nowhere/ca.pem", "/nowhere", named));
    EXPECT_NE(verdict(neither, in_file), X509_V_OK);
  }
}

TEST_F(SystemTrust, options_add_to_it) {
  TlsOptions options;
  options.ca_pem = nowhere.ca;
  tls_context trusting(options, at(file(), directory()));
  for (const auto* each : {&nowhere, &in_file, &in_directory}) EXPECT_EQ(verdict(trusting, *each), X509_V_OK);
}

/// The file that is read later vouches for the chain alone. All other requirements on a certificate remain.
TEST_F(SystemTrust, nothing_else_is_forgiven_for_the_files_sake) {
  tls_context trusting(TlsOptions(), at(file(), directory()));
  EXPECT_EQ(verdict(trusting, in_file, "127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
  certificate_wish late, for_clients;
  late.first_day = -9;
  late.last_day = -2;
  for_clients.purpose = "clientAuth";
  const server_certificates expired = issue_certificates(late), client = issue_certificates(for_clients);
  const std::string all = folder.file("all.pem", expired.ca + client.ca + in_file.ca);
  tls_context also(TlsOptions(), at(all, directory()));
  EXPECT_EQ(verdict(also, expired), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verdict(also, client), X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verdict(also, in_file), X509_V_OK);
  EXPECT_EQ(verdict(also, in_file, "127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_F(SystemTrust, the_file_is_read_once_whoever_needs_it_first) {
  tls_context trusting(TlsOptions(), at(file(), directory()));
  std::vector<std::thread> threads;
  std::vector<long> verdicts(8, -1);
  for (std::size_t i = 0; i < verdicts.size(); ++i)
    threads.emplace_back([&, i] { verdicts[i] = verdict(trusting, i % 2 ? in_file : in_directory); });
  for (auto& each : threads) each.join();
  for (const long each : verdicts) EXPECT_EQ(each, X509_V_OK);
}

TEST_F(SystemTrust, variables_replace_the_places) {
  // Empty variables count as unset.
  const test::environment_variable no_file("SSL_CERT_FILE", ""), no_directory("SSL_CERT_DIR", "");
  const trust_places usual = system_trust_places();
  EXPECT_EQ(usual.file, X509_get_default_cert_file());
  EXPECT_EQ(usual.directory, X509_get_default_cert_dir());
  EXPECT_FALSE(usual.file_is_named);
  {
    const test::environment_variable set("SSL_CERT_FILE", "/a/file");
    EXPECT_EQ(system_trust_places(), at("/a/file", usual.directory, true));
  }
  {
    const test::environment_variable set("SSL_CERT_DIR", "/one:/two");
    EXPECT_EQ(system_trust_places(), at(usual.file, "/one:/two"));
    const test::environment_variable other("SSL_CERT_FILE", "/a/file");
    EXPECT_EQ(system_trust_places(), at("/a/file", "/one:/two", true));
  }
  EXPECT_EQ(system_trust_places(), usual);
}

TEST_F(SystemTrust, another_place_is_another_context) {
  const auto usual = tls_context_for(TlsOptions());
  {
    const test::environment_variable set("SSL_CERT_FILE", file());
    const auto named = tls_context_for(TlsOptions());
    EXPECT_NE(named, usual);
    EXPECT_EQ(tls_context_for(TlsOptions()), named);
  }
  EXPECT_EQ(tls_context_for(TlsOptions()), usual);
}

}  // namespace
}  // namespace corochain::transport::system_trust_test
