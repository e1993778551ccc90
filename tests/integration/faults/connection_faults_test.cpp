// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <future>

#include "integration/faults/fault_bench.hpp"

// Connections that end where they should not.

namespace corochain::connection_faults_test {
namespace {
namespace asio = boost::asio;
using namespace test;
using namespace std::chrono_literals;

class ConnectionFaults : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, ConnectionFaults, ::testing::ValuesIn(all_setups()), &setup_name);

/// The end of a connection: without close_notify, with it (under TLS), or by a reset.
enum class ending { bare, announced, reset };
void end(raw_connection& client, ending how) {
  if (how == ending::reset) return client.reset();
  if (how == ending::announced) client.say_goodbye();
  client.end();
}
const char* setup_name(ending how) {
  return how == ending::bare ? "end" : how == ending::announced ? "announced end" : "reset";
}

struct framing {
  const char* name;
  std::string (*wrap)(const fault_setup&, const std::string& body);
};
const std::vector<framing> framings{
    {"length", [](const fault_setup& at,
                  const std::string& body) { return with_length(at.head("X-Mark: m\r\n"), body); }},
    {"chunks",
     [](const fault_setup& at, const std::string& body) {
       return at.head("X-Mark: m\r\nTransfer-Encoding: chunked\r\n\r\n") + chunk(body.substr(0, 20)) +
              chunk(body.substr(20)) + "0\r\n\r\n";
     }},
    {"until the end",
     [](const fault_setup& at, const std::string& body) { return at.head("X-Mark: m\r\n\r\n") + body; }},
};

/// Writes `size` bytes of an answer and ends the connection.
server_action cuts(const framing& how, std::function<std::size_t(const std::string&)> size, ending at_end,
                   bool in_one_segment) {
  return [=](raw_connection& client, const fault_setup& at) {
    const std::string all = how.wrap(at, at.body("to faulty"));
    client.hold_segments(in_one_segment);
    client.write(all.substr(0, size(all)));
    end(client, at_end);
  };
}

TEST_P(ConnectionFaults, an_end_before_the_answer) {
  for (const ending how : {ending::bare, ending::announced, ending::reset})
    run_fault(GetParam(),
              {setup_name(how), cuts(framings[0], [](const auto&) { return 0u; }, how, false), no_answer()});
}

TEST_P(ConnectionFaults, an_end_in_the_head) {
  for (const ending how : {ending::bare, ending::announced, ending::reset})
    for (const char* mark : {"TTP/1.1", " OK", "Content-Type", "X-Mark", "\r\n\r\n"})
      run_fault(GetParam(),
                {std::string(setup_name(how)) + " before " + mark,
                 cuts(
                     framings[0], [mark](const std::string& all) { return all.find(mark); }, how, false),
                 failure(ErrorKind::truncated)});
}

TEST_P(ConnectionFaults, an_end_in_the_body) {
  for (const bool at_once : {false, true})
    for (const framing& each : framings)
      for (const ending how : {ending::bare, ending::announced, ending::reset})
        for (const std::size_t more : {0u, 30u}) {
          expectation expected = failure(ErrorKind::truncated);
          expected.status = 200;
          // Such a body ends with the connection. The received part is no completion.
          const bool sound_end = std::string(each.name) == "until the end" && how != ending::reset &&
                                 (how == ending::announced || !GetParam().tls);
          if (sound_end && !GetParam().streamed)
            expected = status(200, ErrorKind::response_format, connection_end::closed);
          expected = before_content(GetParam(), expected);
          run_fault(GetParam(),
                    {std::string(each.name) + ", " + setup_name(how) + " after " + std::to_string(more) +
                         (at_once ? ", at once" : ""),
                     cuts(
                         each, [more](const std::string& all) { return all.find("\r\n\r\n") + 4 + more; },
                         how, at_once),
                     expected});
        }
}

TEST_P(ConnectionFaults, an_end_after_the_body) {
  for (const bool at_once : {false, true})
    for (const framing& each : framings)
      for (const ending how : {ending::bare, ending::announced, ending::reset}) {
        // The client may see the end now or at the next call.
        expectation expected = success(connection_end::any);
        if (std::string(each.name) == "until the end") {
          expected.connection = connection_end::closed;
          // A stream says that it is complete.
          if (!GetParam().streamed && (how == ending::reset || (GetParam().tls && how == ending::bare))) {
            expected = failure(ErrorKind::truncated);
            expected.status = 200;
          }
        }
        run_fault(GetParam(),
                  {std::string(each.name) + ", " + setup_name(how) + (at_once ? ", at once" : ""),
                   cuts(each, [](const std::string& all) { return all.size(); }, how, at_once), expected});
      }
}

/// The server has announced the end and waits for the client to close.
TEST_P(ConnectionFaults, an_announced_end_with_the_answer_closes_at_once) {
  if (!GetParam().tls) return;
  server_action act = [](raw_connection& client, const fault_setup& at) {
    client.hold_segments(true);
    client.write(at.answer("to faulty"));
    client.say_goodbye();
    client.hold_segments(false);
  };
  run_fault(GetParam(), {"announced end with the answer", act, success(connection_end::closed)});
}

TEST_P(ConnectionFaults, a_status_stands_whatever_becomes_of_its_body) {
  for (const bool at_once : {false, true})
    for (const ending how : {ending::bare, ending::announced, ending::reset})
      for (const bool chunked : {false, true}) {
        server_action act = [=](raw_connection& client, const fault_setup& at) {
          client.hold_segments(at_once);
          client.write(
              at.head(chunked ? "Transfer-Encoding: chunked\r\n\r\n5\r\nab" : "Content-Length: 100\r\n\r\nab",
                      "503 Service Unavailable"));
          end(client, how);
        };
        run_fault(GetParam(),
                  {std::string(setup_name(how)) + (chunked ? " chunked" : "") + (at_once ? " at once" : ""),
                   act, status(503, ErrorKind::server, connection_end::closed)});
      }
}

/// The client sees the end of an idle connection before it uses the connection, so nothing is sent twice.
TEST_P(ConnectionFaults, an_end_while_idle) {
  for (const ending how : {ending::bare, ending::announced, ending::reset}) {
    SCOPED_TRACE(setup_name(how));
    std::promise<void> ended;
    fault_bench bench(GetParam(), [&](raw_connection& client, const fault_setup& at) {
      client.write(at.answer("to faulty"));
      end(client, how);
      ended.set_value();
    });
    if (GetParam().reused) {
      EXPECT_EQ(bench.ask("before").answer, "to before");
    }
    EXPECT_EQ(bench.ask("faulty").answer, "to faulty");
    ended.get_future().wait();
    const QueryResult next = bench.ask("next");
    EXPECT_EQ(next.answer, "to next");
    ASSERT_EQ(next.attempts.size(), 1u);
    EXPECT_FALSE(next.attempts[0].maybe_billed);
    EXPECT_FALSE(next.attempts[0].connection_reused);
    EXPECT_EQ(bench.connections(), 2u);
  }
}

/// The server ends a kept connection when the next request comes. The request is sent again on a new
/// connection, and the record says so.
TEST_P(ConnectionFaults, an_end_upon_the_next_request) {
  for (const ending how : {ending::bare, ending::announced, ending::reset}) {
    SCOPED_TRACE(setup_name(how));
    int faulty = 0;
    fault_bench bench(GetParam(), [&](raw_connection& client, const fault_setup& at) {
      if (faulty++ == 0)
        end(client, how);
      else
        client.write(at.answer("to faulty"));
    });
    EXPECT_EQ(bench.ask("before").answer, "to before");
    const QueryResult result = bench.ask("faulty");
    EXPECT_EQ(result.answer, "to faulty");
    ASSERT_EQ(result.attempts.size(), 2u);
    EXPECT_TRUE(result.attempts[0].maybe_billed);
    EXPECT_TRUE(result.attempts[0].connection_reused);
    EXPECT_FALSE(result.attempts[0].resent);
    EXPECT_EQ(result.attempts[0].status, 0);
    EXPECT_FALSE(result.attempts[0].error.empty());
    EXPECT_FALSE(result.attempts[1].maybe_billed);
    EXPECT_FALSE(result.attempts[1].connection_reused);
    EXPECT_TRUE(result.attempts[1].connection_opened);
    EXPECT_TRUE(result.attempts[1].resent);
    EXPECT_FALSE(result.attempts[1].retried);
    EXPECT_EQ(result.attempts[1].status, 200);
    EXPECT_EQ(bench.connections_of("faulty"), (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(bench.ask("next").answer, "to next");
    EXPECT_EQ(bench.connections_of("next"), std::vector<std::size_t>{1});
  }
}

/// The request is sent again even if no retry is allowed. A second end is an error that says that the call
/// may be billed.
TEST_P(ConnectionFaults, a_dead_connection_costs_no_retry) {
  fault_bench bench(GetParam(), [](raw_connection& client, const fault_setup&) { client.reset(); });
  bench.options.max_retries = 0;
  if (GetParam().reused) {
    EXPECT_EQ(bench.ask("before").answer, "to before");
  }
  const QueryResult result = bench.ask("faulty");
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind(), ErrorKind::connect);
  EXPECT_EQ(result.error->error()->details().connect_problem, ConnectProblem::reset);
  ASSERT_EQ(result.attempts.size(), GetParam().reused ? 2u : 1u);
  for (const AttemptRecord& each : result.attempts) EXPECT_TRUE(each.maybe_billed);
  EXPECT_EQ(result.error->attempts().size(), result.attempts.size());
  EXPECT_EQ(bench.connections_of("faulty").size(), result.attempts.size());
}

/// An option switches it off: the call then has an error that is retryable, and retries only what it may.
TEST_P(ConnectionFaults, a_dead_connection_is_an_error_by_option) {
  fault_bench bench(GetParam(), [](raw_connection& client, const fault_setup&) { client.reset(); });
  bench.options.max_retries = 0;
  bench.options.connections.resend_on_stale_connection = false;
  if (GetParam().reused) {
    EXPECT_EQ(bench.ask("before").answer, "to before");
  }
  const QueryResult result = bench.ask("faulty");
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind(), ErrorKind::connect);
  EXPECT_EQ(result.error->problem(), ConnectProblem::reset);
  EXPECT_TRUE(result.error->retryable());
  ASSERT_EQ(result.attempts.size(), 1u);
  EXPECT_EQ(result.attempts[0].connection_reused, GetParam().reused);
  EXPECT_EQ(bench.connections_of("faulty").size(), 1u);
}

TEST_P(ConnectionFaults, a_dead_connection_may_be_a_retry) {
  int faulty = 0;
  fault_bench bench(GetParam(), [&](raw_connection& client, const fault_setup& at) {
    if (faulty++ == 0)
      client.reset();
    else
      client.write(at.answer("to faulty"));
  });
  bench.options.connections.resend_on_stale_connection = false;
  if (GetParam().reused) {
    EXPECT_EQ(bench.ask("before").answer, "to before");
  }
  const QueryResult result = bench.ask("faulty");
  EXPECT_EQ(result.answer, "to faulty");
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_TRUE(result.attempts[1].retried);
  EXPECT_FALSE(result.attempts[1].resent);
}

TEST_P(ConnectionFaults, byte_by_byte) {
  run_fault(GetParam(), {"answer",
                         [](raw_connection& client, const fault_setup& at) {
                           for (const char c : framings[1].wrap(at, at.body("to faulty")))
                             client.write({&c, 1});
                         },
                         success()});
  run_fault(GetParam(), {"error",
                         [](raw_connection& client, const fault_setup& at) {
                           const std::string all = with_length(at.head("", "404 Not Found"),
                                                               R"({"error":{"message":"no such model"}})");
                           for (const char c : all) client.write({&c, 1});
                         },
                         status(404, ErrorKind::not_found)});
}

TEST_P(ConnectionFaults, a_refusal_is_retried_and_nothing_was_billed) {
  asio::io_context loop;
  unsigned short port = 0;
  {
    asio::ip::tcp::acceptor closed(loop, {asio::ip::address_v4::loopback(), 0});
    port = closed.local_endpoint().port();
  }
  AzureOptions options =
      test::options_to((GetParam().tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port));
  options.streaming = GetParam().streamed;
  const QueryResult result = finish(loop, query(chain_without_backoff(options), "q"));
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind(), ErrorKind::connect);
  EXPECT_TRUE(result.error->retryable());
  EXPECT_EQ(result.error->error()->details().connect_problem, ConnectProblem::refused);
  ASSERT_EQ(result.attempts.size(), 3u);
  for (const AttemptRecord& each : result.attempts) {
    EXPECT_FALSE(each.maybe_billed);
    EXPECT_FALSE(each.connection_opened);
  }
  EXPECT_EQ(connection_snapshot(loop).at(0).open, 0u);
}

}  // namespace
}  // namespace corochain::connection_faults_test
