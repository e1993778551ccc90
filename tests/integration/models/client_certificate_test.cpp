// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include <memory>

#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"
#include "support/temporary_folder.hpp"

namespace corochain::client_certificate_test {
namespace {
using namespace std::chrono_literals;
using certificates = testing::detail::server_certificates;

certificates issue() {
  return testing::detail::issue_certificates(testing::MockServerOptions::Certificate::valid, "127.0.0.1");
}

/// The same private key, encrypted.
std::string encrypted(const std::string& key, const char* password) {
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())),
                                               &BIO_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> parsed(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PKCS8PrivateKey(out.get(), parsed.get(), EVP_aes_256_cbc(), password,
                                static_cast<int>(std::string_view(password).size()), nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

class ClientCertificate : public ::testing::Test {
 protected:
  certificates client = issue();
  test::raw_server server{[](test::raw_connection& each, std::size_t) {
                            while (!each.read_request().empty()) each.write(test::http_answer("known"));
                          },
                          demanding(client.ca)};
  AzureOptions options = [this] {
    AzureOptions made = test::options_for(server);
    made.timeout = 20s;
    return made;
  }();

  /// A server that refuses clients without a certificate of this CA.
  static std::optional<test::raw_tls> demanding(const std::string& ca) {
    test::raw_tls tls;
    tls.change = [ca](SSL_CTX* context) {
      const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(ca.data(), static_cast<int>(ca.size())),
                                                   &BIO_free);
      const std::unique_ptr<X509, void (*)(X509*)> trusted(
          PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context), trusted.get());
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
      SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
      // The test has server certificates only.
      X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context), X509_PURPOSE_ANY);
    };
    return tls;
  }
  std::string ask() { return AzureChatOpenAI(options).invoke("q").content; }
  std::string config_error() {
    try {
      ask();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(ClientCertificate, is_shown_from_text_and_from_files) {
  options.tls.client_certificate_pem = client.certificate;
  options.tls.client_key_pem = client.private_key;
  EXPECT_EQ(ask(), "known");
  options.tls.client_key_pem = encrypted(client.private_key, "open sesame");
  options.tls.client_key_password = "open sesame";
  EXPECT_EQ(ask(), "known");

  const test::temporary_folder folder;
  options.tls = {};
  options.tls.ca_pem = server.ca_pem();
  options.tls.client_certificate_file = folder.file("chain.pem", client.certificate);
  options.tls.client_key_file = folder.file("key.pem", client.private_key);
  EXPECT_EQ(ask(), "known");
  options.tls.client_certificate_file = folder.file("both.pem", client.certificate + client.private_key);
  options.tls.client_key_file.clear();
  EXPECT_EQ(ask(), "known");
}

TEST_F(ClientCertificate, without_one_the_server_refuses_without_a_retry) {
  const auto refused = [&] {
    try {
      ask();
      ADD_FAILURE();
    } catch (const TlsError& error) {
      EXPECT_NE(std::string(error.what()).find("client_certificate_file"), std::string::npos) << error.what();
      EXPECT_EQ(error.attempts().size(), 1u);
    }
  };
  refused();
  const certificates stranger = issue();
  options.tls.client_certificate_pem = stranger.certificate;
  options.tls.client_key_pem = stranger.private_key;
  refused();
}

TEST_F(ClientCertificate, an_unusable_one_is_a_config_error_without_secrets) {
  options.tls.client_certificate_pem = client.certificate;
  EXPECT_NE(config_error().find("client_key_pem"), std::string::npos);
  options.tls.client_key_pem = issue().private_key;
  EXPECT_NE(config_error().find("not the certificate's"), std::string::npos);
  options.tls.client_key_pem = encrypted(client.private_key, "open sesame");
  options.tls.client_key_password = "canary";
  EXPECT_NE(config_error().find("client_key_password"), std::string::npos);
  EXPECT_EQ(config_error().find("canary"), std::string::npos);
  options.tls.client_key_file = "/nonexistent";
  EXPECT_NE(config_error().find("both as files and as text"), std::string::npos);
  options.tls = {};
  options.tls.client_certificate_file = "/nonexistent";
  EXPECT_NE(config_error().find("client_certificate_file"), std::string::npos);
}

}  // namespace
}  // namespace corochain::client_certificate_test
