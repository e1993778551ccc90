// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/completion_stream.hpp"

#include <gtest/gtest.h>

#include "support/broken_input.hpp"

namespace corochain::codec::completion_stream_test {
namespace {

/// A stream as Azure sends it: the prompt's filter result first, the role, the text, another filter result,
/// the end, the usage.
const std::string good =
    R"(data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]})"
    "\n\n"
    R"(data: {"choices":[{"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null,"index":0,"logprobs":null}],"id":"chatcmpl-S","model":"gpt-4o","system_fingerprint":"fp"})"
    "\n\n"
    R"(data: {"choices":[{"delta":{"content":"A queue"},"finish_reason":null,"index":0}],"id":"chatcmpl-S","model":"gpt-4o"})"
    "\n\n: ping\n\n"
    R"(data: {"choices":[{"content_filter_offsets":{"check_offset":0},"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null,"index":0}],"id":"","model":""})"
    "\n\n"
    R"(data: {"choices":[{"delta":{"content":" of caf\u00e9s."},"finish_reason":null,"index":0}],"id":"chatcmpl-S","model":"gpt-4o"})"
    "\n\n"
    R"(data: {"choices":[{"delta":{},"finish_reason":"stop","index":0}],"id":"chatcmpl-S","model":"gpt-4o"})"
    "\n\n"
    R"(data: {"choices":[],"id":"chatcmpl-S","model":"gpt-4o","usage":{"prompt_tokens":31,"completion_tokens":11,"total_tokens":42}})"
    "\n\ndata: [DONE]\n\n";

header_fields some_headers() {
  header_fields headers;
  headers.add("content-type", "text/event-stream; charset=utf-8");
  headers.add("x-request-id", "req-1");
  headers.add("x-ratelimit-remaining-tokens", "99");
  return headers;
}

/// The outcome of a stream.
struct outcome {
  std::vector<AIMessageChunk> chunks;
  AIMessage whole;
  ErrorKind error = ErrorKind::other;  // `other`: no error
  ErrorDetails details;
};

outcome read(const std::vector<std::string>& parts, std::uint64_t most_event = 10'000,
             std::uint64_t most = 100'000) {
  completion_stream_reader reader(some_headers(), most_event, most);
  outcome seen;
  AIMessageChunk sum;
  const auto drain = [&] {
    while (auto chunk = reader.next()) {
      sum += *chunk;
      seen.chunks.push_back(std::move(*chunk));
    }
  };
  try {
    for (const std::string& part : parts) {
      const test::exact_copy bytes(part);
      reader.feed(bytes.view());
      drain();
    }
    reader.end();
    drain();
  } catch (const Error& error) {
    seen.error = error.kind();
    seen.details = error.details();
    EXPECT_FALSE(reader.done()) << "an answer that failed is not whole";
    reader.tell(seen.details);
  }
  seen.whole = std::move(sum).whole();
  return seen;
}
outcome read(std::string_view text) { return read(std::vector<std::string>{std::string(text)}); }

std::string event(std::string_view json) { return "data: " + std::string(json) + "\n\n"; }
std::string text_event(std::string_view text) {
  return event(R"({"choices":[{"index":0,"delta":{"content":")" + std::string(text) + R"("}}]})");
}
const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string done = "data: [DONE]\n\n";

TEST(completion_stream, an_azure_stream_adds_up_to_its_answer) {
  const outcome seen = read(good);
  EXPECT_EQ(seen.error, ErrorKind::other);
  ASSERT_EQ(seen.chunks.size(), 4u);  // two texts, the end, the usage
  EXPECT_EQ(seen.chunks[0].content, "A queue");
  EXPECT_EQ(seen.chunks[0].id, "chatcmpl-S");
  EXPECT_EQ(seen.chunks[0].request_id, "req-1");
  EXPECT_EQ(seen.chunks[1].id, "");  // sent only once
  EXPECT_EQ(seen.whole.content, "A queue of caf\xC3\xA9s.");
  EXPECT_EQ(seen.whole.finish_reason, "stop");
  EXPECT_EQ(seen.whole.model, "gpt-4o");
  EXPECT_EQ(seen.whole.system_fingerprint, "fp");
  EXPECT_EQ(seen.whole.remaining_tokens, 99);
  ASSERT_TRUE(seen.whole.usage);
  EXPECT_EQ(seen.whole.usage->total_tokens, 42);
}

TEST(completion_stream, split_at_every_byte_it_is_the_same) {
  const outcome whole = read(good);
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    const outcome seen = read({good.substr(0, cut), good.substr(cut)});
    ASSERT_EQ(seen.error, ErrorKind::other) << cut;
    ASSERT_EQ(seen.chunks, whole.chunks) << cut;
  }
}

TEST(completion_stream, ended_at_any_byte_it_is_complete_or_truncated) {
  const std::size_t finish = good.find(R"("finish_reason":"stop")");
  const std::size_t end_of_finish = good.find("\n", finish);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const outcome seen = read(good.substr(0, size));
    if (size >= end_of_finish) {
      EXPECT_EQ(seen.error, ErrorKind::other) << size;  // the usage and the end mark follow
    } else {
      EXPECT_EQ(seen.error, ErrorKind::truncated) << size;
      EXPECT_EQ(seen.details.text, seen.whole.content) << size;
    }
  }
}

TEST(completion_stream, an_end_without_finish_reason_or_done_is_truncated) {
  const outcome seen = read(text_event("half an") + text_event(" answer"));
  EXPECT_EQ(seen.error, ErrorKind::truncated);
  EXPECT_EQ(seen.details.text, "half an answer");
  EXPECT_EQ(seen.details.request_id, "req-1");
  EXPECT_EQ(read(text_event("x") + stop).error, ErrorKind::other);
  EXPECT_EQ(read(text_event("x") + done).error, ErrorKind::other);
  EXPECT_EQ(read(text_event("x") + "data: [DONE]").error, ErrorKind::other);
  EXPECT_EQ(read(text_event("x") + "data:  [DONE] \n\n").error, ErrorKind::other);
  EXPECT_EQ(read("").error, ErrorKind::truncated);
  EXPECT_EQ(read(done).error, ErrorKind::truncated);
}

TEST(completion_stream, nothing_behind_done_counts) {
  const outcome seen = read(text_event("x") + done + text_event("y") + event("garbage"));
  EXPECT_EQ(seen.error, ErrorKind::other);
  EXPECT_EQ(seen.whole.content, "x");
}

TEST(completion_stream, tool_calls_come_in_fragments) {
  const outcome seen = read(
      event(
          R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}}]})") +
      event(
          R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}},{"index":1,"id":"call_2","function":{"name":"g","arguments":"{}"}}]}}]})") +
      event(
          R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]})") +
      event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + done);
  EXPECT_EQ(seen.error, ErrorKind::other);
  ASSERT_EQ(seen.whole.tool_calls.size(), 2u);
  EXPECT_EQ(seen.whole.tool_calls[0], ToolCall("call_1", "f", R"({"a":1})"));
  EXPECT_EQ(seen.whole.tool_calls[1], ToolCall("call_2", "g", "{}"));
}

TEST(completion_stream, interleaved_choices_never_mix) {
  const outcome seen =
      read(event(R"({"choices":[{"index":1,"delta":{"content":"B"}}]})") + text_event("A") +
           event(R"({"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]})") +
           event(R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})") + stop + done);
  EXPECT_EQ(seen.whole.content, "Aa");
  ASSERT_EQ(seen.whole.other_choices.size(), 1u);
  EXPECT_EQ(seen.whole.other_choices[0].content, "Bb");
  EXPECT_EQ(seen.whole.other_choices[0].index, 1u);
  EXPECT_EQ(seen.whole.other_choices[0].finish_reason, "length");
}

TEST(completion_stream, a_filter_leaves_text_cost_and_categories) {
  const outcome seen = read(
      text_event("some") +
      event(
          R"({"choices":[{"index":0,"delta":{},"finish_reason":"content_filter","content_filter_results":{"hate":{"filtered":true},"sexual":{"filtered":false}}}]})") +
      event(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})") + done);
  EXPECT_EQ(seen.error, ErrorKind::content_filter);
  EXPECT_EQ(seen.details.text, "some");
  EXPECT_EQ(seen.details.categories, std::vector<std::string>{"hate"});
  ASSERT_TRUE(seen.details.usage);
  EXPECT_EQ(seen.details.usage->total_tokens, 3);
  EXPECT_EQ(seen.whole.content, "some");  // handed out before the error
}

TEST(completion_stream, a_silent_choice_takes_no_end_from_the_others) {
  const std::string silent = event(R"({"choices":[{"index":5,"delta":{}}]})");
  const auto ends = [](std::string_view reason) {
    return event(R"({"choices":[{"index":0,"delta":{},"finish_reason":")" + std::string(reason) + R"("}]})");
  };
  EXPECT_EQ(read(silent + ends("content_filter") + done).error, ErrorKind::content_filter);
  EXPECT_EQ(read(silent + ends("stop") + done).error, ErrorKind::other);
  EXPECT_EQ(read(silent + done).error, ErrorKind::truncated);
}

TEST(completion_stream, an_error_in_the_middle_is_typed) {
  const auto kind = [](std::string_view error) { return read(text_event("x") + event(error)).error; };
  EXPECT_EQ(kind(R"({"error":{"message":"m","type":"server_error","code":null}})"), ErrorKind::server);
  EXPECT_EQ(kind(R"({"error":{"message":"m","type":"rate_limit_exceeded","code":"429"}})"),
            ErrorKind::rate_limit);
  EXPECT_EQ(kind(R"({"error":{"message":"m","code":"insufficient_quota"}})"), ErrorKind::quota_exceeded);
  EXPECT_EQ(
      kind(R"({"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}})"),
      ErrorKind::context_length);
  const outcome named = read(text_event("x") + "event: error\ndata: {\"message\":\"broken\"}\n\n");
  EXPECT_EQ(named.error, ErrorKind::server);
  EXPECT_EQ(named.details.server_message, "broken");
  EXPECT_EQ(named.details.text, "x");
  EXPECT_EQ(read("event: error\ndata: no json at all\n\n").error, ErrorKind::server);
}

TEST(completion_stream, what_is_no_json_or_has_a_wrong_index_is_refused) {
  for (const char* json : {"{", "<html>", R"({"choices":[{"index":-1,"delta":{}}]})",
                           R"({"choices":[{"index":1024,"delta":{}}]})",
                           R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":5000}]}}]})"})
    EXPECT_EQ(read(text_event("x") + event(json)).error, ErrorKind::response_format) << json;
  EXPECT_EQ(read(event(std::string(200, '['))).error, ErrorKind::response_format);
}

TEST(completion_stream, what_is_nothing_of_a_chat_is_passed_over) {
  for (const char* json : {"[]", "1", "\"text\"", "null", "{}", R"({"choices":{}})", R"({"choices":[1]})",
                           R"({"choices":[null,[]]})", R"({"hello":"world"})", R"({"message":"only"})",
                           R"({"tool":"x","status":"running"})", R"({"choices":[{"index":0,"delta":[]}]})",
                           R"({"choices":[{"index":0,"delta":{"content":5}}]})",
                           R"({"choices":[{"index":0,"delta":{"tool_calls":{}}}]})",
                           R"({"choices":[{"index":0,"delta":{"tool_calls":[3]}}]})",
                           R"({"choices":[],"usage":{"prompt_tokens":-1}})"}) {
    const outcome seen = read(text_event("x") + "event: other\n" + event(json) + stop + done);
    EXPECT_EQ(seen.error, ErrorKind::other) << json;
    EXPECT_EQ(seen.whole.content, "x") << json;
    EXPECT_TRUE(seen.whole.tool_calls.empty()) << json;
  }
  EXPECT_EQ(read(text_event("x") + "event: ping\ndata:\n\n" + stop + done).whole.content, "x");
}

std::string content_event(const std::string& json_text) {
  return event(R"({"choices":[{"index":0,"delta":{"content":")" + json_text + R"("}}]})");
}

TEST(completion_stream, halves_of_a_character_in_two_chunks_become_it) {
  EXPECT_EQ(read(content_event("a\\ud83d") + content_event("\\ude00b") + stop).whole.content,
            "a\xF0\x9F\x98\x80"
            "b");
  EXPECT_EQ(read(content_event("a\\ud83d") + stop).whole.content, "a\xEF\xBF\xBD");
  EXPECT_EQ(read(content_event("a\\ud83d") + done).whole.content, "a\xEF\xBF\xBD");
  EXPECT_EQ(read(content_event("a\\ud83d") + content_event("b") + stop).whole.content,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(read(content_event("\\ude00") + stop).whole.content, "\xEF\xBF\xBD");
  EXPECT_EQ(read(content_event("\xED\x95\x9C") + stop).whole.content, "\xED\x95\x9C");  // a letter of Hangul
}

std::string tool_event(const std::string& calls) {
  return event(R"({"choices":[{"index":0,"delta":{"tool_calls":[)" + calls + "]}}]}");
}
const std::string tools_end = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})");

TEST(completion_stream, a_tool_call_without_index_goes_by_id_or_position) {
  const outcome one =
      read(tool_event(R"({"id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}})") + tools_end);
  ASSERT_EQ(one.whole.tool_calls.size(), 1u);
  EXPECT_EQ(one.whole.tool_calls[0], ToolCall("t1", "f", R"({"a":1})"));
  const outcome two = read(
      tool_event(R"({"id":"t1","function":{"name":"f","arguments":"{"}})") +
      tool_event(R"({"id":"t2","function":{"name":"g","arguments":"{"}})") +
      tool_event(R"({"id":"t1","function":{"arguments":"}"}},{"id":"t2","function":{"arguments":"}"}})") +
      tools_end);
  ASSERT_EQ(two.whole.tool_calls.size(), 2u);
  EXPECT_EQ(two.whole.tool_calls[0], ToolCall("t1", "f", "{}"));
  EXPECT_EQ(two.whole.tool_calls[1], ToolCall("t2", "g", "{}"));
  const outcome object =
      read(tool_event(R"({"id":"t1","function":{"name":"f","arguments":{"a":[1,"x"]}}})") + tools_end);
  EXPECT_EQ(object.whole.tool_calls.at(0).arguments, R"({"a":[1,"x"]})");
}

TEST(completion_stream, done_alone_needs_content_and_whole_tool_calls) {
  EXPECT_EQ(read(text_event("x") + done).error, ErrorKind::other);
  EXPECT_EQ(
      read(event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})") + done).error,
      ErrorKind::truncated);
  EXPECT_EQ(
      read(tool_event(R"({"index":0,"id":"t","function":{"name":"f","arguments":"{\"a\":"}})") + done).error,
      ErrorKind::truncated);
  EXPECT_EQ(
      read(tool_event(R"({"index":0,"id":"t","function":{"name":"f","arguments":"{\"a\":\"}"}})") + done)
          .error,
      ErrorKind::truncated);
  EXPECT_EQ(read(tool_event(R"({"index":0,"id":"t","function":{"name":"f","arguments":""}})") + done).error,
            ErrorKind::truncated);
  EXPECT_EQ(
      read(tool_event(R"({"index":0,"id":"t","function":{"name":"f","arguments":"{\"a\":\"}\"}"}})") + done)
          .error,
      ErrorKind::other);
}

TEST(completion_stream, an_error_is_an_error_wherever_it_stands) {
  const std::string error = R"({"message":"said","code":429})";
  for (const std::string& json :
       {R"({"error":)" + error + "}", "[{\"error\":" + error + "}]", error,
        R"({"choices":null,"error":)" + error + "}",
        R"({"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":)" + error + "}]}",
        std::string(R"({"object":"error","message":"said","type":"RateLimitError","code":429})"),
        std::string(R"({"choices":null,"error_type":"rate_limit","error_message":"said"})")}) {
    const outcome seen = read(text_event("Hi") + event(json) + done);
    EXPECT_EQ(seen.error, ErrorKind::rate_limit) << json;
    EXPECT_EQ(seen.details.server_message, "said") << json;
    EXPECT_EQ(seen.details.text, "Hi") << json;
  }
}

TEST(completion_stream, limits_are_named) {
  EXPECT_EQ(read({text_event(std::string(300, 'x')) + done}, 200).error, ErrorKind::too_large);
  std::string endless;
  for (int i = 0; i < 100; ++i) endless += text_event("0123456789");
  EXPECT_EQ(read({endless, stop, done}, 200, 500).error, ErrorKind::too_large);
  EXPECT_EQ(read({": " + std::string(5000, 'c')}, 200).error, ErrorKind::too_large);
}

TEST(completion_stream, the_limit_counts_all_that_is_held_and_no_more) {
  const auto ends = [](const std::string& one, std::uint64_t most) {
    std::string all;
    for (int i = 0; i < 10; ++i) all += event(one);
    return read({all, stop, done}, 10'000, most).error;
  };
  const std::string text = R"({"choices":[{"delta":{"content":"0123456789"}}]})";
  EXPECT_EQ(ends(text, 100), ErrorKind::other);
  EXPECT_EQ(ends(text, 99), ErrorKind::too_large);
  const std::string refusal = R"({"choices":[{"delta":{"refusal":"0123456789"}}]})";
  EXPECT_EQ(ends(refusal, 100), ErrorKind::other);
  EXPECT_EQ(ends(refusal, 99), ErrorKind::too_large);
  const std::string tool =
      R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"0123456789"}}]}}]})";
  EXPECT_EQ(ends(tool, 100), ErrorKind::other);
  EXPECT_EQ(ends(tool, 99), ErrorKind::too_large);
  const std::string logprobs =
      R"({"choices":[{"delta":{},"logprobs":{"content":[{"token":"x","logprob":-1}]}}]})";
  EXPECT_EQ(ends(logprobs, 10 * (sizeof(TokenLogprob) + 1)), ErrorKind::other);
  EXPECT_EQ(ends(logprobs, 10 * sizeof(TokenLogprob)), ErrorKind::too_large);
  EXPECT_EQ(ends(R"({"choices":[{"index":1,"delta":{"content":"0123456789"}}]})", 99), ErrorKind::too_large);
  const std::string silent =
      R"({"choices":[{"index":0,"delta":{},"content_filter_results":{"hate":{"filtered":false}}}]})";
  EXPECT_EQ(ends(silent, 1), ErrorKind::other);
}

TEST(completion_stream, what_came_within_the_limit_counts_however_it_came) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += text_event("0123456789");
  const outcome whole = read({text}, 200, 35);
  EXPECT_EQ(whole.error, ErrorKind::too_large);
  EXPECT_FALSE(whole.whole.content.empty());
  EXPECT_EQ(whole.details.text, whole.whole.content);
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(read(bytes, 200, 35).chunks, whole.chunks);
  // Bytes behind the end are no part of the answer.
  const std::string good_end = text_event("x") + done;
  EXPECT_EQ(read({good_end + std::string(1000, 'y')}, 200, 1).error, ErrorKind::other);
  EXPECT_EQ(read({good_end, std::string(1000, 'y')}, 200, 1).error, ErrorKind::other);
}

TEST(completion_stream, changed_bytes_give_chunks_or_a_typed_error) {
  const std::string valid = R"(data: {"choices":[{"delta":{"content":")"
                            "\xC3\xA9"
                            R"("}}]})"
                            "\r\n\r\n" +
                            done;
  test::for_each_changed_byte(valid, [](std::string_view text) {
    const outcome whole = read(text);
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size(); at += 3) parts.emplace_back(text.substr(at, 3));
    const outcome cut = read(parts);
    ASSERT_EQ(cut.chunks, whole.chunks) << text;
    ASSERT_EQ(cut.error, whole.error) << text;
  });
}

TEST(completion_stream, only_the_delta_is_read) {
  const outcome seen =
      read(event(R"({"choices":[{"message":{"content":"m"},"delta":{"content":"d"}}]})") + done);
  EXPECT_EQ(seen.whole.content, "d");
}

TEST(completion_stream, comments_are_no_events) {
  completion_stream_reader reader(some_headers(), 1000, 10'000);
  reader.feed(": ping\n\n: OPENROUTER PROCESSING\n\n");
  EXPECT_FALSE(reader.has_next() || reader.failed());
  reader.feed(text_event("x"));
  EXPECT_TRUE(reader.has_next());
}

TEST(completion_stream, done_alone_is_no_answer) {
  for (const char* body : {"data: [DONE]\n\n", "data: [DONE]\n", "data: [DONE]", ": ping\n\ndata: [DONE]"})
    EXPECT_EQ(read(std::vector<std::string>{body}).error, ErrorKind::truncated) << body;
}

TEST(completion_stream, without_done_every_choice_must_have_ended) {
  const auto chunk = [](int index, const std::string& rest) {
    return R"(data: {"choices":[{"index":)" + std::to_string(index) + "," + rest + "}]}\n\n";
  };
  const std::string first = chunk(0, R"("delta":{"content":"whole"},"finish_reason":"stop")");
  const std::string half = chunk(1, R"("delta":{"content":"hal"})");
  const std::string rest = chunk(1, R"("delta":{"content":"f"},"finish_reason":"stop")");
  EXPECT_EQ(read(std::vector<std::string>{half + first}).error, ErrorKind::truncated);
  EXPECT_EQ(read(std::vector<std::string>{first + half}).error, ErrorKind::truncated);
  const outcome seen = read(std::vector<std::string>{half + first + rest});
  EXPECT_EQ(seen.error, ErrorKind::other);
  EXPECT_EQ(seen.whole.content, "whole");
  ASSERT_EQ(seen.whole.other_choices.size(), 1u);
  EXPECT_EQ(seen.whole.other_choices[0].content, "half");
  EXPECT_EQ(read(std::vector<std::string>{half + first + "data: [DONE]\n\n"}).error,
            ErrorKind::other);  // the server says that this is everything
}

}  // namespace
}  // namespace corochain::codec::completion_stream_test
