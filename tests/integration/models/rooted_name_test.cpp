// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <mutex>

#include "integration/faults/fault_bench.hpp"
#include "transport/resolver.hpp"

// A host name with a dot at its end: "localhost.".

namespace corochain::rooted_name_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockServer;

/// A resolver that returns this machine for every name, and records the names.
class names_of_this_machine {
 public:
  std::shared_ptr<transport::resolver> resolver() {
    return std::make_shared<transport::resolver>([this](const std::string& name) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(name);
      return transport::lookup_result{{}, {asio::ip::address_v4::loopback()}};
    });
  }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
};

/// The names in the hello of the clients.
struct hello_names {
  std::mutex mutex;
  std::vector<std::string> names;
  static int note(SSL* connection, int*, void* self) {
    auto& seen = *static_cast<hello_names*>(self);
    const std::lock_guard lock(seen.mutex);
    const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    seen.names.emplace_back(name ? name : "");
    return SSL_TLSEXT_ERR_OK;
  }
};

class RootedName : public ::testing::Test {
 protected:
  names_of_this_machine names;
  asio::io_context loop;

  QueryResult ask(const AzureOptions& options) {
    return test::finish(loop, query(test::chain_without_backoff(options, names.resolver()), "q"));
  }
};

TEST_F(RootedName, the_dot_is_for_the_look_up_only) {
  hello_names hello;
  std::string head;
  test::raw_tls tls;
  tls.change = [&](SSL_CTX* context) {
    SSL_CTX_set_tlsext_servername_callback(context, &hello_names::note);
    SSL_CTX_set_tlsext_servername_arg(context, &hello);
  };
  {
    test::raw_server server(
        [&](test::raw_connection& client, std::size_t) {
          head = client.read_request();
          client.write(test::http_answer("found"));
          client.wait_for_end();
        },
        tls);
    AzureOptions options = test::options_for(server);
    options.azure_endpoint = "https://LocalHost.:" + std::to_string(server.port());
    const QueryResult result = ask(options);
    EXPECT_EQ(result.answer, "found") << (result.error ? result.error->message() : "");
    EXPECT_NE(head.find("\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n"), std::string::npos)
        << head;
    close_idle(loop);
  }
  EXPECT_EQ(names.asked(), std::vector<std::string>{"localhost."});
  EXPECT_EQ(hello.names, std::vector<std::string>{"localhost"});
}

TEST_F(RootedName, the_certificate_is_still_verified_for_the_name) {
  testing::MockServerOptions how;
  how.certificate = testing::MockServerOptions::Certificate::wrong_host;
  MockServer server(how);
  AzureOptions options = test::options_for(server);
  for (const char* name : {"localhost.", "model.example.", "other.example.org."}) {
    options.azure_endpoint = "https://" + std::string(name) + ":" + std::to_string(server.port());
    const QueryResult result = ask(options);
    ASSERT_TRUE(result.error) << name;
    EXPECT_EQ(result.error->kind(), ErrorKind::tls) << result.error->message();
  }
  options.azure_endpoint = "https://other.example.:" + std::to_string(server.port());
  EXPECT_EQ(ask(options).answer, "echo: q");
  EXPECT_EQ(server.request_count(), 1u);
}

/// Without the dot the name may be that of another host, in the system's own domain.
TEST_F(RootedName, connections_are_not_shared_with_the_undotted_name) {
  MockServer server;
  AzureOptions options = test::options_for(server);
  for (const char* name : {"localhost", "localhost.", "localhost", "localhost."}) {
    options.azure_endpoint = "https://" + std::string(name) + ":" + std::to_string(server.port());
    EXPECT_EQ(ask(options).answer, "echo: q");
  }
  EXPECT_EQ(server.connections_accepted(), 2u);
  EXPECT_EQ(names.asked(), (std::vector<std::string>{"localhost", "localhost."}));
}

TEST_F(RootedName, over_plain_http_it_is_the_same) {
  MockServer server(test::plain_http());
  AzureOptions options = test::options_for(server);
  options.azure_endpoint = "http://model.example.:" + std::to_string(server.port()) + "/";
  options.proxy.from_environment = false;
  EXPECT_EQ(ask(options).answer, "echo: q");
  EXPECT_EQ(server.requests().at(0).header("host"), "model.example:" + std::to_string(server.port()));
  EXPECT_EQ(names.asked(), std::vector<std::string>{"model.example."});
}

TEST_F(RootedName, a_proxy_is_found_by_it_and_told_of_it) {
  std::string head;
  {
    test::raw_server proxy([&](test::raw_connection& client, std::size_t) {
      head = client.read_head();
      client.write("HTTP/1.1 403\r\n\r\n");
    });
    AzureOptions options = test::options_to("https://model.example.");
    options.proxy.url = Secret("http://proxy.example.:" + std::to_string(proxy.port()));
    EXPECT_EQ(ask(options).error.value().kind(), ErrorKind::connect);
  }
  EXPECT_EQ(names.asked(), std::vector<std::string>{"proxy.example."});
  EXPECT_TRUE(head.starts_with("CONNECT model.example.:443 HTTP/1.1\r\n")) << head;
}

}  // namespace
}  // namespace corochain::rooted_name_test
