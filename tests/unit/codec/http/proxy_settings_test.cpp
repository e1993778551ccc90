// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/proxy_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/http/base64.hpp"
#include "corochain/core/error.hpp"
#include "support/base64_text.hpp"
#include "support/broken_input.hpp"
#include "support/request_text.hpp"

namespace corochain::codec::proxy_settings_test {
namespace {

bool excepted(std::string_view no_proxy, std::string_view endpoint) {
  return excepted_from_proxy(no_proxy, parse_url(endpoint, "test"));
}

TEST(no_proxy, knows_names_addresses_and_networks) {
  EXPECT_FALSE(excepted("", "https://api.example.com"));
  EXPECT_TRUE(excepted("*", "https://api.example.com"));
  EXPECT_TRUE(excepted("example.com", "https://api.example.com"));
  EXPECT_TRUE(excepted(".example.com", "https://api.example.com"));
  EXPECT_TRUE(excepted("other, EXAMPLE.com", "https://example.com"));
  EXPECT_FALSE(excepted("ample.com", "https://api.example.com"));
  EXPECT_FALSE(excepted("api.example.com.org", "https://api.example.com"));
  EXPECT_TRUE(excepted("example.com:443", "https://example.com"));
  EXPECT_FALSE(excepted("example.com:8443", "https://example.com"));
  EXPECT_TRUE(excepted("10.0.0.0/8", "http://10.1.2.3"));
  EXPECT_FALSE(excepted("10.0.0.0/8", "http://11.1.2.3"));
  EXPECT_FALSE(excepted("10.0.0.0/33", "http://10.1.2.3"));
  EXPECT_FALSE(excepted("10.0.0.0/x", "http://10.1.2.3"));
  EXPECT_TRUE(excepted("127.0.0.1", "http://127.0.0.1:8080"));
  EXPECT_TRUE(excepted("::1 fe80::/10", "http://[fe80::5]:1"));
  EXPECT_TRUE(excepted("[::1]:80", "http://[::1]"));
  EXPECT_FALSE(excepted("0.0.1", "http://127.0.0.1"));  // no suffix of an address
  EXPECT_TRUE(excepted("*.example.com", "https://api.example.com"));
  EXPECT_TRUE(excepted("*.example.com", "https://example.com"));
  EXPECT_FALSE(excepted("*.example.com", "https://badexample.com"));
  EXPECT_TRUE(excepted("other;example.com", "https://example.com"));
  EXPECT_TRUE(excepted("10.*", "http://10.1.2.3"));
  EXPECT_FALSE(excepted("10.*", "http://100.1.2.3"));
  EXPECT_FALSE(excepted("10.*", "http://10.example.com"));
  EXPECT_FALSE(excepted(",, /8 : []", "http://127.0.0.1"));
}

TEST(no_proxy, takes_every_form_of_a_name) {
  for (const char* form :
       {"example.com", ".example.com", "*.example.com", "EXAMPLE.com", "example.com.", ".example.com.",
        "*.Example.Com", "example.com:443", ".example.com:443", "*.example.com:443", "example.com.:443"})
    for (const char* endpoint : {"https://example.com", "https://a.example.com", "https://a.b.EXAMPLE.com",
                                 "https://a.example.com."})
      EXPECT_TRUE(excepted(form, endpoint)) << form << ' ' << endpoint;
  for (const char* form : {"xample.com", ".xample.com", "*.xample.com", "a.example.com", "example.com.org",
                           "example.com:80", ".example.com:8443", "*.example.com:44", "*.", "."})
    EXPECT_FALSE(excepted(form, "https://example.com")) << form;
}

TEST(no_proxy, takes_every_form_of_a_network) {
  for (const char* form : {"10.*", "10.1.*", "10.1.2.*", "10.*.*.*", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0",
                           "10.1.2.3", "10.1.2.3:80", "10.*:80"})
    EXPECT_TRUE(excepted(form, "http://10.1.2.3")) << form;
  for (const char* form : {"1.*", "10.2.*", "10.1.2.3.*", "*.1.2.3", "10.0.0.0/33", "10.0.0.0/",
                           "10.0.0.0/-1", "10.2.0.0/16", "10.1.2.3:81", "10.*:81", "::/0", "10."})
    EXPECT_FALSE(excepted(form, "http://10.1.2.3")) << form;
  for (const char* form :
       {"fd00::/8", "fd12:3456::/32", "FD12:3456::1", "[fd12:3456::1]", "[fd12:3456::1]:80"})
    EXPECT_TRUE(excepted(form, "http://[fd12:3456::1]")) << form;
  for (const char* form : {"fe80::/10", "fd12::/32", "[fd12:3456::1]:81", "0.0.0.0/0", "fd12:3456::2"})
    EXPECT_FALSE(excepted(form, "http://[fd12:3456::1]")) << form;
}

TEST(no_proxy, parts_are_separated_by_commas_semicolons_or_blanks) {
  for (const char* between : {",", ";", " ", "\t", ", ", " ; ", ",,", " , ; \t"})
    for (const char* endpoint : {"https://a.example", "http://10.1.2.3", "https://b.example:8443"}) {
      const std::string gap = between;
      const std::string list = gap + "*.a.example" + gap + "10.*" + gap + "b.example:8443" + gap;
      EXPECT_TRUE(excepted(list, endpoint)) << list << ' ' << endpoint;
      EXPECT_FALSE(excepted(list, "https://c.example")) << list;
    }
}

TEST(no_proxy, loopback_is_this_machine_by_its_name) {
  for (const char* here : {"http://localhost:1", "http://a.LOCALHOST", "http://localhost.",
                           "http://127.0.0.1", "http://127.9.9.9", "http://[::1]:5"})
    EXPECT_TRUE(is_loopback(parse_url(here, "test"))) << here;
  for (const char* there :
       {"http://localhost.example.com", "http://128.0.0.1", "http://[::2]", "http://mylocalhost"})
    EXPECT_FALSE(is_loopback(parse_url(there, "test"))) << there;
}

TEST(proxy_settings, take_a_url_apart) {
  const proxy_address plain = parse_proxy("http://proxy.example:3128", "test");
  EXPECT_EQ(plain.where.host, "proxy.example");
  EXPECT_EQ(plain.where.port, 3128);
  EXPECT_TRUE(plain.authorization.empty());
  EXPECT_EQ(parse_proxy("proxy:8080", "test").where.port, 8080);
  const proxy_address user = parse_proxy("http://me:p%40ss@proxy:1/", "test");
  EXPECT_EQ(user.authorization.reveal(), "Basic " + encode_base64("me:p@ss"));
}

TEST(proxy_settings, refuse_without_quoting) {
  for (const char* text : {"https://canary:x@proxy:1", "http://", "http://canary@", "socks5://canary",
                           "http://a b", "http://canary:x@proxy:99999"}) {
    try {
      parse_proxy(text, "HTTPS_PROXY");
      ADD_FAILURE() << text;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("HTTPS_PROXY"), std::string::npos);
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
    }
  }
}

TEST(proxy_settings, survive_every_prefix_and_every_changed_byte) {
  const std::string_view valid = "http://canary:p%40ss@proxy.example:3128/";
  const auto try_with = [](std::string_view text) {
    try {
      const proxy_address proxy = parse_proxy(text, "proxy");
      EXPECT_FALSE(proxy.where.tls);
      const std::string request =
          test::head_text(connect_head(parse_url("https://host", "test"), proxy, "agent"));
      EXPECT_EQ(std::count(request.begin(), request.end(), '\n'), proxy.authorization.empty() ? 4 : 5);
    } catch (const ConfigError& error) {
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
    }
  };
  test::for_each_prefix(valid, try_with);
  test::for_each_changed_byte(valid, try_with);
  const std::string_view exceptions = "localhost,.example.com:443 [::1]:80,10.0.0.0/8";
  const auto look_at = [](std::string_view text) {
    EXPECT_TRUE(excepted(std::string(text) + ",*", "http://[::1]"));
    EXPECT_FALSE(excepted(text, "http://other.invalid:81") && text.find('*') == std::string_view::npos);
    excepted(text, "http://10.0.0.1");
  };
  test::for_each_prefix(exceptions, look_at);
  test::for_each_changed_byte(exceptions, look_at);
}

TEST(proxy_settings, ask_for_the_endpoint) {
  const url endpoint = parse_url("https://[::1]:8443/x", "test");
  const std::string request =
      test::head_text(connect_head(endpoint, parse_proxy("http://u:p@proxy:1", "test"), "agent"));
  EXPECT_EQ(
      request,
      "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\nUser-Agent: agent\r\nProxy-Authorization: Basic "
      "dTpw\r\n\r\n");
}

/// The proxy has to look the name up as it was given.
TEST(proxy_settings, ask_for_a_rooted_name_with_its_dot) {
  const std::string request = test::head_text(connect_head(parse_url("https://model.example.", "test"),
                                                           parse_proxy("http://proxy:1", "test"), "agent"));
  EXPECT_TRUE(request.starts_with("CONNECT model.example.:443 HTTP/1.1\r\nHost: model.example.:443\r\n"))
      << request;
}

TEST(base64, follows_the_rfc) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : examples) {
    EXPECT_EQ(encode_base64(plain), encoded);
    EXPECT_EQ(test::decoded_base64(encoded), plain);
  }
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(test::decoded_base64(encode_base64(all)), all);
}

TEST(base64, is_strict) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z=g=", "====", "Zm9v\n", "Zm-_", "Zg==Zg==", " Zg="})
    EXPECT_EQ(test::decoded_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace corochain::codec::proxy_settings_test
