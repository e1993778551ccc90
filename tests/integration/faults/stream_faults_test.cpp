// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <thread>

#include "integration/faults/fault_bench.hpp"

// Streams with faults in their events. Other tests check the faults of connections.

namespace corochain::stream_faults_test {
namespace {
using namespace test;
using namespace std::chrono_literals;

class StreamFaults : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, StreamFaults,
                         ::testing::ValuesIn(setups_where([](const fault_setup& at) { return at.streamed; })),
                         &setup_name);

const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string text = text_event("to faulty");

/// A stream of exactly these bytes, in one HTTP chunk.
server_action stream(std::string body) {
  return writes([body](const fault_setup& at) {
    return at.head("Transfer-Encoding: chunked\r\n\r\n") + chunk(body) + "0\r\n\r\n";
  });
}
/// The failure comes after the head of the answer.
expectation after_head(ErrorKind kind, connection_end connection = connection_end::any) {
  expectation made = failure(kind, connection);
  made.status = 200;
  return made;
}

TEST_P(StreamFaults, ends) {
  run_faults(
      GetParam(),
      {
          {"no [DONE]", stream(text + stop), success(connection_end::any)},
          {"no finish_reason", stream(text + done_event), success()},
          {"neither", stream(text), after_head(ErrorKind::truncated)},
          {"nothing", stream(": ping\n\n"), before_content(GetParam(), after_head(ErrorKind::truncated))},
          {"[DONE] alone", stream(done_event), before_content(GetParam(), after_head(ErrorKind::truncated))},
          {"data after [DONE]", stream(text + stop + done_event + text_event("more")), success()},
          {"garbage after [DONE]", stream(text + stop + done_event + "\xff\x01 garbage"), success()},
          {"cut event", stream(text + "data: {\"choi"), after_head(ErrorKind::truncated)},
          {"cut event after the end", stream(text + stop + "data: {\"choi"), success(connection_end::any)},
      });
}

TEST_P(StreamFaults, errors_on_the_way) {
  const auto kind = [](ErrorKind which) { return after_head(which); };
  run_faults(
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

TEST_P(StreamFaults, events_that_are_no_chunks) {
  const expectation expected = after_head(ErrorKind::response_format);
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += R"({"a":)";
  const auto stream_with = [](const std::string& data) {
    return stream(text + event(data) + stop + done_event);
  };
  run_faults(
      GetParam(),
      {{"no json", stream_with("hello"), expected},
       {"html", stream("<html>please log in</html>\n\n" + text + "\n"), after_head(ErrorKind::truncated)},
       {"list", stream_with("[1]"), success()},
       {"empty object", stream_with("{}"), success()},
       {"another object", stream_with(R"({"tool":"x","status":"running"})"), success()},
       {"deep", stream_with(deep), expected},
       {"great index", stream_with(R"({"choices":[{"index":1024,"delta":{"content":"x"}}]})"), expected},
       {"great index of a tool call",
        stream_with(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":99999999}]}}]})"), expected},
       {"negative index", stream_with(R"({"choices":[{"index":-1,"delta":{}}]})"), expected},
       {"content of wrong type", stream_with(R"({"choices":[{"index":0,"delta":{"content":[5]}}]})"),
        success()}});
}

TEST_P(StreamFaults, limits_of_an_event_and_of_the_whole) {
  expectation event_limit = before_content(GetParam(), after_head(ErrorKind::too_large));
  event_limit.message_part = "limits.stream_event)";
  expectation held_limit = after_head(ErrorKind::too_large);
  held_limit.message_part = "limits.stream)";
  expectation wire_limit = before_content(GetParam(), after_head(ErrorKind::too_large));
  wire_limit.message_part = "limits.stream_wire)";
  const auto tune = [](AzureOptions& options) {
    options.limits.response_body = 100'000;
    options.limits.stream_event = 1000;
    options.limits.stream = 1500;
    options.limits.stream_wire = 150'000;
  };
  std::string many;
  for (int i = 0; i < 200; ++i) many += text_event("0123456789");
  run_faults(GetParam(), {{"event", stream(text_event(std::string(2000, 'x'))), event_limit, tune},
                          {"event of lines",
                           [](raw_connection& client, const fault_setup& at) {
                             client.write(at.head("\r\n"));
                             while (client.write("data: more\n")) {
                             }
                           },
                           event_limit, tune},
                          {"held", stream(many), held_limit, tune},
                          {"wire", stream(": a comment" + std::string(150'000, '.')), wire_limit, tune},
                          {"many comments",
                           [](raw_connection& client, const fault_setup& at) {
                             client.write(at.head("\r\n"));
                             while (client.write(": ping\n\n")) {
                             }
                           },
                           wire_limit, tune}});
}

TEST_P(StreamFaults, comments_keep_a_stream_alive) {
  static constexpr auto limit = 400ms;
  const auto tune = [](AzureOptions& options) { options.stream_idle_timeout = limit; };
  const auto pings = [](std::string before, std::string after) -> server_action {
    return [before, after](raw_connection& client, const fault_setup& at) {
      client.write(at.head("\r\n") + before);
      // The pings last longer than the limit in all. Hundreds of them come within each limit.
      const auto begin = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() - begin < limit + limit / 4) {
        client.write(": ping\n\n");
        std::this_thread::sleep_for(1ms);  // keeps the number of pings small
      }
      client.write(after);
    };
  };
  const std::string rest = stop + done_event;
  run_faults(GetParam(), {{"from the start", pings("", text + rest), success(connection_end::any), tune},
                          {"on the way", pings(text, rest), success(connection_end::any), tune}});
}

TEST_P(StreamFaults, what_had_come_is_kept) {
  fault_bench bench(GetParam(), [](raw_connection& client, const fault_setup& at) {
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
  EXPECT_EQ(bench.connections_of("faulty").size(), 1u);
  EXPECT_EQ(bench.ask("next").answer, "to next");
}

}  // namespace
}  // namespace corochain::stream_faults_test
