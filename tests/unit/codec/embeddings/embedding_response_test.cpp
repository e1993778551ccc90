// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/embedding_response.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codec/http/base64.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::embedding_response_test {
namespace {

using vectors = std::vector<std::vector<float>>;

// 1, -2 and 0.5, the smallest float; little-endian, written by hand.
constexpr std::string_view one_and_minus_two("\x00\x00\x80\x3F\x00\x00\x00\xC0", 8);
constexpr std::string_view half_and_tiny("\x00\x00\x00\x3F\x01\x00\x00\x00", 8);
constexpr float tiny = std::numeric_limits<float>::denorm_min();

std::string entry(std::string_view index, std::string_view embedding) {
  return R"({"object":"embedding","index":)" + std::string(index) + R"(,"embedding":)" +
         std::string(embedding) + "}";
}
std::string quoted(std::string_view bytes) { return '"' + encode_base64(bytes) + '"'; }
std::string list(const std::string& entries) {
  return R"({"object":"list","data":[)" + entries +
         R"(],"model":"text-embedding-3-small","usage":{"prompt_tokens":7,"total_tokens":9}})";
}

header_fields some_headers() {
  header_fields headers;
  headers.add("x-request-id", "req-1");
  return headers;
}

embedding_answer read(std::string_view body, std::size_t texts,
                      std::optional<std::int64_t> dimensions = std::nullopt) {
  return read_embedding_response(test::exact_copy(body).view(), some_headers(), texts, dimensions);
}

std::string complaint_about(std::string_view body, std::size_t texts,
                            std::optional<std::int64_t> dimensions = std::nullopt) {
  try {
    read(body, texts, dimensions);
  } catch (const ResponseFormatError& error) {
    EXPECT_EQ(error.request_id(), "req-1");
    EXPECT_EQ(error.http_status(), 200);
    EXPECT_TRUE(error.details().answered);
    EXPECT_FALSE(error.retryable());
    EXPECT_LE(error.server_message().size(), 4096u);
    EXPECT_EQ(detail::invalid_utf8_at(error.server_message()), std::nullopt);
    return error.what();
  }
  return "no error";
}

void expect_complaint(std::string_view body, std::size_t texts, std::string_view part,
                      std::optional<std::int64_t> dimensions = std::nullopt) {
  const std::string what = complaint_about(body, texts, dimensions);
  EXPECT_NE(what.find(part), std::string::npos) << what << "\n of " << body;
}

TEST(embedding_response, reads_base64) {
  const auto answer =
      read(list(entry("0", quoted(one_and_minus_two)) + ',' + entry("1", quoted(half_and_tiny))), 2);
  EXPECT_EQ(answer.vectors, (vectors{{1.0f, -2.0f}, {0.5f, tiny}}));
  ASSERT_TRUE(answer.usage);
  EXPECT_EQ(*answer.usage, (Usage{7, 0, 9, 0, 0}));
  EXPECT_EQ(answer.model, "text-embedding-3-small");
  EXPECT_EQ(answer.request_id, "req-1");
}

TEST(embedding_response, refuses_what_is_no_finite_number_in_base64) {
  for (const char* bad :
       {"\x00\x00\xC0\x7F", "\x01\x00\x80\x7F", "\x00\x00\xC0\xFF", "\x00\x00\x80\x7F", "\x00\x00\x80\xFF"})
    for (const std::size_t at : {0u, 4u, 8u}) {
      std::string bytes(12, '\0');
      const std::string_view four(bad, 4);
      bytes.replace(at, 4, four);
      expect_complaint(list(entry("0", quoted(std::string_view(bytes)))), 1,
                       "'data[0].embedding' holds an infinite number or a NaN");
    }
  // The largest and the smallest numbers and a negative zero are finite.
  const std::string_view bytes("\xFF\xFF\x7F\x7F\xFF\xFF\x7F\xFF\x01\x00\x00\x00\x00\x00\x00\x80", 16);
  constexpr float most = std::numeric_limits<float>::max();
  const auto answer = read(list(entry("0", quoted(bytes))), 1);
  EXPECT_EQ(answer.vectors, (vectors{{most, -most, std::numeric_limits<float>::denorm_min(), -0.0f}}));
  EXPECT_TRUE(std::signbit(answer.vectors[0][3]));
  // If a field comes twice, the last one counts, whatever the first was.
  const std::string infinite = quoted(std::string_view("\x00\x00\x80\x7F", 4));
  EXPECT_EQ(read(list(entry("0", infinite + R"(,"embedding":[1])")), 1).vectors, (vectors{{1.0f}}));
}

TEST(embedding_response, reads_arrays_and_both_together) {
  EXPECT_EQ(read(list(entry("0", "[1, -2e0]") + ',' + entry("1", "[0.5,1e-45]")), 2).vectors,
            (vectors{{1.0f, -2.0f}, {0.5f, tiny}}));
  EXPECT_EQ(read(list(entry("0", quoted(one_and_minus_two)) + ',' + entry("1", "[3,0.1]")), 2).vectors,
            (vectors{{1.0f, -2.0f}, {3.0f, 0.1f}}));
}

TEST(embedding_response, reads_escapes_in_base64) {
  EXPECT_EQ(read(list(entry("0", R"("AACAPwAA\u0041MA=")")), 1).vectors, (vectors{{1.0f, -2.0f}}));
  // The largest float has slashes in its base64, which JSON may escape.
  EXPECT_EQ(read(list(entry("0", R"("\/\/9\/fw==")")), 1).vectors,
            (vectors{{std::numeric_limits<float>::max()}}));
}

TEST(embedding_response, goes_by_the_index) {
  EXPECT_EQ(read(list(entry("2", "[2]") + ',' + entry("0", "[0]") + ',' + entry("1.0", "[1]")), 3).vectors,
            (vectors{{0.0f}, {1.0f}, {2.0f}}));
}

TEST(embedding_response, needs_little_and_passes_over_additions) {
  const auto answer = read_embedding_response(
      R"({"new":[{"data":[{"index":9}]}],"error":null,"data":[{"index":0,"new":{"index":5,"embedding":[9]},)"
      R"("embedding":[1]}],"usage":null,"model":17})",
      {}, 1, std::nullopt);
  EXPECT_EQ(answer.vectors, (vectors{{1.0f}}));
  EXPECT_EQ(answer.usage, std::nullopt);
  EXPECT_EQ(answer.model, "");
  EXPECT_EQ(answer.request_id, "");
}

TEST(embedding_response, counts_the_last_of_a_field_that_comes_twice) {
  EXPECT_EQ(
      read(R"({"data":[{"index":3,"embedding":[true]},5,6],"data":[{"index":1,"embedding":"?","index":0,)"
           R"("embedding":[1,2]}]})",
           1)
          .vectors,
      (vectors{{1.0f, 2.0f}}));
  expect_complaint(R"({"data":[{"index":0,"embedding":[1],"embedding":null}]})", 1,
                   "'data[0].embedding' is neither base64 nor an array");
}

TEST(embedding_response, wants_each_index_once) {
  expect_complaint(list(""), 1, "'data' has 0 elements for 1 texts");
  expect_complaint(list(entry("0", "[1]")), 2, "'data' has 1 elements for 2 texts");
  expect_complaint(list(entry("0", "[1]") + ',' + entry("1", "[1]")), 1, "'data' has more than 1 elements");
  expect_complaint(list(entry("0", "[1]") + ',' + entry("0", "[1]")), 2, "'data[1].index' occurs twice");
  for (const char* index : {"2", "-1", "9223372036854775807", "-9223372036854775808"})
    expect_complaint(list(entry("0", "[1]") + ',' + entry(index, "[1]")), 2,
                     "'data[1].index' belongs to no text that was sent");
  // Its position counts instead.
  for (const char* index : {"null", "\"0\"", "0.5", "true", "[]", "{}", "1e300"}) {
    const auto answer = read(list(entry("0", "[1]") + ',' + entry(index, "[2]")), 2);
    EXPECT_EQ(answer.vectors.at(1), std::vector<float>{2}) << index;
  }
  const auto left_out = read(R"({"data":[{"embedding":[1]},{"index":1,"embedding":[2]}]})", 2);
  EXPECT_EQ(left_out.vectors.at(0), std::vector<float>{1});
  EXPECT_EQ(left_out.vectors.at(1), std::vector<float>{2});
  expect_complaint(R"({"data":[{"index":1,"embedding":[1]},{"embedding":[2]}]})", 2, "occurs twice");
}

TEST(embedding_response, wants_vectors_that_can_be_decoded) {
  expect_complaint(R"({"data":[{"index":0}]})", 1, "'data[0].embedding' is missing");
  for (const char* wrong : {"null", "5", "true", R"({"0":1})"})
    expect_complaint(list(entry("0", wrong)), 1, "'data[0].embedding' is neither base64 nor an array");
  for (const char* wrong : {R"("AACAPw=")", R"("AAC*Pw==")", R"("AACAP\u0000==")", R"("....")"})
    expect_complaint(list(entry("0", wrong)), 1, "'data[0].embedding' is not valid base64");
  for (std::size_t size = 1; size < 8; ++size)
    if (size != 4)
      expect_complaint(list(entry("0", quoted(one_and_minus_two.substr(0, size)))), 1,
                       "'data[0].embedding' is no sequence of 4-byte numbers");
  for (const char* wrong : {"[null]", "[1,\"2\"]", "[[1]]", "[{}]", "[true,1]"})
    expect_complaint(list(entry("0", wrong)), 1, "'data[0].embedding' holds a value that is no number");
  for (const char* wrong : {"[1e39]", "[1,-1e300]"})
    expect_complaint(list(entry("0", wrong)), 1, "a number that is too large for a float");
  for (const char* wrong : {"[]", "\"\""})
    expect_complaint(list(entry("0", wrong)), 1, "'data[0].embedding' is empty");
}

TEST(embedding_response, wants_vectors_of_one_length) {
  expect_complaint(list(entry("1", "[1,2]") + ',' + entry("0", "[1]")), 2,
                   "'data[1].embedding' has 1 numbers, but the first one 2");
  const std::string two = list(entry("0", "[1,2]"));
  EXPECT_EQ(complaint_about(two, 1, 2), "no error");
  expect_complaint(two, 1, "has 2 numbers although 3 were asked for", 3);
}

TEST(embedding_response, wants_a_list) {
  expect_complaint("", 1, "the body is empty");
  expect_complaint("<html>", 1, "HTML");
  expect_complaint("[]", 1, "its JSON is no object");
  expect_complaint("{}", 1, "'data' is missing");
  expect_complaint(R"({"data":null})", 1, "'data' is null");
  expect_complaint(R"({"data":{}})", 1, "'data' is no array");
  expect_complaint(R"({"data":[5]})", 1, "'data[0]' is no object");
  expect_complaint(R"({"data":[[0]]})", 1, "'data[0]' is no object");
  for (const char* usage : {"5", R"({"prompt_tokens":-1})", "[]"})
    EXPECT_EQ(
        complaint_about(R"({"data":[{"index":0,"embedding":[1]}],"usage":)" + std::string(usage) + "}", 1),
        "no error")
        << usage;
  expect_complaint(R"({"data":[{"index":0,"embedding":[1e999]}]})", 1, "a number that is too large");
  expect_complaint(std::string(200, '['), 1, "nested deeper");
  expect_complaint("{\"data\":\xFF}", 1, "not valid UTF-8 at byte 9");
}

TEST(embedding_response, passes_on_an_error_in_a_200) {
  try {
    read(R"({"error":{"message":"out of memory","code":"oom","param":"input"},"data":[]})", 1);
    FAIL() << "no error";
  } catch (const ServerError& error) {
    EXPECT_EQ(error.server_message(), "out of memory");
    EXPECT_EQ(error.details().server_code, "oom");
    EXPECT_EQ(error.request_id(), "req-1");
  }
}

TEST(embedding_response, an_error_is_an_error_wherever_it_stands) {
  for (const char* body :
       {R"([{"error":{"message":"m","code":429}}])", R"({"error":{"message":"m","code":429},"data":[]})",
        R"({"object":"error","message":"m","type":"RateLimitError","code":429})"})
    EXPECT_THROW(read(body, 1), RateLimitError) << body;
}

TEST(embedding_response, is_no_answer_when_it_is_cut_anywhere) {
  for (const std::string_view vector : {std::string_view(R"("AACAPwAAAMA=")"), std::string_view("[1.5,-2]")})
    test::for_each_prefix(list(entry("0", vector)), [](std::string_view prefix) {
      EXPECT_NE(complaint_about(prefix, 1), "no error") << prefix;
    });
}

TEST(embedding_response, survives_a_wrong_byte_anywhere) {
  std::size_t read_well = 0;
  for (const std::string_view vector : {std::string_view(R"("AACAPwAAAMA=")"), std::string_view("[1.5,-2]")})
    test::for_each_changed_byte(list(entry("0", vector)), [&](std::string_view text) {
      try {
        const auto answer = read_embedding_response(text, some_headers(), 1, std::nullopt);
        EXPECT_EQ(answer.vectors.size(), 1u);
        EXPECT_FALSE(answer.vectors.at(0).empty());
        ++read_well;
      } catch (const Error&) {
      }
    });
  EXPECT_GT(read_well, 0u);
}

TEST(embedding_response, keeps_no_more_entries_than_texts) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += (i ? ",{}" : "{}");
  expect_complaint(list(many), 2, "'data' has more than 2 elements");
}

}  // namespace
}  // namespace corochain::codec::embedding_response_test
