// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/url.hpp"

#include <gtest/gtest.h>

#include "codec/http/azure_url.hpp"
#include "codec/http/ip_address.hpp"
#include "corochain/core/error.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::url_test {
namespace {

url parse(std::string_view text) { return parse_url(test::exact_copy(text).view(), "azure_endpoint"); }

std::string refusal(std::string_view text) {
  try {
    parse(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(url, takes_an_endpoint_apart) {
  const url parsed = parse("https://MyResource.OpenAI.azure.com:8443/a/b/?x=1&y=%20");
  EXPECT_TRUE(parsed.tls);
  EXPECT_EQ(parsed.host, "myresource.openai.azure.com");
  EXPECT_EQ(parsed.port, 8443);
  EXPECT_EQ(parsed.path, "/a/b/");
  EXPECT_EQ(parsed.query, "x=1&y=%20");
  EXPECT_FALSE(parsed.host_is_address);
  EXPECT_EQ(parsed.host_header(), "myresource.openai.azure.com:8443");
  EXPECT_EQ(parsed.origin(), "https://myresource.openai.azure.com:8443");
}

TEST(url, knows_default_ports) {
  EXPECT_EQ(parse("https://h").port, 443);
  EXPECT_EQ(parse("http://h").port, 80);
  EXPECT_EQ(parse("HtTp://h").port, 80);
  EXPECT_EQ(parse("https://h:443/").host_header(), "h");
  EXPECT_EQ(parse("http://h:80").host_header(), "h");
  EXPECT_EQ(parse("http://h:443").host_header(), "h:443");
  EXPECT_EQ(parse("https://h:00443").port, 443);
}

TEST(url, knows_addresses) {
  const url v4 = parse("http://127.0.0.1:8080/v1");
  EXPECT_TRUE(v4.host_is_address);
  EXPECT_EQ(v4.host_header(), "127.0.0.1:8080");
  const url v6 = parse("http://[2001:DB8::1]:8080/v1");
  EXPECT_TRUE(v6.host_is_address);
  EXPECT_EQ(v6.host, "2001:db8::1");
  EXPECT_EQ(v6.host_header(), "[2001:db8::1]:8080");
  EXPECT_EQ(v6.origin(), "http://[2001:db8::1]:8080");
  EXPECT_EQ(parse("https://[::1]").origin(), "https://[::1]");
}

TEST(url, keeps_paths_and_queries_as_given) {
  EXPECT_EQ(parse("https://h").path, "");
  EXPECT_EQ(parse("https://h/").path, "/");
  EXPECT_EQ(parse("https://h//a///").path, "//a///");
  EXPECT_EQ(parse("https://h?q").path, "");
  EXPECT_EQ(parse("https://h?q").query, "q");
  EXPECT_EQ(parse("https://h/a?b?c").query, "b?c");
}

TEST(url, a_trailing_dot_is_for_the_look_up_only) {
  for (const char* text : {"https://My_host-1.local.:8443/a", "https://my_host-1.local.:8443/a"}) {
    const url rooted = parse(text);
    EXPECT_EQ(rooted.host, "my_host-1.local");
    EXPECT_EQ(rooted.lookup_host(), "my_host-1.local.");
    EXPECT_EQ(rooted.host_header(), "my_host-1.local:8443");
    EXPECT_EQ(rooted.origin(), "https://my_host-1.local:8443");
    EXPECT_NE(rooted, parse("https://my_host-1.local:8443/a"));
  }
  EXPECT_EQ(parse("http://localhost.").lookup_host(), "localhost.");
  EXPECT_EQ(parse("http://localhost").lookup_host(), "localhost");
  EXPECT_EQ(parse("http://127.0.0.1").lookup_host(), "127.0.0.1");
  EXPECT_EQ(parse("http://[::1]").lookup_host(), "::1");
  for (const char* text : {"http://.", "http://h..", "http://127.0.0.1.", "http://[::1]."})
    EXPECT_THROW(parse(text), ConfigError) << text;
}

TEST(url, refuses_other_urls_without_a_quote) {
  const std::string_view bad[] = {
      "",
      "canary",
      "canary.openai.azure.com",
      "ftp://canary",
      "https:/canary",
      "https://",
      "https:///canary",
      "https://:443/canary",
      "https://canary:",
      "https://canary:0",
      "https://canary:65536",
      "https://canary:99999999999999999999",
      "https://canary:4x",
      "https://canary:-1",
      "https://canary:+1",
      "https://canary:1:2",
      "https://::1/canary",
      "https://[::1/canary",
      "https://[canary]",
      "https://[::1]canary",
      "https://[fe80::1%25eth0]/canary",
      "https://user@canary",
      "https://user:canary@host",
      "https://host/#canary",
      "https://host/can ary",
      " https://canary",
      "https://canary\r\n",
      "https://host/canary\x01",
      "https://host\\canary",
      "https://{canary}.openai.azure.com",
      "https://can\xC3\xA4ry",
      "https://host/can\xC3\xA4ry",
      "https://host/{canary}",
      "https://host/canary%",
      "https://host/canary%4",
      "https://host/canary%zz",
      "https://host/canary%4g",
      "https://host/canary%g4",
      "https://canary..com",
      "https://.canary",
      "https://1.2.3",
      "https://256.1.1.1",
      "https://010.0.0.1",
      "https://canary.7",
  };
  for (std::string_view text : bad) {
    const std::string said = refusal(text);
    EXPECT_NE(said, "") << text;
    EXPECT_EQ(said.find("canary"), std::string::npos) << said;
    EXPECT_NE(said.find("azure_endpoint"), std::string::npos) << said;
  }
  EXPECT_THROW(parse(std::string_view("https://h/\0", 11)), ConfigError);
  EXPECT_THROW(parse("https://" + std::string(64, 'a')), ConfigError);
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "abc.";
  EXPECT_THROW(parse("https://" + long_name), ConfigError);
  const std::string name_of_253 = long_name.substr(0, 253);
  EXPECT_EQ(parse("https://" + name_of_253).host, name_of_253);
  EXPECT_NE(refusal("https://" + name_of_253 + "b").find("longer than 253"), std::string::npos);
  EXPECT_NE(refusal("myresource.openai.azure.com").find("https://"), std::string::npos);
  EXPECT_NE(refusal("https://k@h").find("credentials"), std::string::npos);
}

TEST(url, survives_every_prefix_and_every_changed_byte) {
  const std::string_view valid = "https://user-1.example.com:8443/a%20b/?api=1";
  const auto use = [](std::string_view text) {
    try {
      const url parsed = parse_url(text, "x");
      EXPECT_FALSE(parsed.host.empty());
      EXPECT_EQ(parse_url(parsed.origin() + parsed.path, "x").host, parsed.host);
    } catch (const ConfigError&) {
    }
  };
  test::for_each_prefix(valid, use);
  test::for_each_changed_byte(valid, use);
  test::for_each_prefix("http://[2001:db8::ffff:192.0.2.1]:80/", use);
  test::for_each_changed_byte("http://[2001:db8::ffff:192.0.2.1]:80/", use);
}

TEST(percent_encode, keeps_only_unreserved_characters) {
  EXPECT_EQ(percent_encode_segment("gpt-4o_mini.v~1"), "gpt-4o_mini.v~1");
  EXPECT_EQ(percent_encode_segment("a/b?c d#%&"), "a%2Fb%3Fc%20d%23%25%26");
  EXPECT_EQ(percent_encode_segment("\xC3\xBC"), "%C3%BC");
  EXPECT_EQ(percent_encode_query("a b&c=d+e"), "a%20b%26c%3Dd%2Be");
}

TEST(ip_address, knows_ipv4) {
  for (std::string_view text : {"0.0.0.0", "127.0.0.1", "255.255.255.255"})
    EXPECT_EQ(read_ip_address(text).bits, 32u) << text;
  for (std::string_view text :
       {"", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.04",
        "1..2.3", "a.b.c.d", "1.2.3.4 ", "99999999999999999999.1.1.1"})
    EXPECT_NE(read_ip_address(text).bits, 32u) << text;
}

TEST(ip_address, knows_ipv6) {
  for (std::string_view text :
       {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "fe80::ABCD", "0:0:0:0:0:0:0:0"})
    EXPECT_EQ(read_ip_address(text).bits, 128u) << text;
  for (std::string_view text : {"",
                                ":",
                                ":::",
                                "1",
                                "1:2",
                                "1:2:3:4:5:6:7",
                                "1:2:3:4:5:6:7:8:9",
                                "1::2::3",
                                "12345::",
                                "g::",
                                "1:",
                                ":1",
                                "1:2:",
                                "1:2:3:4:5:6:7:8::",
                                "::1:2:3:4:5:6:7:8",
                                "::1.2.3",
                                "::1.2.3.4:1",
                                "1:2:3:4:5:6:7:1.2.3.4",
                                "1:2:3:4:5:6::1.2.3.4",
                                "1:2:3:4:5::1:1.2.3.4.5",
                                "fe80::1%eth0",
                                "1.2.3.4"})
    EXPECT_NE(read_ip_address(text).bits, 128u) << text;
}

TEST(ip_address, ends_at_no_zero_byte) {
  for (std::string_view text : {std::string_view("1.2.3.4\0x", 9), std::string_view("::1\0", 4)})
    EXPECT_EQ(read_ip_address(text).bits, 0u);
}

TEST(target_below, is_below_the_base_url) {
  EXPECT_EQ(target_below(parse("https://api.openai.com/v1"), "/chat/completions"), "/v1/chat/completions");
  EXPECT_EQ(target_below(parse("https://api.openai.com/v1/"), "/chat/completions"), "/v1/chat/completions");
  EXPECT_EQ(target_below(parse("http://localhost:11434"), "/chat/completions"), "/chat/completions");
  EXPECT_EQ(target_below(parse("http://gw/x/chat/completions?k=1"), "/chat/completions"),
            "/x/chat/completions?k=1");
}

TEST(target_below, takes_each_operation) {
  EXPECT_EQ(target_below(parse("https://api.openai.com/v1/"), "/embeddings"), "/v1/embeddings");
  EXPECT_EQ(target_below(parse("http://gw/x/embeddings?k=1"), "/embeddings"), "/x/embeddings?k=1");
}

TEST(percent_decode, gives_back_the_encoded_text_and_keeps_all_else) {
  for (const std::string_view text : {"", "plain", "my model/1", "a%b", "100%", "%zz", "\xc3\xa9", "+"})
    EXPECT_EQ(percent_decode(percent_encode_segment(text)), text);
  EXPECT_EQ(percent_decode("%2f%2F"), "//");
  for (const std::string_view text : {"%", "%4", "%g0", "%0g", "a%"}) EXPECT_EQ(percent_decode(text), text);
}

}  // namespace
}  // namespace corochain::codec::url_test
