// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "integration/faults/fault_bench.hpp"

// Answers that are valid HTTP and no completion.

namespace corochain::status_faults_test {
namespace {
using namespace test;
using namespace std::chrono_literals;

class StatusFaults : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, StatusFaults, ::testing::ValuesIn(all_setups()), &setup_name);

server_action answers(std::string status_line, std::string more = "", std::string body = "",
                      std::string type = "application/json") {
  return writes(with_length("HTTP/1.1 " + status_line + "\r\nContent-Type: " + type + "\r\n" + more, body));
}
const std::string json_error = R"({"error":{"message":"m","code":"c","type":"t"}})";

TEST_P(StatusFaults, each_status_has_its_kind) {
  const std::vector<std::pair<int, ErrorKind>> statuses{
      {400, ErrorKind::bad_request},
      {401, ErrorKind::authentication},
      {402, ErrorKind::http_status},
      {403, ErrorKind::permission_denied},
      {404, ErrorKind::not_found},
      {407, ErrorKind::http_status},
      {408, ErrorKind::http_status},
      {409, ErrorKind::conflict},
      {413, ErrorKind::http_status},
      {418, ErrorKind::http_status},
      {422, ErrorKind::unprocessable_entity},
      {429, ErrorKind::rate_limit},
      {500, ErrorKind::server},
      {502, ErrorKind::server},
      {503, ErrorKind::server},
      {504, ErrorKind::server},
      {529, ErrorKind::server},
  };
  for (const auto& [code, kind] : statuses)
    run_fault(GetParam(), {std::to_string(code), answers(std::to_string(code) + " X", "", json_error),
                           status(code, kind)});
  expectation odd = status(777, ErrorKind::http_status);
  odd.attempts = 1;
  odd.retryable = false;
  run_fault(GetParam(), {"777", answers("777 X"), odd});
}

TEST_P(StatusFaults, the_body_of_an_error_may_be_anything) {
  const expectation expected = status(503, ErrorKind::server);
  expectation cut = expected;
  cut.connection = connection_end::closed;
  const auto short_limit = [](AzureOptions& options) { options.read_timeout = 50ms; };
  const std::string html = "<html><body>" + std::string(5000, 'h') + "</body></html>";
  const auto head = [](const std::string& more) { return writes("HTTP/1.1 503 X\r\n" + more + "\r\n"); };
  run_faults(
      GetParam(),
      {{"empty", answers("503 X"), expected},
       {"html", answers("503 X", "", html, "text/html"), expected},
       {"not utf-8", answers("503 X", "", "\xff\xfe\x00garbage"), expected},
       {"compressed", answers("503 X", "Content-Encoding: gzip\r\n", "\x1f\x8b\x08"), expected},
       {"wrong types", answers("503 X", "", R"({"error":{"message":[1],"code":{},"type":5}})"), expected},
       {"deep", answers("503 X", "", std::string(100000, '[')), expected},
       {"huge", answers("503 X", "", std::string(3000000, 'x')), cut},
       {"a terabyte announced", writes("HTTP/1.1 503 X\r\nContent-Length: 1099511627776\r\n\r\nsome"), cut,
        short_limit},
       {"endless",
        [](raw_connection& client, const fault_setup&) {
          client.write("HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n");
          while (client.write(chunk(std::string(50000, 'x')))) {
          }
        },
        cut},
       {"broken chunks", head("Transfer-Encoding: chunked\r\n\r\nzz"), cut},
       {"stalls", head("Content-Length: 10\r\n"), cut, short_limit},
       {"stalls in chunks", head("Transfer-Encoding: chunked\r\n\r\n5\r\nab"), cut, short_limit}});
}

TEST_P(StatusFaults, redirects_are_not_followed) {
  raw_server elsewhere([](raw_connection&, std::size_t) {});
  const std::string target = "127.0.0.1:" + std::to_string(elsewhere.port());
  for (const int code : {300, 301, 302, 303, 307, 308}) {
    expectation expected = status(code, ErrorKind::http_status);
    expected.message_part = target;
    run_fault(GetParam(),
              {std::to_string(code),
               answers(std::to_string(code) + " X", "Location: http://" + target + "/canary?canary\r\n"),
               expected});
  }
  run_fault(GetParam(), {"no target", answers("302 X"), status(302, ErrorKind::http_status)});
  run_fault(GetParam(), {"odd target", answers("302 X", "Location: //user:canary@x\x80\r\n"),
                         status(302, ErrorKind::http_status)});
  run_fault(GetParam(),
            {"304", writes("HTTP/1.1 304 Not Modified\r\n\r\n"), status(304, ErrorKind::http_status)});
  EXPECT_EQ(elsewhere.connections(), 0u);
}

TEST_P(StatusFaults, a_success_that_is_no_completion) {
  const auto kept_with = [](int code) {
    return before_content(GetParam(), status(code, ErrorKind::response_format));
  };
  const expectation kept = kept_with(200);
  // A stream without a byte has ended before its content.
  const auto nothing_with = [](int code) {
    if (!GetParam().streamed) return status(code, ErrorKind::response_format);
    expectation made = before_content(GetParam(), failure(ErrorKind::truncated, connection_end::kept));
    made.status = code;
    return made;
  };
  expectation either = status(200, ErrorKind::response_format);
  either.connection = connection_end::any;
  const std::string type = GetParam().type();
  const auto ok = [&](std::string body) { return answers("200 OK", "", std::move(body)); };
  run_faults(GetParam(),
             {{"empty", ok(""), nothing_with(200)},
              {"html", answers("200 OK", "", "<html>please log in</html>", "text/html"), kept},
              {"no type", writes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), kept},
              {"204", writes("HTTP/1.1 204 No Content\r\n\r\n"), nothing_with(204)},
              {"205", writes("HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"), nothing_with(205)},
              {"compressed", answers("200 OK", "Content-Encoding: gzip\r\n", "\x1f\x8b\x08", type), either},
              {"a list", ok("[]"), kept},
              {"text", ok("\"text\""), kept},
              {"null", ok("null"), kept},
              {"no choices", ok("{}"), kept},
              {"choices null", ok(R"({"choices":null})"), kept},
              {"choices empty", ok(R"({"choices":[]})"), kept},
              {"choices of numbers", ok(R"({"choices":[1]})"), kept},
              {"message of wrong type", ok(R"({"choices":[{"message":"hi"}]})"), kept},
              {"content of wrong type", ok(R"({"choices":[{"message":{"content":5}}]})"), kept},
              {"cut", ok(R"({"choices":[{"message":{"content":"hi)"), kept},
              {"deep", ok(std::string(100000, '[')), kept},
              {"not utf-8", ok("{\"choices\":[{\"message\":\xff}]}"), kept},
              {"bytes behind", ok(R"({"choices":[{"message":{"content":"hi"}}]} x)"), kept}});
}

TEST_P(StatusFaults, the_other_kind_of_answer) {
  fault_setup other = GetParam();
  other.streamed = !other.streamed;
  const server_action act = [other](raw_connection& client, const fault_setup&) {
    client.write(other.answer("to faulty"));
  };
  run_fault(GetParam(), {"other", act, success(connection_end::any)});
}

TEST_P(StatusFaults, identity_is_no_encoding) {
  for (const char* name : {"identity", "Identity", ""})
    run_fault(GetParam(), {name, writes([name](const fault_setup& at) {
                             return at.answer("to faulty", std::string("Content-Encoding: ") + name + "\r\n");
                           }),
                           success()});
}

TEST_P(StatusFaults, a_quota_that_is_used_up_is_not_asked_again) {
  expectation expected = status(429, ErrorKind::quota_exceeded);
  expected.attempts = 1;
  expected.retryable = false;
  run_fault(GetParam(), {"quota",
                         answers("429 X", "Retry-After: 0\r\nx-should-retry: true\r\n",
                                 R"({"error":{"message":"m","code":"insufficient_quota"}})"),
                         expected});
}

TEST_P(StatusFaults, the_server_may_say_whether_to_retry) {
  expectation yes = status(400, ErrorKind::bad_request);
  yes.attempts = 2;
  yes.retryable = true;
  run_fault(GetParam(), {"yes", answers("400 X", "X-Should-Retry: true\r\n", json_error), yes});
  expectation no = status(503, ErrorKind::server);
  no.attempts = 1;
  no.retryable = false;
  run_fault(GetParam(), {"no", answers("503 X", "x-should-retry: False\r\n", json_error), no});
  run_fault(GetParam(), {"odd", answers("503 X", "x-should-retry: perhaps\r\n", json_error),
                         status(503, ErrorKind::server)});
}

struct advice {
  std::string fields;
  std::optional<Timing::duration> understood;
  bool waited_for = true;
};

TEST_P(StatusFaults, all_forms_of_retry_after) {
  const std::vector<advice> all{
      {"retry-after-ms: 12.5\r\n", 12500us},
      {"Retry-After-Ms: 0\r\n", {}},
      {"Retry-After: 0.01\r\n", 10ms},
      {"Retry-After: 0\r\n", {}},
      {"x-ms-retry-after-ms: 8\r\n", 8ms},
      {"retry-after-ms: 0\r\nx-ms-retry-after-ms: 0.0\r\nRetry-After: 0.01\r\n", 10ms},
      {"Retry-After: 100\r\nretry-after-ms: 7\r\n", 7ms},
      {"Retry-After: 0.01\r\nretry-after-ms: soon\r\n", 10ms},
      {"Retry-After: -5\r\n", {}},
      {"Retry-After: soon\r\n", {}},
      {"Retry-After: NaN\r\n", {}},
      {"Retry-After: inf\r\n", {}},
      {"Retry-After: 1e3\r\n", {}},
      {"Retry-After:\r\n", {}},
      {"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", {}},
      {"Retry-After: Sun, 99 Nov 2094 08:49:37 GMT\r\n", {}},
      {"Retry-After: 121\r\n", 121s, false},
      {"Retry-After: 99999999999999999999999999\r\n", Timing::duration::max(), false},
  };
  for (const advice& each : all) {
    SCOPED_TRACE(each.fields);
    fault_bench bench(GetParam(), answers("429 X", each.fields, json_error));
    const QueryResult result = bench.ask("faulty");
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->kind(), ErrorKind::rate_limit);
    EXPECT_EQ(result.error->retry_after(), each.understood);
    ASSERT_EQ(result.attempts.size(), each.waited_for ? 2u : 1u);
    EXPECT_EQ(result.attempts[0].retry_after, each.understood);
    if (each.waited_for) {
      EXPECT_EQ(result.attempts[0].slept, each.understood.value_or(0s));
      EXPECT_GE(result.timing.total, each.understood.value_or(0s));
    }
    EXPECT_EQ(bench.ask("next").answer, "to next");
  }
}

TEST_P(StatusFaults, a_date_far_away_is_not_waited_for) {
  fault_bench bench(GetParam(),
                    answers("503 X", "Retry-After: Sat, 06 Nov 2094 08:49:37 GMT\r\n", json_error));
  const QueryResult result = bench.ask("faulty");
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.attempts.size(), 1u);
  EXPECT_GT(result.error->retry_after().value(), 24h);
}

}  // namespace
}  // namespace corochain::status_faults_test
