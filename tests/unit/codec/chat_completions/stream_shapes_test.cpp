// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "codec/chat_completions/chat_response.hpp"
#include "codec/chat_completions/completion_stream.hpp"
#include "codec/streamed_answer.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

// Chunks that omit what identifies them, or write it differently.

namespace corochain::codec::stream_shapes_test {
namespace {

struct outcome {
  AIMessage whole;
  std::optional<ErrorKind> error;
  std::string text;
};

outcome read(const std::string& body, std::uint64_t most_event = 100'000) {
  completion_stream_reader reader(header_fields(), most_event, 100'000);
  streamed_answer answer;
  outcome seen;
  ErrorDetails details;
  try {
    reader.feed(body);
    reader.end();
    while (auto chunk = reader.next()) answer.add(std::move(*chunk));
  } catch (const Error& error) {
    seen.error = error.kind();
    details = error.details();
  }
  reader.tell(details);
  seen.text = details.text;
  seen.whole = answer.take();
  return seen;
}

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }
std::string choice(const std::string& members) { return event(R"({"choices":[{)" + members + "}]}"); }
std::string tools(const std::string& list) { return choice(R"("delta":{"tool_calls":[)" + list + "]}"); }
const std::string done = "data: [DONE]\n\n";
const std::string tools_end = choice(R"("delta":{},"finish_reason":"tool_calls")") + done;

using calls = std::vector<ToolCall>;
const ToolCall f("t1", "f", R"({"a":1})");
const ToolCall g("t2", "g", R"({"b":2})");
const std::string f_whole = R"({"id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}})";
const std::string g_start = R"({"id":"t2","function":{"name":"g","arguments":"{\"b\":"}})";
const std::string g_rest = R"({"function":{"arguments":"2}"}})";

TEST(stream_shapes, a_lone_chunk_belongs_to_the_last_tool_call) {
  const outcome seen = read(tools(f_whole) + tools(g_start) + tools(g_rest) + tools_end);
  EXPECT_FALSE(seen.error);
  EXPECT_EQ(seen.whole.tool_calls, (calls{f, g}));
}

TEST(stream_shapes, a_named_chunk_after_a_whole_tool_call_is_a_new_one) {
  const auto nameless = [](const std::string& name, const std::string& arguments) {
    return tools(R"({"id":"","function":{"name":")" + name + R"(","arguments":")" + arguments + "\"}}");
  };
  const outcome seen = read(nameless("f", R"({\"a\":1})") + nameless("g", R"({\"b\":2})") + tools_end);
  EXPECT_FALSE(seen.error);
  EXPECT_EQ(seen.whole.tool_calls, (calls{ToolCall("", "f", R"({"a":1})"), ToolCall("", "g", R"({"b":2})")}));
}

TEST(stream_shapes, indistinguishable_tool_calls_are_no_success) {
  // One call with two whole objects and a partial one.
  EXPECT_EQ(read(tools(f_whole) + tools(R"({"function":{"arguments":"{\"x\":2}"}})") + tools_end).error,
            ErrorKind::truncated);
  EXPECT_EQ(read(tools(f_whole) + tools(g_start) + tools_end).error, ErrorKind::truncated);
}

TEST(stream_shapes, tool_calls_by_id_have_the_limit_of_those_by_index) {
  const auto many = [](int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += tools(R"({"id":"call-)" + std::to_string(i) + R"("})");
    return read(all + tools_end).error;
  };
  EXPECT_EQ(many(1024), std::nullopt);
  EXPECT_EQ(many(1025), ErrorKind::response_format);
}

TEST(stream_shapes, messages_instead_of_deltas_add_up) {
  const std::string hel = choice(R"("message":{"content":"Hel"})");
  EXPECT_EQ(read(hel + choice(R"("message":{"content":"lo"},"finish_reason":"stop")") + done).whole.content,
            "Hello");
  EXPECT_EQ(read(choice(R"("delta":null,"message":{"content":"Hi"},"finish_reason":"stop")")).whole.content,
            "Hi");
  EXPECT_EQ(read(choice(R"("message":{"content":"Hi"},"delta":null,"finish_reason":"stop")")).whole.content,
            "Hi");
  EXPECT_EQ(read(choice(R"("delta":{"content":"Hi"},"message":null,"finish_reason":"stop")")).whole.content,
            "Hi");
}

TEST(stream_shapes, whatever_is_handed_on_is_utf8) {
  const outcome seen = read(event(
      R"({"model":"m\ud83d","id":"\udc00","choices":[{"delta":{"content":"x","tool_calls":[{"id":"\ud83d",)"
      R"("function":{"name":"f\ud83d","arguments":"{}"}}]},"logprobs":{"content":[{"token":"\ud83d",)"
      R"("logprob":-1,"top_logprobs":[{"token":"\ude00","logprob":-2}]}]},"finish_reason":"stop"}]})"));
  ASSERT_FALSE(seen.error);
  const AIMessage& whole = seen.whole;
  EXPECT_EQ(whole.model, "m\xEF\xBF\xBD");
  EXPECT_EQ(whole.tool_calls.at(0).name, "f\xEF\xBF\xBD");
  EXPECT_EQ(whole.logprobs.at(0).token, "\xEF\xBF\xBD");
  EXPECT_EQ(whole.logprobs.at(0).top.at(0).first, "\xEF\xBF\xBD");
  for (const std::string& text : {whole.id, whole.tool_calls.at(0).id}) EXPECT_EQ(text, "\xEF\xBF\xBD");
  const outcome failed = read(choice(R"("delta":{"content":"a\ud83d"},"finish_reason":"error")"));
  EXPECT_TRUE(failed.error);
  EXPECT_EQ(failed.text, "a\xEF\xBF\xBD");
}

TEST(stream_shapes, a_message_beside_a_type_is_no_error_by_itself) {
  const std::string hi = choice(R"("delta":{"content":"Hi"})");
  const std::string stop = choice(R"("delta":{},"finish_reason":"stop")") + done;
  for (const char* progress : {R"({"type":"progress","message":"searching the web"})",
                               R"({"code":0,"message":"Success","choices":[]})",
                               R"({"code":"200","message":"ok"})", R"({"choices":[],"error_message":""})",
                               R"({"choices":[],"usage":{"prompt_tokens":1},"message":"m","code":5})",
                               R"({"error_type":"","message":"x"})"}) {
    const outcome seen = read(hi + event(progress) + stop);
    EXPECT_FALSE(seen.error) << progress;
    EXPECT_EQ(seen.whole.content, "Hi") << progress;
  }
  for (const char* error :
       {R"({"type":"BadRequestError","message":"m"})", R"({"code":429,"message":"m"})",
        R"({"error_message":"m"})", R"({"object":"error","message":"m"})",
        R"({"type":"rate_limit_exceeded","message":"m"})", R"({"choices":[],"error":{"message":"m"}})"})
    EXPECT_TRUE(read(hi + event(error) + stop).error) << error;
}

std::string text_event(const std::string& text) { return choice(R"("delta":{"content":")" + text + R"("})"); }
const std::string stop = choice(R"("delta":{},"finish_reason":"stop")");
/// Removes the last line feed, so that the next event's lines belong to this event.
std::string line(const std::string& event) { return event.substr(0, event.size() - 1); }
std::string content(const std::string& body) { return read(body).whole.content; }

TEST(stream_shapes, events_joined_by_one_line_feed_are_several) {
  EXPECT_EQ(content(line(text_event("Hi")) + text_event(" you") + stop + done), "Hi you");
  EXPECT_EQ(content(line(text_event("a")) + line(text_event("b")) + line(stop) + done), "ab");
  EXPECT_EQ(read("data: {\"choices\":\ndata: [\n\n").error, ErrorKind::response_format);
}

TEST(stream_shapes, each_value_of_an_event_may_have_several_lines) {
  const std::string lines = "data: {\"choices\":\ndata: [{\"delta\":\ndata: {\"content\":\"x\"}}]}\n";
  EXPECT_EQ(content(lines + "\n" + stop), "x");
  EXPECT_EQ(content(lines + lines + "\n" + stop), "xx");
  EXPECT_EQ(content(lines + text_event("y") + stop), "xy");
  EXPECT_EQ(content(line(text_event("y")) + lines + "data:\ndata: [DONE]\n\n"), "yx");
  EXPECT_EQ(content(line(text_event("y")) + "data: {\"choices\":[]} {\"choices\":[]}\n\n" + stop), "y");
  EXPECT_EQ(read(lines + "data: garbage\n\n" + stop).error, ErrorKind::response_format);
}

TEST(stream_shapes, many_empty_lines_of_an_event_cost_little) {
  std::string many;
  for (int i = 0; i < 200'000; ++i) many += "data:\n";
  EXPECT_EQ(read(many + "data: [\n\n", 10'000'000).error, ErrorKind::response_format);
}

}  // namespace
}  // namespace corochain::codec::stream_shapes_test
