// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "peers/tinyproxy.hpp"
#include "support/mock_chain.hpp"

namespace corochain::proxy_environment_test {
namespace {
using test::tinyproxy;
using testing::MockServer;

/// Sets variables of the environment, unsets all others that name a proxy, and restores all at the end. To be
/// made before the process has other threads.
class proxy_variables {
 public:
  explicit proxy_variables(const std::map<std::string, std::string>& wanted) {
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY",
                             "REQUEST_METHOD"}) {
      const char* const value = std::getenv(name);
      before_[name] = value ? std::optional<std::string>(value) : std::nullopt;
      const auto found = wanted.find(name);
      set(name, found == wanted.end() ? std::nullopt : std::optional<std::string>(found->second));
    }
  }
  ~proxy_variables() {
    for (const auto& [name, value] : before_) set(name, value);
  }
  proxy_variables(const proxy_variables&) = delete;
  proxy_variables& operator=(const proxy_variables&) = delete;

 private:
  static void set(const std::string& name, const std::optional<std::string>& value) {
    if (value)
      ::setenv(name.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }
  std::map<std::string, std::optional<std::string>> before_;
};

/// The number of calls that went through the proxy when an https and an http endpoint were called.
struct routes {
  bool https = false;
  bool http = false;
  friend bool operator==(const routes&, const routes&) = default;
};

routes routes_with(const tinyproxy& proxy, const std::map<std::string, std::string>& variables,
                   bool from_environment = true) {
  const proxy_variables set(variables);
  const std::size_t tunnels = proxy.logged("CONNECT 127.0.0.1:");
  const std::size_t posts = proxy.logged("POST http://127.0.0.1:");
  for (const bool tls : {true, false}) {
    testing::MockServerOptions how;
    how.tls = tls;
    MockServer server(how);
    AzureOptions options = test::options_for(server);
    options.proxy.from_environment = from_environment;
    options.proxy.for_loopback = true;  // all of the tests' servers are there
    EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "echo: q");
  }
  return {proxy.logged("CONNECT 127.0.0.1:") > tunnels, proxy.logged("POST http://127.0.0.1:") > posts};
}

TEST(ProxyEnvironment, each_scheme_has_its_variable) {
  const tinyproxy proxy;
  const std::string url = proxy.url();
  EXPECT_EQ(routes_with(proxy, {}), (routes{false, false}));
  EXPECT_EQ(routes_with(proxy, {{"HTTPS_PROXY", url}}), (routes{true, false}));
  EXPECT_EQ(routes_with(proxy, {{"HTTP_PROXY", url}}), (routes{false, true}));
  EXPECT_EQ(routes_with(proxy, {{"https_proxy", url}, {"http_proxy", url}}), (routes{true, true}));
  EXPECT_EQ(routes_with(proxy, {{"https_proxy", url}, {"http_proxy", url}}, false), (routes{false, false}));
  EXPECT_EQ(routes_with(proxy, {{"HTTP_PROXY", url}, {"REQUEST_METHOD", "POST"}}), (routes{false, false}));
}

TEST(ProxyEnvironment, no_proxy_excepts) {
  const tinyproxy proxy;
  const std::string url = proxy.url();
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    for (const char* except : {"127.0.0.1", "example.com,127.0.0.0/8", "*"})
      EXPECT_EQ(routes_with(proxy, {{"HTTPS_PROXY", url}, {"HTTP_PROXY", url}, {name, except}}),
                (routes{false, false}))
          << name << '=' << except;
    EXPECT_EQ(
        routes_with(proxy, {{"HTTPS_PROXY", url}, {"HTTP_PROXY", url}, {name, "example.com,10.0.0.0/8"}}),
        (routes{true, true}));
  }
}

TEST(ProxyEnvironment, an_option_beats_it) {
  const tinyproxy named, of_environment;
  const proxy_variables set({{"HTTPS_PROXY", of_environment.url()}});
  MockServer server;
  AzureOptions options = test::options_for(server);
  options.proxy.url = Secret(named.url());
  EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "echo: q");
  EXPECT_EQ(named.logged("CONNECT 127.0.0.1:"), 1u);
  EXPECT_EQ(of_environment.logged("CONNECT 127.0.0.1:"), 0u);
}

TEST(ProxyEnvironment, credentials_come_with_it) {
  const tinyproxy proxy("BasicAuth user pass-word-42");
  const proxy_variables set({{"HTTPS_PROXY", proxy.url("user:pass-word-42")}});
  MockServer server;
  AzureOptions options = test::options_for(server);
  EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "echo: q");
  EXPECT_EQ(proxy.logged("CONNECT 127.0.0.1:"), 0u);  // loopback goes past it
  options.proxy.for_loopback = true;
  EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "echo: q");
  EXPECT_EQ(proxy.logged("CONNECT 127.0.0.1:"), 1u);
}

TEST(ProxyEnvironment, credentials_come_with_it_for_plain_http_too) {
  const tinyproxy proxy("BasicAuth user pass-word-42");
  const proxy_variables set({{"HTTP_PROXY", proxy.url("user:pass-word-42")}});
  MockServer server(test::plain_http());
  AzureOptions options = test::options_for(server);
  options.proxy.for_loopback = true;
  EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "echo: q");
  EXPECT_EQ(proxy.logged("POST http://127.0.0.1:"), 1u);
  EXPECT_EQ(server.requests().at(0).header("proxy-authorization"), "");  // the proxy's alone
}

}  // namespace
}  // namespace corochain::proxy_environment_test
