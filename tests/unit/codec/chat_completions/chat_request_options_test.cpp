// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "codec/chat_completions/chat_request.hpp"
#include "corochain/core/error.hpp"
#include "support/broken_input.hpp"
#include "support/chat_body.hpp"

namespace corochain::codec::chat_request_options_test {
namespace {
using nlohmann::json;

json body_of(const ChatParameters& parameters, bool stream = false,
             const chat_request_settings& settings = chat_request_settings()) {
  const std::string body = test::chat_body("hi", parameters, settings, stream);
  EXPECT_TRUE(json::accept(body)) << body;
  return json::parse(body);
}

/// Expects the error of an option, which names it and never quotes its value.
void expect_refused(const ChatParameters& parameters, std::string_view option,
                    const chat_request_settings& settings = chat_request_settings()) {
  try {
    (void)prepare_chat_parameters(parameters, settings);
    ADD_FAILURE() << option;
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string_view(error.what()).find(option), std::string_view::npos) << error.what();
    EXPECT_EQ(std::string_view(error.what()).find("canary"), std::string_view::npos) << error.what();
  }
}

TEST(chat_request_options, all_of_them_are_written) {
  ChatParameters parameters;
  parameters.n = 2;
  parameters.logprobs = true;
  parameters.top_logprobs = 3;
  parameters.logit_bias = {{"50256", -100}, {"7", 0.5}};
  parameters.reasoning_effort = "low";
  parameters.verbosity = "high";
  parameters.service_tier = "flex";
  parameters.store = false;
  parameters.parallel_tool_calls = true;
  parameters.response_format = R"({"type":"json_object"})";
  parameters.extra_body = R"({"top_k":5,"max_tokens":10,"nested":{"model":[{}]}})";
  json expected = json::parse(
      R"({"messages":[{"role":"user","content":"hi"}],"n":2,"logprobs":true,"top_logprobs":3,
          "logit_bias":{"50256":-100,"7":0.5},"reasoning_effort":"low","verbosity":"high","service_tier":"flex",
          "store":false,"parallel_tool_calls":true,"response_format":{"type":"json_object"},"top_k":5,
          "max_tokens":10,"nested":{"model":[{}]}})");
  EXPECT_EQ(body_of(parameters), expected);
  expected["stream"] = true;
  expected["stream_options"] = {{"include_usage", true}};
  EXPECT_EQ(body_of(parameters, true), expected);
  chat_request_settings settings;
  settings.stream_usage = false;
  expected.erase("stream_options");
  EXPECT_EQ(body_of(parameters, true, settings), expected);
}

TEST(chat_request_options, a_limit_is_written_under_one_name) {
  ChatParameters parameters;
  parameters.max_tokens = 7;
  json body = body_of(parameters);
  EXPECT_EQ(body["max_completion_tokens"], 7);
  EXPECT_FALSE(body.contains("max_tokens"));
  chat_request_settings settings;
  settings.legacy_max_tokens = true;
  for (const bool stream : {false, true}) {
    body = body_of(parameters, stream, settings);
    EXPECT_EQ(body["max_tokens"], 7);
    EXPECT_FALSE(body.contains("max_completion_tokens"));
  }
  parameters.extra_body = R"({"max_tokens":8})";
  expect_refused(parameters, "max_tokens", settings);
  parameters.max_tokens.reset();
  EXPECT_EQ(body_of(parameters, false, settings)["max_tokens"], 8);
}

TEST(chat_request_options, json_texts_must_be_objects) {
  for (const std::string_view text :
       {std::string_view("[]"), std::string_view("1"), std::string_view("null"),
        std::string_view("\"canary\""), std::string_view("{canary}"), std::string_view("{\"a\":1"),
        std::string_view("{} {}"), std::string_view(" "), std::string_view("{\"a\":1,}"),
        std::string_view("{\"a\":\"\xFF\"}"), std::string_view("{}\0", 3), std::string_view("\0{}", 3),
        std::string_view("{\"a\":1e999}"), std::string_view("{\"a\":\"\\ud800\"}")}) {
    ChatParameters parameters;
    parameters.response_format = text;
    expect_refused(parameters, "response_format");
    parameters.response_format.clear();
    parameters.extra_body = text;
    expect_refused(parameters, "extra_body");
  }
  ChatParameters deep;
  for (int i = 0; i < 200; ++i) deep.extra_body += R"({"a":)";
  expect_refused(deep, "extra_body");
}

TEST(chat_request_options, blanks_and_a_bom_around_json_texts_do_no_harm) {
  for (const std::string before : {"", " \n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\t"})
    for (const std::string after : {"", "\r\n "}) {
      ChatParameters parameters;
      parameters.response_format = before + R"({"type":"text"})" + after;
      parameters.extra_body = before + R"({ "a" : "}" , "b" : {} })" + after;
      const json body = body_of(parameters);
      EXPECT_EQ(body["response_format"]["type"], "text");
      EXPECT_EQ(body["a"], "}");
      EXPECT_EQ(body["b"], json::object());
      parameters.extra_body = before + "{ }" + after;
      EXPECT_FALSE(body_of(parameters).contains("a"));
    }
}

TEST(chat_request_options, extra_body_may_not_write_what_the_library_does) {
  for (const char* name : {"messages",
                           "model",
                           "stream",
                           "stream_options",
                           "temperature",
                           "top_p",
                           "seed",
                           "presence_penalty",
                           "frequency_penalty",
                           "max_completion_tokens",
                           "stop",
                           "user",
                           "n",
                           "logprobs",
                           "top_logprobs",
                           "logit_bias",
                           "verbosity",
                           "reasoning_effort",
                           "response_format",
                           "service_tier",
                           "store",
                           "parallel_tool_calls"}) {
    ChatParameters parameters;
    parameters.extra_body = R"({"a":1,")" + std::string(name) + R"(":"canary"})";
    expect_refused(parameters, name);
    // Deeper members belong to the user.
    parameters.extra_body = R"({"a":{")" + std::string(name) + R"(":1}})";
    EXPECT_EQ(body_of(parameters)["a"][name], 1) << name;
  }
  ChatParameters escaped;
  escaped.extra_body = R"({"m\u006fdel":"canary"})";
  expect_refused(escaped, "model");
}

TEST(chat_request_options, texts_and_numbers_that_json_has_not_are_refused) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    ChatParameters parameters;
    parameters.logit_bias = {{"1", 0}, {"2", bad}};
    expect_refused(parameters, "logit_bias");
  }
  std::string ChatParameters::* const texts[] = {&ChatParameters::user, &ChatParameters::reasoning_effort,
                                                 &ChatParameters::verbosity, &ChatParameters::service_tier};
  const std::string_view names[] = {"user", "reasoning_effort", "verbosity", "service_tier"};
  for (std::size_t i = 0; i < std::size(texts); ++i)
    for (const char* bad : {"canary\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
      ChatParameters parameters;
      parameters.*texts[i] = bad;
      expect_refused(parameters, names[i]);
    }
  ChatParameters parameters;
  parameters.logit_bias = {{"\xFF", 0}};
  expect_refused(parameters, "logit_bias");
}

TEST(chat_request_options, numbers_come_back_as_they_were) {
  for (const double value : {0.1, -0.0, 1e-320, 1.7976931348623157e308, 123456789.123456789}) {
    ChatParameters parameters;
    parameters.temperature = value;
    EXPECT_EQ(body_of(parameters)["temperature"].get<double>(), value);
  }
}

TEST(chat_request_options, extra_body_survives_cut_and_changed_bytes) {
  const std::string_view valid = R"({"top_k":5,"x":["\u00e9",{"y":null}]})";
  const auto try_with = [](std::string_view text) {
    ChatParameters parameters;
    parameters.extra_body = text;
    try {
      body_of(parameters);
      return true;
    } catch (const ConfigError&) {
      return false;
    }
  };
  test::for_each_prefix(valid,
                        [&](std::string_view text) { EXPECT_EQ(try_with(text), text.empty()) << text; });
  test::for_each_changed_byte(valid, [&](std::string_view text) { try_with(text); });
}

TEST(chat_request_options, tool_calls_go_out_as_they_came) {
  const std::string arguments = "{\"a\":\"\\\"\n\xC3\xBC\"}";
  const std::string body =
      test::chat_body(Messages{Message::ai("", {{"call_1", "f", arguments}}), Message::tool("call_1", "")});
  const json messages = json::parse(body)["messages"];
  EXPECT_TRUE(messages[0]["content"].is_null());
  EXPECT_EQ(messages[0]["tool_calls"][0]["function"]["arguments"], arguments);
  EXPECT_EQ(messages[0]["tool_calls"][0]["type"], "function");
  EXPECT_EQ(messages[1]["content"], "");
  for (const ToolCall& bad :
       {ToolCall("\xFF", "f", ""), ToolCall("i", "\xFF", ""), ToolCall("i", "f", "\xFF")}) {
    const std::vector<ToolCall> calls{bad};
    EXPECT_THROW(test::chat_body(Messages{Message::ai("", calls)}), PromptError);
  }
}

}  // namespace
}  // namespace corochain::codec::chat_request_options_test
