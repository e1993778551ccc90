// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/http_request.hpp"

#include <gtest/gtest.h>

#include "corochain/core/error.hpp"
#include "support/request_text.hpp"

namespace corochain::codec::http_request_test {
namespace {

request_head head_with(const header_fields& extra) {
  return model_request_head(parse_url("https://r.openai.azure.com:8443", "azure_endpoint"),
                            "/v1/chat/completions?x=1", "corochain/0.1.0", extra);
}

TEST(http_request, holds_no_secret_in_the_constant_part) {
  EXPECT_EQ(test::head_text(head_with({})).find("api-key"), std::string::npos);
}

TEST(http_request, lets_some_headers_be_replaced) {
  header_fields extra;
  extra.add("user-agent", "mine/1");
  extra.add("ACCEPT", "*/*");
  const std::string head = test::head_text(head_with(extra));
  EXPECT_EQ(head.find("corochain/0.1.0"), std::string::npos);
  EXPECT_NE(head.find("user-agent: mine/1\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Accept: "), std::string::npos);
}

TEST(http_request, sends_a_header_once_that_is_set_twice) {
  header_fields extra;
  extra.add("OpenAI-Organization", "the-librarys");
  const Headers own{{"openai-organization", "mine"}};
  const request_head made =
      model_request_head(parse_url("https://h", "base_url"), "/v1", "corochain/0.1.0", extra, own);
  const std::string head = test::head_text(made);
  EXPECT_EQ(head.find("the-librarys"), std::string::npos) << head;
  EXPECT_NE(head.find("openai-organization: mine\r\n"), std::string::npos) << head;
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

TEST(http_request, refuses_the_header_of_the_credential) {
  const request_head head = head_with({});
  const Headers own{{"x-own-key", "canary"}};
  http_request request(head);
  request.set_own_fields(own);
  request.set_credential("X-Own-Key", "", Secret("k"));
  try {
    request.set_own_fields(own);
    ADD_FAILURE() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("x-own-key"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
  }
}

TEST(http_request, refuses_line_breaks_wherever_they_come_from) {
  const url server = parse_url("https://h", "azure_endpoint");
  header_fields extra;
  extra.add("X-Team", "a\r\nEvil: 1");
  EXPECT_THROW(head_with(extra), ConfigError);
  EXPECT_THROW(model_request_head(server, "/a\r\nEvil: 1", "u", {}), ConfigError);
  EXPECT_THROW(model_request_head(server, "/a b", "u", {}), ConfigError);
  EXPECT_THROW(model_request_head(server, "", "u", {}), ConfigError);
  EXPECT_THROW(model_request_head(server, "/", "u\n", {}), ConfigError);

  const request_head head = head_with({});
  http_request request(head);
  EXPECT_THROW(request.add_field("Idempotency-Key", "i\r\n"), ConfigError);
  EXPECT_THROW(request.set_credential("api key", "", Secret("k")), ConfigError);
  try {
    request.set_credential("api-key", "", Secret("canary\n"));
    ADD_FAILURE() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("api-key"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace corochain::codec::http_request_test
