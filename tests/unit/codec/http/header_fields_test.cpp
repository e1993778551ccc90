// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/header_fields.hpp"

#include <gtest/gtest.h>

#include "codec/http/request_id.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec::header_fields_test {
namespace {

std::string refusal(std::string_view name, std::string_view value) {
  try {
    check_header(name, value);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(header_fields, finds_the_first_of_a_name_in_any_case) {
  header_fields headers;
  EXPECT_TRUE(headers.empty());
  headers.add("X-Request-Id", "one");
  headers.add("retry-after", " \t 5 ");
  headers.add("x-request-id", "two");
  headers.add("empty", "");
  EXPECT_EQ(headers.find("x-REQUEST-id"), "one");
  EXPECT_EQ(headers.find("Retry-After"), "5");
  EXPECT_EQ(headers.find("empty"), "");
  EXPECT_EQ(headers.find("absent"), std::nullopt);
  EXPECT_EQ(headers.size(), 4u);

  std::string names;
  for (const header_field& field : headers) names.append(field.name).append(",");
  EXPECT_EQ(names, "X-Request-Id,retry-after,x-request-id,empty,");
  headers.clear();
  EXPECT_TRUE(headers.empty());
}

TEST(check_header, takes_tokens_and_printable_values) {
  EXPECT_EQ(refusal("X-Trace", "a b\tc"), "");
  EXPECT_EQ(refusal("!#$%&'*+-.^_`|~09azAZ", ""), "");
  EXPECT_EQ(refusal("X", "caf\xC3\xA9"), "");
}

TEST(check_header, refuses_bad_names) {
  for (std::string_view name : {"", " ", "a b", "a:", "a\r\nb", "a\tb", "(x)", "na\xC3\xA9"})
    EXPECT_NE(refusal(name, "v"), "") << name;
  EXPECT_EQ(refusal("a\r\nSecret: x", "v").find('\n'), std::string::npos);
}

TEST(check_header, refuses_control_bytes_and_never_quotes_the_value) {
  for (int c = 0; c < 256; ++c) {
    const std::string value = std::string("canary") + static_cast<char>(c) + "tail";
    const std::string said = refusal("X-Key", value);
    const bool control = (c < 0x20 && c != '\t') || c == 0x7F;
    EXPECT_EQ(!said.empty(), control) << c;
    EXPECT_EQ(said.find("canary"), std::string::npos);
    EXPECT_EQ(said.find("X-Key") != std::string::npos, control);
  }
}

TEST(check_header, finds_a_control_byte_wherever_it_stands) {
  for (const char bad : {'\0', '\n', '\x1F', '\x7F'})
    for (std::size_t size = 1; size <= 20; ++size)
      for (std::size_t at = 0; at < size; ++at) {
        std::string value(size, at % 2 == 0 ? '\x80' : '\t');
        EXPECT_EQ(refusal("X", value), "");
        value[at] = bad;
        EXPECT_NE(refusal("X", value), "") << static_cast<int>(bad) << " at " << at << " of " << size;
      }
}

TEST(check_no_control_bytes, names_the_option_and_not_its_value) {
  EXPECT_NO_THROW(check_no_control_bytes("api_version", "2024-10-21"));
  for (std::string_view text : {"canary\n", "canary\r", "\tcanary", "canary\x7F"}) {
    try {
      check_no_control_bytes("api_version", text);
      ADD_FAILURE() << "not refused";
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("api_version"), std::string::npos);
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
    }
  }
  EXPECT_THROW(check_no_control_bytes("x", std::string_view("a\0b", 3)), ConfigError);
}

TEST(request_id, takes_the_first_that_looks_like_one) {
  header_fields headers;
  EXPECT_EQ(request_id(headers), "");
  headers.add("apim-request-id", "apim-1");
  EXPECT_EQ(request_id(headers), "apim-1");
  headers.add("x-request-id", "req_2:/+=.|");
  EXPECT_EQ(request_id(headers), "req_2:/+=.|");
}

TEST(request_id, passes_over_what_is_no_id) {
  for (const std::string& text : {std::string(), std::string("two words"), std::string("a\"b"),
                                  std::string("caf\xC3\xA9"), std::string(129, 'x')}) {
    header_fields headers;
    headers.add("x-request-id", text);
    headers.add("apim-request-id", "fallback");
    EXPECT_EQ(request_id(headers), "fallback");
  }
}

}  // namespace
}  // namespace corochain::codec::header_fields_test
