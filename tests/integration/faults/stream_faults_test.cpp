// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <thread>

#include "integration/faults/fault_bench.hpp"

// Streams that go wrong on the way. What the connection does meanwhile is looked at elsewhere.

namespace corochain::stream_faults_test {
namespace {
using namespace test;
using namespace std::chrono_literals;

class StreamFaults : public ::testing::TestWithParam<circumstances> {};
INSTANTIATE_TEST_SUITE_P(
    All, StreamFaults,
    ::testing::ValuesIn(circumstances_where([](const circumstances& at) { return at.streamed; })), &name_of);

const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string text = text_event("to faulty");

/// A stream of exactly this, in one chunk.
misdeed stream(std::string body) {
  return writes([body](const circumstances& at) {
    return at.head("Transfer-Encoding: chunked\r\n\r\n") + chunk(body) + "0\r\n\r\n";
  });
}
verdict heard(ErrorKind kind, afterwards line = afterwards::whichever) {
  verdict made = failure(kind, line);
  made.status = 200;
  return made;
}

TEST_P(StreamFaults, Ends) {
  meet_each(
      GetParam(),
      {
          {"no [DONE]", stream(text + stop), success(afterwards::whichever)},
          {"no finish_reason", stream(text + done_event), success()},
          {"neither", stream(text), heard(ErrorKind::truncated)},
          {"nothing", stream(": ping\n\n"), before_content(GetParam(), heard(ErrorKind::truncated))},
          {"[DONE] alone", stream(done_event), before_content(GetParam(), heard(ErrorKind::truncated))},
          {"data after [DONE]", stream(text + stop + done_event + text_event("more")), success()},
          {"garbage after [DONE]", stream(text + stop + done_event + "\xff\x01 garbage"), success()},
          {"cut event", stream(text + "data: {\"choi"), heard(ErrorKind::truncated)},
          {"cut event after the end", stream(text + stop + "data: {\"choi"), success(afterwards::whichever)},
      });
}

TEST_P(StreamFaults, ErrorsOnTheWay) {
  const auto kind = [](ErrorKind which) { return heard(which); };
  meet_each(
      GetParam(),
      {{"object", stream(text + event(R"({"error":{"message":"m","type":"server_error"}})")),
        kind(ErrorKind::server)},
       {"event", stream(text + "event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n"),
        kind(ErrorKind::server)},
       {"event of text", stream(text + "event: error\ndata: overloaded\n\n"), kind(ErrorKind::server)},
       {"rate limit", stream(text + event(R"({"error":{"message":"m","code":"rate_limit_exceeded"}})")),
        kind(ErrorKind::rate_limit)},
       {"status as code", stream(text + event(R"({"error":{"message":"m","code":"429"}})")),
        kind(ErrorKind::rate_limit)},
       {"first of all", stream(event(R"({"error":{"message":"m","code":"content_filter"}})")),
        before_content(GetParam(), kind(ErrorKind::content_filter))},
       {"filter",
        stream(text + event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]})") +
               done_event),
        kind(ErrorKind::content_filter)}});
}

TEST_P(StreamFaults, EventsThatAreNoPieces) {
  const verdict expected = heard(ErrorKind::response_format);
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += R"({"a":)";
  const auto piece = [](const std::string& data) { return stream(text + event(data) + stop + done_event); };
  meet_each(
      GetParam(),
      {{"no json", piece("hello"), expected},
       {"html", stream("<html>please log in</html>\n\n" + text + "\n"), heard(ErrorKind::truncated)},
       {"list", piece("[1]"), success()},
       {"empty object", piece("{}"), success()},
       {"another object", piece(R"({"tool":"x","status":"running"})"), success()},
       {"deep", piece(deep), expected},
       {"great index", piece(R"({"choices":[{"index":1024,"delta":{"content":"x"}}]})"), expected},
       {"great index of a tool call",
        piece(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":99999999}]}}]})"), expected},
       {"negative index", piece(R"({"choices":[{"index":-1,"delta":{}}]})"), expected},
       {"content of wrong type", piece(R"({"choices":[{"index":0,"delta":{"content":[5]}}]})"), success()}});
}

TEST_P(StreamFaults, LimitsOfAnEventAndOfTheWhole) {
  verdict event_limit = before_content(GetParam(), heard(ErrorKind::too_large));
  event_limit.said = "limits.stream_event)";
  verdict held_limit = heard(ErrorKind::too_large);
  held_limit.said = "limits.stream)";
  verdict wire_limit = before_content(GetParam(), heard(ErrorKind::too_large));
  wire_limit.said = "limits.stream_wire)";
  const auto tune = [](AzureOptions& options) {
    options.limits.response_body = 100'000;
    options.limits.stream_event = 1000;
    options.limits.stream = 1500;
    options.limits.stream_wire = 150'000;
  };
  std::string many;
  for (int i = 0; i < 200; ++i) many += text_event("0123456789");
  meet_each(GetParam(), {{"event", stream(text_event(std::string(2000, 'x'))), event_limit, tune},
                         {"event of lines",
                          [](raw_connection& client, const circumstances& at) {
                            client.write(at.head("\r\n"));
                            while (client.write("data: more\n")) {
                            }
                          },
                          event_limit, tune},
                         {"held", stream(many), held_limit, tune},
                         {"wire", stream(": a comment" + std::string(150'000, '.')), wire_limit, tune},
                         {"many comments",
                          [](raw_connection& client, const circumstances& at) {
                            client.write(at.head("\r\n"));
                            while (client.write(": ping\n\n")) {
                            }
                          },
                          wire_limit, tune}});
}

TEST_P(StreamFaults, CommentsKeepAStreamAlive) {
  static constexpr auto limit = 400ms;
  const auto tune = [](AzureOptions& options) { options.stream_idle_timeout = limit; };
  const auto pings = [](std::string before, std::string after) -> misdeed {
    return [before, after](raw_connection& client, const circumstances& at) {
      client.write(at.head("\r\n") + before);
      // Longer than the limit in all, and hundreds of pings for each time that it lasts.
      const auto begin = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() - begin < limit + limit / 4) {
        client.write(": ping\n\n");
        std::this_thread::sleep_for(1ms);  // keeps the number of pings small
      }
      client.write(after);
    };
  };
  const std::string rest = stop + done_event;
  meet_each(GetParam(), {{"from the start", pings("", text + rest), success(afterwards::whichever), tune},
                         {"on the way", pings(text, rest), success(afterwards::whichever), tune}});
}

TEST_P(StreamFaults, WhatHadComeIsKept) {
  fault_bench bench(GetParam(), [](raw_connection& client, const circumstances& at) {
    client.write(
        at.head("x-request-id: r1\r\nContent-Length: 5000\r\n\r\n") + text_event("half ") +
        event(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})"));
    client.reset();
  });
  if (GetParam().reused) {
    EXPECT_EQ(bench.ask("before").answer, "to before");
  }
  const QueryResult result = bench.ask("faulty");
  ASSERT_TRUE(result.error && result.error->error());
  const Error& error = *result.error->error();
  EXPECT_EQ(error.kind(), ErrorKind::truncated);
  EXPECT_EQ(error.details().text, "half ");
  EXPECT_EQ(error.details().usage.value().total_tokens, 5);
  EXPECT_EQ(error.request_id(), "r1");
  EXPECT_EQ(result.usage.total_tokens, 5);
  EXPECT_EQ(bench.heard("faulty").size(), 1u);
  EXPECT_EQ(bench.ask("next").answer, "to next");
}

}  // namespace
}  // namespace corochain::stream_faults_test
