// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include "codec/chat_completions/chat_response.hpp"
#include "codec/chat_completions/completion_stream.hpp"
#include "codec/chat_completions/filtered_categories.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec::content_filter_test {
namespace {

AIMessage read(std::string_view body) {
  header_fields headers;
  headers.add("x-request-id", "req-1");
  std::optional<AIMessage> answer;
  read_chat_response(body, headers, answer);
  return answer.value();
}

TEST(filtered_categories, keeps_the_last_word_on_each) {
  filtered_categories categories;
  categories.set("hate", true);
  categories.set("hate", true);
  categories.set("violence", true);
  categories.set("hate", false);
  categories.set("sexual", false);
  categories.set(std::string(129, 'x'), true);
  EXPECT_EQ(categories.names(), std::vector<std::string>{"violence"});
  categories.clear();
  EXPECT_TRUE(categories.names().empty());
}

TEST(content_filter, tells_of_the_content_filter) {
  try {
    read(R"({"choices":[{"index":0,"finish_reason":"content_filter","message":{"content":"canary"},)"
         R"("content_filter_results":{"hate":{"filtered":true,"severity":"high"},)"
         R"("violence":{"filtered":false},)"
         R"("sexual":{"filtered":true},"self_harm":{"filtered":true,"filtered":false},)"
         R"("jailbreak":{"detected":true}}}],)"
         R"("usage":{"total_tokens":42}})");
    FAIL();
  } catch (const ContentFilterError& error) {
    EXPECT_EQ(error.categories(), (std::vector<std::string>{"hate", "sexual"}));
    EXPECT_EQ(error.partial_text(), "canary");
    EXPECT_EQ(error.usage(), (Usage{0, 0, 42, 0, 0}));
    EXPECT_EQ(error.http_status(), 200);
    EXPECT_EQ(error.request_id(), "req-1");
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
  }
  // The other fields may be missing or have any shape.
  EXPECT_THROW(read(R"({"choices":[{"finish_reason":"content_filter"}],"usage":5})"), ContentFilterError);
  EXPECT_THROW(read(R"({"choices":[{"finish_reason":"content_filter","content_filter_results":[1]}]})"),
               ContentFilterError);
}

TEST(content_filter, of_another_choice_leaves_the_answer) {
  const AIMessage whole =
      read(R"({"choices":[{"index":0,"message":{"content":"kept"},"finish_reason":"stop"},)"
           R"({"index":1,"message":{"content":"cut"},"finish_reason":"content_filter"}]})");
  EXPECT_EQ(whole.content, "kept");
  EXPECT_EQ(whole.other_choices.at(0).finish_reason, "content_filter");

  completion_stream_reader reader(header_fields(), 1000, 1000);
  reader.feed(
      R"(data: {"choices":[{"index":0,"delta":{"content":"kept"}},{"index":1,"delta":{"content":"cut"}}]})"
      "\n\n"
      R"(data: {"choices":[{"index":1,"delta":{},"finish_reason":"content_filter"}]})"
      "\n\n"
      R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
      "\n\ndata: [DONE]\n\n");
  reader.end();
  AIMessageChunk sum;
  while (const auto chunk = reader.next()) sum += *chunk;
  EXPECT_EQ(std::move(sum).whole().content, "kept");
}

TEST(content_filter, bounds_hostile_categories) {
  std::string categories;
  for (int i = 0; i < 10000; ++i)
    categories += (i ? ",\"c" : "\"c") + std::to_string(i) + "\":{\"filtered\":true}";
  try {
    read(R"({"choices":[{"finish_reason":"content_filter","content_filter_results":{)" + categories + "}}]}");
    FAIL();
  } catch (const ContentFilterError& error) {
    EXPECT_EQ(error.categories().size(), 64u);
  }
}

}  // namespace
}  // namespace corochain::codec::content_filter_test
