// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/http1_request_writer.hpp"

#include <gtest/gtest.h>

#include "corochain/core/error.hpp"
#include "support/request_text.hpp"

namespace corochain::transport::http1_request_writer_test {
namespace {
using codec::header_fields;
using codec::http_request;
using codec::request_head;
using test::request_text;

request_head head_with(const header_fields& extra) {
  return codec::model_request_head(codec::parse_url("https://r.openai.azure.com:8443", "azure_endpoint"),
                                   "/v1/chat/completions?x=1", "corochain/0.1.0", extra);
}

TEST(http1_request_writer, writes_head_and_body_in_one_piece) {
  header_fields extra;
  extra.add("X-Team", " blue ");
  const request_head head = head_with(extra);
  const Secret token("token");
  http_request request(head, "{\"a\":1}");
  request.set_credential("Authorization", "Bearer ", token);
  request.add_field("Idempotency-Key", "key-1");
  http1_request_writer writer(request);
  EXPECT_EQ(writer.unwritten(),
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
  writer.advance(3);
  EXPECT_TRUE(writer.unwritten().starts_with("T /v1"));
  writer.advance(writer.unwritten().size());
  EXPECT_TRUE(writer.unwritten().empty());
}

TEST(http1_request_writer, copies_only_the_beginning_of_a_long_body) {
  const request_head head = head_with({});
  std::string body(300'000, 'x');
  body.replace(200'000, 5, "above");
  const Secret key("k");
  http_request request(head, body);
  request.set_credential("api-key", "", key);
  http1_request_writer writer(request);
  EXPECT_GT(writer.unwritten().size(), 60'000u);
  EXPECT_LT(writer.unwritten().size(), 70'000u);
  std::string text(writer.unwritten());
  writer.advance(text.size());
  EXPECT_EQ(writer.unwritten().data() + writer.unwritten().size(), body.data() + body.size());
  text += writer.unwritten();
  EXPECT_EQ(text.substr(text.find("\r\n\r\n") + 4), body);
  EXPECT_NE(text.find("\r\nContent-Length: 300000\r\n"), std::string::npos);
}

TEST(http1_request_writer, writes_a_head_that_is_longer_than_its_block) {
  request_head head("GET", "h", "/");
  head.fields.emplace_back("X-Long", std::string(100'000, 'y'));
  const std::string text = request_text(http_request(head, "body"));
  EXPECT_TRUE(text.ends_with("yyy\r\nContent-Length: 4\r\n\r\nbody"));
}

TEST(http1_request_writer, says_a_length_where_a_body_is_expected) {
  EXPECT_EQ(test::head_text(request_head("GET", "h", "/t")), "GET /t HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(test::head_text(request_head("CONNECT", "h:1", "h:1")),
            "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n");
  EXPECT_EQ(test::head_text(request_head("POST", "h", "/t")),
            "POST /t HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}

TEST(http1_request_writer, leaves_out_what_is_empty) {
  const request_head head = head_with({});
  http_request request(head, "{}");
  request.set_credential("Authorization", "Bearer ", Secret());
  request.add_field("Idempotency-Key", "");
  request.add_field("x-corochain-retry-count", "12");
  const std::string text = request_text(request);
  EXPECT_EQ(text.find("Authorization"), std::string::npos);
  EXPECT_EQ(text.find("Idempotency-Key"), std::string::npos);
  EXPECT_NE(text.find("x-corochain-retry-count: 12\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n{}"));
}

TEST(http1_request_writer, carries_the_credentials_of_a_forwarding_proxy) {
  const codec::url server = codec::parse_url("http://model.example", "test");
  const auto text_to = [&](const char* target, const Secret& authorization) {
    return test::head_text(codec::model_request_head(server, target, "agent", {}, {}, "*/*", authorization));
  };
  EXPECT_NE(text_to("http://model.example/v1", Secret("Basic dTpw"))
                .find("\r\nProxy-Authorization: Basic dTpw\r\n"),
            std::string::npos);
  EXPECT_EQ(text_to("/v1", Secret()).find("Proxy-"), std::string::npos);
  EXPECT_THROW(text_to("/v1", Secret("Basic x\r\nEvil: 1")), ConfigError);
}

TEST(http1_request_writer, headers_of_a_call_replace_those_of_the_model) {
  header_fields extra;
  extra.add("OpenAI-Project", "p");
  const Headers own{{"X-Team", "blue"}, {"X-Key", Secret("canary-of-a-gateway")}};
  const request_head head = codec::model_request_head(codec::parse_url("https://h", "azure_endpoint"), "/t",
                                                      "corochain/0.1.0", extra, own);
  EXPECT_NE(test::head_text(head).find("X-Key: canary-of-a-gateway\r\n"), std::string::npos);
  const Headers call{{"x-team", " green "}, {"traceparent", "00-1"}, {"accept", "*/*"}};
  const Secret key("k");
  http_request request(head, "{}");
  request.set_credential("api-key", "", key);
  request.add_field("Idempotency-Key", "i");
  const std::string without_own = request_text(request);
  request.set_own_fields(call);
  EXPECT_EQ(
      request_text(request),
      "POST /t HTTP/1.1\r\nHost: h\r\nUser-Agent: corochain/0.1.0\r\nContent-Type: application/json\r\n"
      "Accept-Encoding: identity\r\nOpenAI-Project: p\r\nX-Key: canary-of-a-gateway\r\nx-team: green\r\n"
      "traceparent: 00-1\r\naccept: */*\r\napi-key: k\r\nIdempotency-Key: i\r\nContent-Length: 2\r\n\r\n{}");
  const Headers none;
  request.set_own_fields(none);
  EXPECT_EQ(request_text(request), without_own);
  const Headers evil{{"x-a", "b\r\nc: d"}};
  EXPECT_THROW(request.set_own_fields(evil), ConfigError);
  const Headers ours{{"Host", "elsewhere"}};
  EXPECT_THROW(request.set_own_fields(ours), ConfigError);
}

}  // namespace
}  // namespace corochain::transport::http1_request_writer_test
