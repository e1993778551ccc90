// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <openssl/ssl.h>

#include <future>

#include "integration/faults/fault_bench.hpp"
#include "transport/resolver.hpp"
#include "transport/transport_error.hpp"

// Faults of a TLS peer: its certificate, its version, its records.

namespace corochain::tls_faults_test {
namespace {
namespace asio = boost::asio;
using namespace test;
using namespace std::chrono_literals;
using testing::detail::certificate_wish;

/// Calls `host` at a server that shows this certificate.
QueryResult call(const certificate_wish& wish, const std::string& host,
                 std::function<void(SSL_CTX*)> change = {}) {
  raw_tls tls(testing::detail::issue_certificates(wish));
  tls.change = std::move(change);
  fault_setup setup;
  setup.tls = true;
  fault_bench bench(setup, {}, tls);
  const std::size_t colon = bench.options.azure_endpoint.rfind(':');
  bench.options.azure_endpoint = "https://" + host + bench.options.azure_endpoint.substr(colon);
  auto names = std::make_shared<transport::resolver>(
      [](const std::string&) { return transport::lookup_result{{}, {asio::ip::address_v4::loopback()}}; });
  return finish(bench.loop, query(chain_without_backoff(bench.options, names), "q"));
}

struct certificate_case {
  std::string name;
  std::string host;
  void (*change)(certificate_wish&);
  /// A part of the error's text. Empty: the certificate is accepted.
  std::string message_part;
};

TEST(TlsFaults, certificates) {
  const std::vector<certificate_case> cases{
      {"good", "127.0.0.1", [](certificate_wish&) {}, ""},
      {"name", "foo.example", [](certificate_wish& w) { w.alternative_names = "DNS:foo.example"; }, ""},
      {"wildcard", "foo.example",
       [](certificate_wish& w) { w.alternative_names = "DNS:*.example,DNS:*.foo.example"; },
       "not a certificate for 'foo.example'"},  // one label below the top covers too much
      {"good wildcard", "a.foo.example",
       [](certificate_wish& w) { w.alternative_names = "DNS:*.foo.example"; }, ""},
      {"wildcard of one label", "a.b.foo.example",
       [](certificate_wish& w) { w.alternative_names = "DNS:*.foo.example"; }, "not a certificate for"},
      {"partial wildcard", "foo.bar.example",
       [](certificate_wish& w) { w.alternative_names = "DNS:f*.bar.example"; }, "not a certificate for"},
      {"wrong host", "foo.example", [](certificate_wish& w) { w.alternative_names = "DNS:bar.example"; },
       "not a certificate for"},
      {"wrong address", "127.0.0.1", [](certificate_wish& w) { w.alternative_names = "IP:127.0.0.2"; },
       "not a certificate for"},
      {"address as a name", "127.0.0.1", [](certificate_wish& w) { w.alternative_names = "DNS:127.0.0.1"; },
       "not a certificate for"},
      {"name of an address", "127.0.0.1", [](certificate_wish& w) { w.alternative_names = "DNS:localhost"; },
       "not a certificate for"},
      {"expired", "127.0.0.1",
       [](certificate_wish& w) {
         w.first_day = -30;
         w.last_day = -1;
       },
       "clock"},
      {"not yet", "127.0.0.1", [](certificate_wish& w) { w.first_day = 1; }, "clock"},
      {"self-signed", "127.0.0.1", [](certificate_wish& w) { w.self_signed = true; }, "ca_file"},
      {"untrusted", "127.0.0.1", [](certificate_wish& w) { w.untrusted = true; }, "ca_file"},
      {"for clients", "127.0.0.1", [](certificate_wish& w) { w.purpose = "clientAuth"; }, "not accepted"},
  };
  for (const certificate_case& each : cases) {
    SCOPED_TRACE(each.name);
    certificate_wish wish;
    each.change(wish);
    const QueryResult result = call(wish, each.host);
    if (each.message_part.empty()) {
      EXPECT_EQ(result.answer, "to q") << (result.error ? result.error->message() : "");
      continue;
    }
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->kind(), ErrorKind::tls) << result.error->message();
    EXPECT_FALSE(result.error->retryable());
    EXPECT_NE(result.error->message().find(each.message_part), std::string::npos) << result.error->message();
    ASSERT_EQ(result.attempts.size(), 1u);  // never tried again
    EXPECT_FALSE(result.attempts[0].maybe_billed);
  }
}

TEST(TlsFaults, versions) {
  const auto only = [](int version) {
    return [version](SSL_CTX* context) {
      SSL_CTX_set_security_level(context, 0);
      SSL_CTX_clear_options(context, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
      SSL_CTX_set_min_proto_version(context, version);
      SSL_CTX_set_max_proto_version(context, version);
    };
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    EXPECT_EQ(call(certificate_wish(), "127.0.0.1", only(version)).answer, "to q") << version;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const QueryResult result = call(certificate_wish(), "127.0.0.1", only(version));
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->kind(), ErrorKind::tls) << result.error->message();
    EXPECT_NE(result.error->message().find("TLS 1.2"), std::string::npos);
    EXPECT_EQ(result.attempts.size(), 1u);
  }
}

class TlsPeer : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, TlsPeer,
                         ::testing::ValuesIn(setups_where([](const fault_setup& at) { return at.tls; })),
                         &setup_name);

void write_beneath(raw_connection& client, std::string_view bytes) {
  boost::system::error_code ignored;
  asio::write(client.socket(), asio::buffer(bytes), ignored);
}
const std::string broken_record(
    "\x17\x03\x03\x00\x20"
    "0123456789abcdef0123456789abcdef",
    37);

TEST_P(TlsPeer, broken_records) {
  expectation instead = no_answer();
  run_fault(
      GetParam(),
      {"instead of an answer",
       [](raw_connection& client, const fault_setup&) { write_beneath(client, broken_record); }, instead});
  expectation within = failure(ErrorKind::truncated);
  within.status = 200;
  within = before_content(GetParam(), within);
  run_fault(GetParam(), {"within",
                         [](raw_connection& client, const fault_setup& at) {
                           client.write(at.head("Content-Length: 500\r\n\r\n{"));
                           write_beneath(client, broken_record);
                         },
                         within});
  run_fault(GetParam(), {"plain text instead",
                         [](raw_connection& client, const fault_setup& at) {
                           write_beneath(client, at.answer("to faulty"));
                         },
                         instead});
  run_fault(GetParam(), {"behind an answer",
                         [](raw_connection& client, const fault_setup& at) {
                           client.hold_segments(true);
                           client.write(at.answer("to faulty"));
                           write_beneath(client, broken_record);
                           client.hold_segments(false);
                         },
                         success(connection_end::closed)});
}

/// An idle connection that receives new tickets and keys is still usable.
TEST_P(TlsPeer, tickets_and_keys_while_idle) {
  std::promise<void> wanted, written;
  fault_bench bench(GetParam(), [&](raw_connection& client, const fault_setup& at) {
    client.write(at.answer("to faulty"));
    wanted.get_future().wait();
    SSL_new_session_ticket(client.tls());
    SSL_key_update(client.tls(), SSL_KEY_UPDATE_REQUESTED);
    boost::system::error_code ignored;  // what OpenSSL made goes out when Asio next turns to it
    client.socket().non_blocking(true, ignored);
    client.read_some();
    client.socket().non_blocking(false, ignored);
    written.set_value();
  });
  if (GetParam().reused) {
    EXPECT_EQ(bench.ask("before").answer, "to before");
  }
  EXPECT_EQ(bench.ask("faulty").answer, "to faulty");
  wanted.set_value();
  written.get_future().wait();
  for (const char* question : {"next", "another"}) {
    const QueryResult result = bench.ask(question);
    EXPECT_EQ(result.answer, std::string("to ") + question);
    EXPECT_TRUE(result.attempts.at(0).connection_reused);
  }
  EXPECT_EQ(bench.connections(), 1u);
}

/// Nothing is sent before the handshake is over. An end before that is a failure to connect.
TEST(TlsHandshake, an_end_in_it_is_retried) {
  for (const bool reset : {false, true})
    for (const bool at_once : {false, true}) {
      raw_server server([=](raw_connection& client, std::size_t) {
        if (!at_once) client.read_some();
        if (reset) client.reset();
      });
      AzureOptions options = test::options_to("https://127.0.0.1:" + std::to_string(server.port()));
      asio::io_context loop;
      const QueryResult result = finish(loop, query(chain_without_backoff(options), "q"));
      ASSERT_TRUE(result.error && result.error->error());
      EXPECT_EQ(result.error->kind(), ErrorKind::connect) << result.error->message();
      EXPECT_EQ(result.error->error()->details().connect_problem, ConnectProblem::reset);
      EXPECT_TRUE(result.error->retryable());
      EXPECT_EQ(result.attempts.size(), 3u);
      EXPECT_FALSE(result.attempts.back().maybe_billed);
      EXPECT_EQ(server.connections(), 3u);
    }
}

TEST(TlsHandshake, something_else_is_a_tls_error) {
  for (const char* text :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\x15\x03\x01\x00\x02\x02\x28"}) {
    const std::string_view bytes =
        text[0] == 0x15 ? std::string_view("\x15\x03\x01\x00\x02\x02\x28", 7) : text;
    raw_server server([bytes](raw_connection& client, std::size_t) {
      client.read_some();
      client.write(bytes);
      client.wait_for_end();
    });
    AzureOptions options = test::options_to("https://127.0.0.1:" + std::to_string(server.port()));
    asio::io_context loop;
    const QueryResult result = finish(loop, query(chain_without_backoff(options), "q"));
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->kind(), ErrorKind::tls) << result.error->message();
    EXPECT_EQ(result.attempts.size(), 1u);
    EXPECT_EQ(connection_snapshot(loop).at(0).open, 0u);
  }
}

/// A TLS server that receives plain HTTP answers with an alert, or ends the connection.
TEST(TlsHandshake, plain_http_to_a_tls_server_is_typed) {
  raw_server server([](raw_connection&, std::size_t) {}, true);
  AzureOptions options = test::options_to("http://127.0.0.1:" + std::to_string(server.port()));
  options.max_retries = 0;
  asio::io_context loop;
  const QueryResult result = finish(loop, query(chain_without_backoff(options), "q"));
  ASSERT_TRUE(result.error);
  EXPECT_TRUE(result.error->kind() == ErrorKind::protocol || result.error->kind() == ErrorKind::connect)
      << result.error->message();
  EXPECT_EQ(connection_snapshot(loop).at(0).open, 0u);
}

TEST(ProxyFaults, an_end_is_retried_and_a_no_is_not) {
  struct proxy_case {
    const char* answer;
    std::size_t attempts;
    int status;
  };
  for (const proxy_case& each :
       {proxy_case{"", 2, 0}, proxy_case{"HTTP/1.1 4", 2, 0}, proxy_case{"garbage\r\n\r\n", 1, 0},
        proxy_case{"HTTP/1.1 407 X\r\nContent-Length: 900000\r\n\r\n<html>", 1, 407},
        proxy_case{"HTTP/1.1 502 X\r\n\r\n", 2, 502},
        proxy_case{"HTTP/1.1 302 X\r\nLocation: http://x/\r\n\r\n", 1, 302}}) {
    SCOPED_TRACE(each.answer);
    raw_server proxy([&](raw_connection& client, std::size_t) {
      client.read_head();
      client.write(each.answer);
    });
    AzureOptions options = test::options_to("https://model.example");
    options.max_retries = 1;
    options.proxy.url = Secret("http://user:canary@127.0.0.1:" + std::to_string(proxy.port()));
    asio::io_context loop;
    const QueryResult result = finish(loop, query(chain_without_backoff(options), "q"));
    ASSERT_TRUE(result.error && result.error->error());
    EXPECT_EQ(result.error->kind(), ErrorKind::connect);
    EXPECT_EQ(result.error->error()->details().connect_problem, ConnectProblem::proxy);
    EXPECT_EQ(result.error->http_status(), each.status) << result.error->message();
    EXPECT_EQ(result.attempts.size(), each.attempts) << result.error->message();
    EXPECT_EQ(result.error->message().find("canary"), std::string::npos);
    EXPECT_FALSE(result.attempts.back().maybe_billed);
    EXPECT_EQ(connection_snapshot(loop).at(0).open, 0u);
  }
}

TEST(Ports, running_out_is_an_error_that_says_how) {
  codec::url where;
  where.host = "model.example";
  where.port = 443;
  const transport::endpoint to(where, TlsOptions(), std::nullopt);
  try {
    transport::throw_connect_error(
        to, boost::system::errc::make_error_code(boost::system::errc::address_not_available));
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.problem(), ConnectProblem::no_port);
    EXPECT_TRUE(error.retryable());
    for (const char* part : {"model.example:443", "max_concurrency", "ip_local_port_range"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace corochain::tls_faults_test
