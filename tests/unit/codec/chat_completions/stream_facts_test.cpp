// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "codec/chat_completions/completion_stream.hpp"
#include "corochain/core/error.hpp"

// The parts of a stream beside its text: the model, the usage, and the errors.

namespace corochain::codec::stream_facts_test {
namespace {

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }
std::string text_event(const std::string& text, const std::string& facts = "") {
  return event(R"({"choices":[{"delta":{"content":")" + text + "\"}}]" + facts + "}");
}
std::string with_cost(int tokens) { return R"(,"usage":{"total_tokens":)" + std::to_string(tokens) + "}"; }

/// The error that a stream ends with, as a model throws it.
struct outcome {
  std::optional<ErrorKind> error;
  ErrorDetails details;
};
outcome read(const std::string& body) {
  completion_stream_reader reader(header_fields(), 10'000, 10'000);
  reader.feed(body);
  reader.end();
  outcome seen;
  try {
    while (reader.next()) {
    }
  } catch (const Error& error) {
    seen.error = error.kind();
    seen.details = error.details();
    reader.tell(seen.details);
  }
  return seen;
}

TEST(stream_facts, an_error_in_the_middle_tells_the_cost_so_far) {
  const std::string error = R"("error":{"message":"m"})";
  const outcome before = read(text_event("x", with_cost(5)) + event("{" + error + "}"));
  EXPECT_EQ(before.error, ErrorKind::server);
  ASSERT_TRUE(before.details.usage);
  EXPECT_EQ(before.details.usage->total_tokens, 5);
  EXPECT_EQ(before.details.text, "x");
  const outcome both = read(text_event("x", with_cost(5)) + event("{" + error + with_cost(7) + "}"));
  ASSERT_TRUE(both.details.usage);
  EXPECT_EQ(both.details.usage->total_tokens, 7);
  const outcome only = read(text_event("x") + event("{" + error + with_cost(7) + "}"));
  ASSERT_TRUE(only.details.usage);
  EXPECT_EQ(only.details.usage->total_tokens, 7);
  EXPECT_FALSE(read(text_event("x") + event("{" + error + "}")).details.usage);
}

TEST(stream_facts, an_end_too_early_tells_the_cost_so_far) {
  const outcome seen = read(text_event("x", with_cost(5)));
  EXPECT_EQ(seen.error, ErrorKind::truncated);
  ASSERT_TRUE(seen.details.usage);
  EXPECT_EQ(seen.details.usage->total_tokens, 5);
}

TEST(stream_facts, an_error_may_be_a_text) {
  for (const char* json : {R"({"error":"said"})", R"({"error":"said","choices":[]})",
                           R"({"choices":[{"index":0,"delta":{},"error":"said"}]})"}) {
    const outcome seen = read(text_event("x") + event(json) + "data: [DONE]\n\n");
    EXPECT_EQ(seen.error, ErrorKind::server) << json;
    EXPECT_EQ(seen.details.server_message, "said") << json;
    EXPECT_EQ(seen.details.text, "x") << json;
  }
  EXPECT_EQ(read(text_event("x") + event(R"({"error":"slow down","code":429})")).error,
            ErrorKind::rate_limit);
  EXPECT_EQ(read(text_event("x") + event(R"({"error":""})") + "data: [DONE]\n\n").error, std::nullopt);
}

TEST(stream_facts, the_words_of_azure_have_their_kinds) {
  const auto kind = [](const std::string& code) {
    return read(text_event("x") + event(R"({"error":{"message":"m","code":")" + code + "\"}}")).error;
  };
  EXPECT_EQ(kind("RateLimitReached"), ErrorKind::rate_limit);
  EXPECT_EQ(kind("PermissionDenied"), ErrorKind::permission_denied);
  EXPECT_EQ(kind("content_filter"), ErrorKind::content_filter);
  EXPECT_EQ(kind("DeploymentNotFound"), ErrorKind::not_found);
}

TEST(stream_facts, who_answers_is_handed_on_when_it_is_news) {
  completion_stream_reader reader(header_fields(), 10'000, 10'000);
  const std::string facts = R"(,"id":"i","model":"m","system_fingerprint":"fp","service_tier":"t")";
  const std::string news = R"(,"id":"i2","model":"m2","system_fingerprint":"fp2","service_tier":"t2")";
  reader.feed(text_event("a", facts) + text_event("b", facts) + text_event("c", news));
  std::vector<std::string> seen;
  while (const auto chunk = reader.next())
    seen.push_back(chunk->content + chunk->id + chunk->model + chunk->system_fingerprint +
                   chunk->service_tier);
  EXPECT_EQ(seen, (std::vector<std::string>{"aimfpt", "b", "ci2m2fp2t2"}));
}

}  // namespace
}  // namespace corochain::codec::stream_facts_test
