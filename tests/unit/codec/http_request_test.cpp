// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http_request.hpp"

#include <gtest/gtest.h>

#include "corochain/core/error.hpp"

namespace corochain::codec::http_request_test {
namespace {

request_head head_with(const header_fields& extra) {
  return request_head(parse_url("https://r.openai.azure.com:8443", "azure_endpoint"),
                      "/v1/chat/completions?x=1", "corochain/0.1.0", extra);
}

TEST(http_request, is_head_and_body_in_one_piece) {
  header_fields extra;
  extra.add("X-Team", " blue ");
  const std::string text =
      build_request(head_with(extra), "Authorization", "Bearer ", Secret("token"), "key-1", 0, "{\"a\":1}");
  EXPECT_EQ(text,
            "POST /v1/chat/completions?x=1 HTTP/1.1\r\n"
            "Host: r.openai.azure.com:8443\r\n"
            "User-Agent: corochain/0.1.0\r\n"
            "Content-Type: application/json\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "X-Team: blue\r\n"
            "Authorization: Bearer token\r\n"
            "Idempotency-Key: key-1\r\n"
            "Content-Length: 7\r\n"
            "\r\n"
            "{\"a\":1}");
}

TEST(http_request, counts_retries_only_on_retries) {
  const request_head head = head_with({});
  const auto text = [&](int retries) {
    return build_request(head, "api-key", "", Secret("k"), "i", retries, "");
  };
  EXPECT_EQ(text(0).find("x-corochain-retry-count"), std::string::npos);
  EXPECT_NE(text(1).find("x-corochain-retry-count: 1\r\n"), std::string::npos);
  EXPECT_NE(text(12).find("x-corochain-retry-count: 12\r\n"), std::string::npos);
  EXPECT_NE(text(0).find("Content-Length: 0\r\n"), std::string::npos);
  EXPECT_NE(text(0).find("api-key: k\r\n"), std::string::npos);
}

TEST(http_request, leaves_out_an_empty_credential_and_key) {
  const std::string text = build_request(head_with({}), "Authorization", "Bearer ", Secret(), "", 0, "{}");
  EXPECT_EQ(text.find("Authorization"), std::string::npos);
  EXPECT_EQ(text.find("Idempotency-Key"), std::string::npos);
}

TEST(http_request, carries_the_credentials_of_a_proxy_that_passes_it_on) {
  const url server = parse_url("http://model.example", "test");
  for (int retries : {0, 3}) {
    const request_head head(server, "http://model.example/v1", "agent", {}, {}, "*/*", Secret("Basic dTpw"));
    const std::string text = build_request(head, "api-key", "", Secret("k"), "i", retries, "{}");
    EXPECT_NE(text.find("\r\nProxy-Authorization: Basic dTpw\r\n"), std::string::npos) << text;
    EXPECT_EQ(text.capacity(), text.size());
  }
  const request_head without(server, "/v1", "agent", {});
  EXPECT_EQ(build_request(without, "api-key", "", Secret("k"), "i", 0, "{}").find("Proxy-"),
            std::string::npos);
  EXPECT_THROW(request_head(server, "/v1", "agent", {}, {}, "*/*", Secret("Basic x\r\nEvil: 1")),
               ConfigError);
}

TEST(http_request, names_itself_to_azure_where_it_has_a_name) {
  const auto text_with = [](std::string_view id, int retries) {
    return build_request(head_with({}), "api-key", "", Secret("k"), "i", retries, "{}", id);
  };
  EXPECT_EQ(text_with("", 0).find(client_request_id_name), std::string::npos);
  for (const int retries : {0, 2}) {
    const std::string text = text_with("0af7651916cd43dd8448eb211c80319c", retries);
    EXPECT_NE(text.find("\r\nx-ms-client-request-id: 0af7651916cd43dd8448eb211c80319c\r\n"),
              std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n{}"));
  }
  EXPECT_THROW(text_with("a\r\nb", 0), ConfigError);
}

TEST(http_request, is_allocated_once) {
  for (int retries : {0, 1, 1000}) {
    const std::string body(10000, 'x');
    const std::string text = build_request(head_with({}), "api-key", "", Secret("k"), "i", retries, body);
    EXPECT_LT(text.capacity(), text.size() + 16);  // libc++ rounds up
  }
}

TEST(http_request, holds_no_secret_in_the_constant_part) {
  EXPECT_EQ(head_with({}).text().find("api-key"), std::string::npos);
}

TEST(http_request, lets_some_headers_be_replaced) {
  header_fields extra;
  extra.add("user-agent", "mine/1");
  extra.add("ACCEPT", "*/*");
  const request_head head = head_with(extra);
  EXPECT_EQ(head.text().find("corochain/0.1.0"), std::string::npos);
  EXPECT_NE(head.text().find("user-agent: mine/1\r\n"), std::string::npos);
  EXPECT_EQ(head.text().find("Accept: "), std::string::npos);
}

TEST(http_request, headers_of_a_call_replace_those_of_the_model) {
  header_fields extra;
  extra.add("OpenAI-Project", "p");
  const Headers own{{"X-Team", "blue"}, {"X-Key", Secret("canary-of-a-gateway")}};
  const request_head head(parse_url("https://h", "azure_endpoint"), "/t", "corochain/0.1.0", extra, own);
  EXPECT_NE(head.text().find("X-Key: canary-of-a-gateway\r\n"), std::string_view::npos);
  const Headers call{{"x-team", " green "}, {"traceparent", "00-1"}, {"accept", "*/*"}};
  const std::string built = build_request(head, "api-key", "", Secret("k"), "i", 0, "{}", {}, &call);
  EXPECT_EQ(
      built,
      "POST /t HTTP/1.1\r\nHost: h\r\nUser-Agent: corochain/0.1.0\r\nContent-Type: application/json\r\n"
      "Accept-Encoding: identity\r\nOpenAI-Project: p\r\nX-Key: canary-of-a-gateway\r\nx-team: green\r\n"
      "traceparent: 00-1\r\naccept: */*\r\napi-key: k\r\nIdempotency-Key: i\r\nContent-Length: 2\r\n\r\n{}");
  const Headers none;
  EXPECT_EQ(build_request(head, "api-key", "", Secret("k"), "i", 0, "{}", {}, &none),
            build_request(head, "api-key", "", Secret("k"), "i", 0, "{}"));
  const Headers evil{{"x-a", "b\r\nc: d"}};
  EXPECT_THROW(build_request(head, "api-key", "", Secret("k"), "i", 0, "{}", {}, &evil), ConfigError);
  const Headers ours{{"Host", "elsewhere"}};
  EXPECT_THROW(build_request(head, "api-key", "", Secret("k"), "i", 0, "{}", {}, &ours), ConfigError);
}

TEST(http_request, refuses_headers_that_are_the_librarys_own) {
  for (std::string_view name :
       {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "api-key", "authorization",
        "Accept-Encoding", "Idempotency-Key", "Expect", "x-corochain-retry-count"}) {
    header_fields extra;
    extra.add(name, "canary");
    try {
      head_with(extra);
      ADD_FAILURE() << name;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos);
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
    }
  }
}

TEST(http_request, refuses_line_breaks_wherever_they_come_from) {
  const url server = parse_url("https://h", "azure_endpoint");
  header_fields extra;
  extra.add("X-Team", "a\r\nEvil: 1");
  EXPECT_THROW(head_with(extra), ConfigError);
  EXPECT_THROW(request_head(server, "/a\r\nEvil: 1", "u", {}), ConfigError);
  EXPECT_THROW(request_head(server, "/a b", "u", {}), ConfigError);
  EXPECT_THROW(request_head(server, "", "u", {}), ConfigError);
  EXPECT_THROW(request_head(server, "/", "u\n", {}), ConfigError);

  const request_head head = head_with({});
  EXPECT_THROW(build_request(head, "api-key", "", Secret("k"), "i\r\n", 0, ""), ConfigError);
  EXPECT_THROW(build_request(head, "api key", "", Secret("k"), "i", 0, ""), ConfigError);
  try {
    build_request(head, "api-key", "", Secret("canary\n"), "i", 0, "");
    ADD_FAILURE() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("api-key"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace corochain::codec::http_request_test
