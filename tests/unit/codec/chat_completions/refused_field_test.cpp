// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/refused_field.hpp"

#include <gtest/gtest.h>

#include <string>

#include "codec/chat_completions/error_body.hpp"

namespace corochain::codec::refused_field_test {
namespace {

std::string advice(const std::string& body) { return refused_field_advice(read_error_report(body)); }
std::string said(const std::string& message, const std::string& more = "") {
  return R"({"error":{"message":")" + message + "\"" + more + "}}";
}
bool names(const std::string& text, std::string_view option) {
  return text.find(option) != std::string::npos;
}

/// The ways in which servers refuse a field that they do not know.
std::vector<std::string> refusals_of(const std::string& field) {
  return {
      said("Unrecognized request argument supplied: " + field,
           R"(,"type":"invalid_request_error","param":null)"),
      said("Unknown parameter: '" + field + "'.",
           R"(,"param":")" + field + R"(","code":"unknown_parameter")"),
      said("no", R"(,"param":")" + field + R"(","code":"unsupported_parameter")"),
      said("property '" + field + "' is unsupported"),
      said(R"(Invalid JSON payload received. Unknown name \")" + field + R"(\": Cannot find field.)",
           R"(,"code":400,"status":"INVALID_ARGUMENT")"),
      said("json: unknown field \\\"" + field + "\\\""),
      said("Additional properties are not allowed ('" + field + "' was unexpected)"),
      said("[{'type': 'extra_forbidden', 'loc': ('body', '" + field +
           "'), 'msg': 'Extra inputs are not permitted'}]"),
      said("Extra inputs are not permitted, field: '" + field + "', value: {}"),
      R"({"detail":[{"loc":["body",")" + field +
          R"("],"msg":"extra fields not permitted","type":"value_error.extra"}]})",
      R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",")" + field +
          R"("],"msg":"Extra inputs are not permitted","input":{"a":true}}]},"type":"invalid_request_error"})",
      R"({"detail":[{"type":"missing","loc":["body","x"],"msg":"Field required"},{"type":"extra_forbidden","loc":["body",")" +
          field + R"("],"msg":"Extra inputs are not permitted"}]})",
      R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",")" + field +
          R"(","include_usage"],"msg":"Extra inputs are not permitted","input":true}]},"param":null,"code":null})",
      R"({"object":"error","message":"{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\")" +
          field +
          R"(\"],\"msg\":\"Extra inputs are not permitted\"}]}","type":"internal_error_proxy","param":null})",
      R"({"detail":[{"type":"extra_forbidden","loc":"body.)" + field +
          R"(","msg":"Extra inputs are not permitted"}]})",
  };
}

TEST(refused_field, names_the_option_that_leaves_the_field_out) {
  for (const std::string& body : refusals_of("stream_options"))
    EXPECT_TRUE(names(advice(body), "'stream_options'; set stream_usage to false")) << body;
  for (const std::string& body : refusals_of("max_completion_tokens"))
    EXPECT_TRUE(names(advice(body), "'max_completion_tokens'; set legacy_max_tokens to true")) << body;
  for (const std::string& body : refusals_of("encoding_format"))
    EXPECT_TRUE(names(advice(body), "'encoding_format'; set encoding_format to an empty text")) << body;
  EXPECT_TRUE(
      names(advice(R"({"object":"error","message":"base64 encoding is not currently supported","code":400})"),
            "'base64 encoding'; set encoding_format to an empty text"));
  for (const std::string& body : refusals_of("max_tokens"))
    EXPECT_TRUE(names(advice(body), "'max_tokens'; leave legacy_max_tokens false")) << body;
}

TEST(refused_field, means_the_field_that_is_named_first) {
  EXPECT_TRUE(names(advice(said("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                                "'max_completion_tokens' instead.")),
                    "'max_tokens'; "));
  EXPECT_TRUE(names(advice(said("'max_completion_tokens' is not supported, use 'max_tokens'")),
                    "'max_completion_tokens'; "));
}

TEST(refused_field, says_nothing_of_other_complaints) {
  for (
      const std::string& body : {
          std::string(),
          std::string("stream_options"),
          said("max_completion_tokens is too large: 100000. This model supports at most 16384 completion "
               "tokens"),
          said("stream_options is only allowed when stream is true"),
          said("Unrecognized request argument supplied: logit_bias"),
          said("unknown field my_stream_options"),
          said("unknown field stream_options2"),
          said("m", R"(,"param":"stream_options","code":"unsupported_value")"),
          said("Unknown model: see stream_options", R"(,"param":"model")"),
          std::string(
              R"({"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{"stream_options":{}}}]})"),
          std::string(
              R"({"detail":[{"type":"int_parsing","loc":["body","max_completion_tokens"],"msg":"too large"}]})"),
      })
    EXPECT_EQ(advice(body), "") << body;
}

TEST(refused_field, is_in_the_text_of_the_error) {
  const header_fields none;
  for (const int status : {400, 422})
    for (const std::string& body : refusals_of("stream_options")) {
      const http_error error = read_http_error(status, none, body, std::nullopt);
      EXPECT_EQ(error.kind, status == 400 ? ErrorKind::bad_request : ErrorKind::unprocessable_entity);
      EXPECT_TRUE(names(error.message, "stream_usage")) << error.message;
      EXPECT_FALSE(error.details.retryable);
    }
  const std::string reported =
      said("Unrecognized request argument supplied: stream_options", R"(,"code":400)");
  EXPECT_TRUE(names(read_reported_error(none, reported, std::nullopt).message, "stream_usage"));
  EXPECT_FALSE(names(read_http_error(500, none, reported, std::nullopt).message, "stream_usage"));
}

}  // namespace
}  // namespace corochain::codec::refused_field_test
