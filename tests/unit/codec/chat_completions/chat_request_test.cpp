// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/chat_request.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "corochain/core/error.hpp"
#include "support/chat_body.hpp"

namespace corochain::codec::chat_request_test {
namespace {

using test::chat_body;

TEST(chat_request, writes_only_what_is_set) {
  EXPECT_EQ(chat_body("hi"), R"({"messages":[{"role":"user","content":"hi"}]})");
}

TEST(chat_request, writes_all_roles) {
  const Messages messages{{"system", "s"}, {"human", "h"}, {"ai", "a"}, Message::tool("call_1", "t")};
  EXPECT_EQ(chat_body(messages),
            R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"h"},)"
            R"({"role":"assistant","content":"a"},{"role":"tool","content":"t","tool_call_id":"call_1"}]})");
}

TEST(chat_request, writes_all_parameters) {
  chat_request_settings settings;
  settings.model = "gpt-4o-mini";
  ChatParameters parameters;
  parameters.temperature = 0.2;
  parameters.top_p = 1;
  parameters.presence_penalty = -0.5;
  parameters.frequency_penalty = 1e22;
  parameters.max_tokens = 256;
  parameters.seed = std::numeric_limits<std::int64_t>::min();
  parameters.stop = {"\n", "END"};
  parameters.user = "u-1";
  const std::string body = chat_body("hi", parameters, settings);
  EXPECT_EQ(
      body,
      R"({"messages":[{"role":"user","content":"hi"}],"model":"gpt-4o-mini","temperature":0.2,"top_p":1,)"
      R"("presence_penalty":-0.5,"frequency_penalty":1e+22,"max_completion_tokens":256,)"
      R"("seed":-9223372036854775808,"stop":["\n","END"],"user":"u-1"})");
  EXPECT_TRUE(nlohmann::json::accept(body));
}

TEST(chat_request, carries_any_text_there_and_back) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\xC3\xBC\xF0\x9F\x98\x80\xE2\x80\xA8 \"quoted\" \\ back";
  const auto read = nlohmann::json::parse(chat_body(all));
  EXPECT_EQ(read["messages"][0]["content"].get<std::string>(), all);
}

TEST(chat_request, refuses_numbers_that_json_has_not) {
  for (double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity()}) {
    std::optional<double> ChatParameters::* members[] = {&ChatParameters::temperature, &ChatParameters::top_p,
                                                         &ChatParameters::presence_penalty,
                                                         &ChatParameters::frequency_penalty};
    const std::string_view names[] = {"temperature", "top_p", "presence_penalty", "frequency_penalty"};
    for (std::size_t i = 0; i < 4; ++i) {
      ChatParameters parameters;
      parameters.*members[i] = bad;
      try {
        (void)chat_body("hi", parameters);
        ADD_FAILURE() << names[i];
      } catch (const ConfigError& error) {
        EXPECT_NE(std::string(error.what()).find(names[i]), std::string::npos);
      }
    }
  }
}

TEST(chat_request, refuses_options_that_are_not_utf8) {
  for (int which = 0; which < 3; ++which) {
    chat_request_settings settings;
    ChatParameters parameters;
    if (which == 0) settings.model = "\xFF";
    if (which == 1) parameters.stop = {"ok", "\xFF"};
    if (which == 2) parameters.user = "\xFF";
    EXPECT_THROW(prepare_chat_parameters(parameters, settings), ConfigError);
  }
}

TEST(chat_request, says_where_a_message_is_not_utf8) {
  const Messages messages{{"system", "fine"}, {"human", "fine"}, {"human", "sixteen bytes ok\xFF canary"}};
  try {
    (void)chat_body(messages);
    FAIL();
  } catch (const PromptError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("message 2 is not valid UTF-8 at byte 17"), std::string::npos) << text;
    EXPECT_EQ(text.find("canary"), std::string::npos);
    EXPECT_EQ(error.message_index(), 2u);
    EXPECT_EQ(error.column(), 17u);
  }
  EXPECT_THROW(chat_body(Message::tool("\xFF", "x")), PromptError);
}

TEST(chat_request, refuses_empty_lists_and_stray_tool_messages) {
  EXPECT_THROW(chat_body(Messages()), PromptError);
  try {
    (void)chat_body({{"human", "x"}, {"tool", "y"}});
    FAIL();
  } catch (const PromptError& error) {
    EXPECT_EQ(error.message_index(), 1u);
  }
}

}  // namespace
}  // namespace corochain::codec::chat_request_test
