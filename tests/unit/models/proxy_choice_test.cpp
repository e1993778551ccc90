// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "codec/http/base64.hpp"
#include "models/service_settings.hpp"
#include "support/request_text.hpp"

namespace corochain::models::proxy_choice_test {
namespace {

using variables = std::map<std::string, std::string>;

std::optional<transport::proxy_endpoint> chosen(const ProxyOptions& options, std::string_view endpoint,
                                                const variables& set) {
  return choose_proxy(options, codec::parse_url(endpoint, "test"),
                      [&](const char* name) -> std::optional<std::string> {
                        const auto found = set.find(name);
                        if (found == set.end()) return std::nullopt;
                        return found->second;
                      });
}
/// The destination of the connection: the proxy, or "direct".
std::string way_to(std::string_view endpoint, const variables& set,
                   const ProxyOptions& options = ProxyOptions()) {
  const auto proxy = chosen(options, endpoint, set);
  return proxy ? proxy->host + ":" + std::to_string(proxy->port) : "direct";
}

const variables both{{"HTTPS_PROXY", "http://secure:1"}, {"HTTP_PROXY", "plain:2"}};
const char* const loopback[] = {"http://localhost",      "https://localhost:8443", "http://a.localhost:1",
                                "https://LOCALHOST.:1",  "http://127.0.0.1",       "https://127.8.8.8",
                                "http://[::1]:11434/v1", "https://[::1]"};

TEST(choose_proxy, each_scheme_has_its_variable) {
  EXPECT_EQ(way_to("https://model.example", both), "secure:1");
  EXPECT_EQ(way_to("http://model.example", both), "plain:2");
  EXPECT_EQ(way_to("http://model.example", {{"HTTPS_PROXY", "http://secure:1"}}), "direct");
  EXPECT_EQ(way_to("https://model.example", {{"https_proxy", "lower:3"}, {"HTTPS_PROXY", "upper:4"}}),
            "lower:3");
  EXPECT_EQ(way_to("http://model.example", {{"HTTP_PROXY", "plain:2"}, {"REQUEST_METHOD", "POST"}}),
            "direct");
}

TEST(choose_proxy, loopback_goes_past_the_environments) {
  for (const char* endpoint : loopback) EXPECT_EQ(way_to(endpoint, both), "direct") << endpoint;
  for (const char* elsewhere :
       {"http://localhost.example", "http://128.0.0.1", "http://[::2]", "http://10.0.0.1"})
    EXPECT_EQ(way_to(elsewhere, both), "plain:2") << elsewhere;
}

TEST(choose_proxy, loopback_does_not_even_look_at_a_broken_one) {
  const variables broken{{"HTTP_PROXY", "https://u:canary@proxy:99999"}};
  EXPECT_EQ(way_to("http://localhost", broken), "direct");
  EXPECT_THROW(way_to("http://model.example", broken), ConfigError);
}

TEST(choose_proxy, for_loopback_sends_it_there) {
  ProxyOptions options;
  options.for_loopback = true;
  for (const char* endpoint : loopback) EXPECT_NE(way_to(endpoint, both, options), "direct") << endpoint;
  variables excepted = both;
  excepted["NO_PROXY"] = "localhost,127.0.0.0/8,::1";
  for (const char* endpoint : loopback) EXPECT_EQ(way_to(endpoint, excepted, options), "direct") << endpoint;
}

TEST(choose_proxy, an_explicit_one_is_used_for_loopback_too) {
  for (const bool for_loopback : {false, true}) {
    ProxyOptions options;
    options.url = "http://mine:5";
    options.for_loopback = for_loopback;
    for (const char* endpoint : loopback) EXPECT_EQ(way_to(endpoint, both, options), "mine:5") << endpoint;
    EXPECT_EQ(way_to("https://model.example", both, options), "mine:5");
    options.no_proxy = "localhost 127.0.0.0/8;::1";
    for (const char* endpoint : loopback) EXPECT_EQ(way_to(endpoint, both, options), "direct") << endpoint;
  }
}

TEST(choose_proxy, exceptions_are_the_options_or_the_environments) {
  ProxyOptions options;
  const variables excepting{{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", "*.example"}};
  EXPECT_EQ(way_to("https://model.example", excepting), "direct");
  EXPECT_EQ(way_to("https://model.example.", excepting), "direct");
  options.no_proxy = "other";
  EXPECT_EQ(way_to("https://model.example", excepting, options), "p:1");
  options.from_environment = false;
  EXPECT_EQ(way_to("https://model.example", excepting, options), "direct");
}

TEST(choose_proxy, credentials_go_where_they_are_needed) {
  const variables set{{"HTTPS_PROXY", "http://u:p%40ss@proxy:1"}, {"HTTP_PROXY", "http://u:p%40ss@proxy:1"}};
  const std::string basic = "Basic " + codec::encode_base64("u:p@ss");
  const auto for_tls = chosen(ProxyOptions(), "https://model.example", set);
  ASSERT_TRUE(for_tls);
  ASSERT_TRUE(for_tls->connect);
  EXPECT_NE(test::head_text(*for_tls->connect).find("Proxy-Authorization: " + basic + "\r\n"),
            std::string::npos);
  EXPECT_TRUE(for_tls->authorization.empty());  // it is in the tunnel's request, and in no other
  const auto plain = chosen(ProxyOptions(), "http://model.example", set);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->authorization.reveal(), basic);
  EXPECT_FALSE(plain->connect);
}

TEST(choose_proxy, keys_tell_proxies_and_credentials_apart) {
  std::vector<std::string> keys;
  for (const char* proxy : {"proxy:1", "proxy:2", "proxy.:1", "u:p@proxy:1", "u:q@proxy:1"})
    for (const char* endpoint : {"http://model.example", "https://model.example"}) {
      const auto found = chosen(ProxyOptions(), endpoint, {{"HTTP_PROXY", proxy}, {"HTTPS_PROXY", proxy}});
      ASSERT_TRUE(found) << proxy;
      EXPECT_EQ(std::count(keys.begin(), keys.end(), found->key), 0) << proxy << ' ' << endpoint;
      keys.push_back(found->key);
    }
}

}  // namespace
}  // namespace corochain::models::proxy_choice_test
