// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <memory>
#include <string>
#include <vector>

#include "corochain/testing/mock_server.hpp"
#include "integration/testing/blocking_client.hpp"

namespace mock_server_tests::mock_server_tls_test {
namespace {

using corochain::testing::MockServer;
using corochain::testing::MockServerOptions;
using Certificate = MockServerOptions::Certificate;

MockServerOptions with(Certificate certificate) {
  MockServerOptions options;
  options.certificate = certificate;
  return options;
}

TEST(MockServerTls, is_trusted_when_chain_and_name_are_verified) {
  MockServer server;
  EXPECT_TRUE(server.endpoint().starts_with("https://127.0.0.1:"));
  blocking_client client(server);
  ASSERT_FALSE(client.handshake_error) << client.handshake_error.message();
  const answer got = client.ask("x");
  EXPECT_NE(got.message.body().find("echo: x"), std::string::npos);
  EXPECT_EQ(server.tls_handshakes(), 1u);
  EXPECT_EQ(server.tls_resumed(), 0u);
}

TEST(MockServerTls, listens_on_the_loopback_of_version6) {
  MockServerOptions options;
  options.address = "::1";
  std::unique_ptr<MockServer> server;
  try {
    server = std::make_unique<MockServer>(options);
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  EXPECT_TRUE(server->endpoint().starts_with("https://[::1]:"));
  blocking_client client(*server);
  EXPECT_FALSE(client.handshake_error) << client.handshake_error.message();
}

// The result of the verification as the client's OpenSSL saw it.
long refusal(const MockServer& server) {
  blocking_client client(server);
  EXPECT_TRUE(client.handshake_error.failed());
  return SSL_get_verify_result(client.native_tls());
}

TEST(MockServerTls, is_refused_with_a_bad_certificate) {
  MockServer expired(with(Certificate::expired));
  EXPECT_EQ(refusal(expired), X509_V_ERR_CERT_HAS_EXPIRED);
  MockServer untrusted(with(Certificate::untrusted));
  EXPECT_EQ(refusal(untrusted), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  MockServer self_signed(with(Certificate::self_signed));
  EXPECT_EQ(refusal(self_signed), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  MockServer wrong_host(with(Certificate::wrong_host));
  refusal(wrong_host);  // by the callback that compares names
  for (const MockServer* server : {&expired, &untrusted, &self_signed, &wrong_host}) {
    EXPECT_TRUE(server->wait_for_connections_open(0, patience));
    EXPECT_EQ(server->request_count(), 0u);
    EXPECT_EQ(server->tls_handshakes(), 0u);
  }
}

TEST(MockServerTls, refuses_old_versions_of_tls) {
  MockServer server;
  blocking_client old(server, nullptr, [](SSL_CTX* context) {
    SSL_CTX_set_cipher_list(context, "DEFAULT@SECLEVEL=0");  // or it would not even try
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  });
  const auto reason = static_cast<unsigned long>(old.handshake_error.value());
  EXPECT_EQ(ERR_GET_REASON(reason), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) << old.handshake_error.message();
  blocking_client oldest_allowed(
      server, nullptr, [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); });
  EXPECT_FALSE(oldest_allowed.handshake_error) << oldest_allowed.handshake_error.message();
}

TEST(MockServerTls, resumes_sessions) {
  MockServer server;
  blocking_client first(server);
  first.ask("x");  // the ticket comes with the answer
  const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(
      SSL_get1_session(first.native_tls()), &SSL_SESSION_free);
  blocking_client second(server, session.get());
  ASSERT_FALSE(second.handshake_error) << second.handshake_error.message();
  second.ask("y");
  EXPECT_EQ(server.tls_handshakes(), 2u);
  EXPECT_EQ(server.tls_resumed(), 1u);
}

TEST(MockServerTls, notices_a_client_that_leaves_while_held) {
  MockServer server;
  server.hold_until(1000);
  std::vector<std::unique_ptr<blocking_client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<blocking_client>(server));
    clients.back()->send(azure_path, question("x"));
  }
  ASSERT_TRUE(server.wait_for_requests(100, patience));
  clients.clear();  // closes without a close_notify
  EXPECT_TRUE(server.wait_for_connections_open(0, patience));

  blocking_client polite(server);
  polite.send(azure_path, question("x"));
  ASSERT_TRUE(server.wait_for_requests(101, patience));
  polite.shut_down();
  EXPECT_TRUE(server.wait_for_connections_open(0, patience));
}

TEST(MockServerTls, closes_idle_connections_with_a_notification) {
  MockServer server;
  blocking_client client(server);
  client.ask("x");
  server.close_idle_connections();
  ASSERT_EQ(server.connections_open(), 0u);
  EXPECT_EQ(client.read_end(), asio::error::eof);
}

TEST(MockServerTls, survives_a_client_that_speaks_no_tls) {
  MockServer server;
  blocking_client client(server);
  tcp::socket plain(client.socket().get_executor());
  plain.connect(client.socket().remote_endpoint());
  asio::write(plain, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  EXPECT_TRUE(server.wait_for_connections_open(1, patience));
  EXPECT_NE(client.ask("x").message.body().find("echo: x"), std::string::npos);
}

TEST(MockServerTls, stops_at_once_whatever_its_connections_do) {
  auto server = std::make_unique<MockServer>();
  server->hold_until(100);
  blocking_client held(*server), idle(*server);
  tcp::socket silent(held.socket().get_executor());  // no handshake
  silent.connect(held.socket().remote_endpoint());
  held.send(azure_path, question("x"));
  ASSERT_TRUE(server->wait_for_requests(1, patience));
  ASSERT_TRUE(server->wait_for_connections_open(3, patience));
  server.reset();
  EXPECT_TRUE(held.read_end().failed());
}

}  // namespace
}  // namespace mock_server_tests::mock_server_tls_test
