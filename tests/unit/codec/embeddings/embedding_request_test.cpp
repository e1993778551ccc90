// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/embedding_request.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "corochain/core/error.hpp"

namespace corochain::codec::embedding_request_test {
namespace {

using texts = std::vector<std::string>;
using sizes = std::vector<std::size_t>;

std::string body_of(const embedding_parameters& parameters, const texts& given) {
  std::string body;
  embedding_request_writer(parameters).write(body, given);
  return body;
}

TEST(embedding_request, has_the_texts_and_what_is_set) {
  embedding_parameters parameters;
  EXPECT_EQ(body_of(parameters, texts{"a"}), R"({"input":["a"]})");
  parameters.model = "m";
  parameters.encoding_format = "base64";
  parameters.dimensions = 256;
  parameters.user = "u";
  parameters.extra_body = R"({ "input_type" : "query" })";
  EXPECT_EQ(body_of(parameters, texts{"say \"a\"\n", "\xC3\xBC"}),
            R"({"input":["say \"a\"\n",")"
            "\xC3\xBC"
            R"("],"model":"m","encoding_format":"base64","dimensions":256,"user":"u",)"
            R"("input_type" : "query" })");
}

TEST(embedding_request, names_an_option_that_cannot_be_sent) {
  const auto complaint = [](auto set) -> std::string {
    embedding_parameters parameters;
    set(parameters);
    try {
      embedding_request_writer writer(parameters);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_NE(complaint([](auto& p) { p.user = "\xFF"; }).find("user"), std::string::npos);
  EXPECT_NE(complaint([](auto& p) { p.model = "\xFF"; }).find("model"), std::string::npos);
  for (const char* extra : {"x", "[]", R"({"a":})", R"({"input":["x"]})", R"({"encoding_format":"float"})",
                            R"({"dimensions":1})", R"({"model":"x"})", R"({"user":"x"})"})
    EXPECT_NE(complaint([&](auto& p) { p.extra_body = extra; }).find("extra_body"), std::string::npos)
        << extra;
  EXPECT_EQ(complaint([](auto& p) { p.extra_body = "{}"; }), "no error");
}

TEST(embedding_texts, must_be_utf8_and_not_empty) {
  const auto refused_at = [](const texts& some, bool empty_allowed) -> std::pair<int, int> {
    try {
      check_texts(some, empty_allowed);
    } catch (const PromptError& error) {
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
      return {static_cast<int>(error.details().message_index.value_or(99)),
              static_cast<int>(error.details().column.value_or(0))};
    }
    return {-1, -1};
  };
  using at = std::pair<int, int>;
  EXPECT_EQ(refused_at({}, false), at(-1, -1));
  EXPECT_EQ(refused_at({"canary", " "}, false), at(-1, -1));
  EXPECT_EQ(refused_at({"canary", "", ""}, false), at(1, 0));
  EXPECT_EQ(refused_at({"canary", "", ""}, true), at(-1, -1));
  EXPECT_EQ(refused_at({"canary", "", "canary \xFF"}, true), at(2, 8));
}

TEST(embedding_batches, hold_the_limit_of_texts) {
  EXPECT_EQ(cut_batches(texts{}, 2, 100), sizes{});
  EXPECT_EQ(cut_batches(texts(1, "a"), 2, 100), sizes{1});
  EXPECT_EQ(cut_batches(texts(2, "a"), 2, 100), sizes{2});
  EXPECT_EQ(cut_batches(texts(5, "a"), 2, 100), (sizes{2, 2, 1}));
  EXPECT_EQ(cut_batches(texts(3, "a"), 1, 100), (sizes{1, 1, 1}));
}

TEST(embedding_batches, hold_the_limit_of_tokens) {
  EXPECT_EQ(most_tokens("12345678"), 10u);
  EXPECT_EQ(cut_batches(texts(5, "12345678"), 2048, 20), (sizes{2, 2, 1}));
  EXPECT_EQ(cut_batches(texts(5, "12345678"), 2048, 19), (sizes{1, 1, 1, 1, 1}));
  EXPECT_EQ(cut_batches(texts(5, "12345678"), 2048, 21), (sizes{2, 2, 1}));
  EXPECT_EQ(cut_batches(texts(2, "12345678"), 2048, std::numeric_limits<std::size_t>::max()), sizes{2});
}

TEST(embedding_batches, send_a_text_beyond_the_limit_alone) {
  const texts some = {"a", std::string(100, 'b'), "c", "d"};
  EXPECT_EQ(cut_batches(some, 2048, 10), (sizes{1, 1, 2}));
  EXPECT_EQ(cut_batches(texts(3, std::string(100, 'b')), 2048, 1), (sizes{1, 1, 1}));
}

}  // namespace
}  // namespace corochain::codec::embedding_request_test
