// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/co_spawn.hpp>
#include <future>
#include <thread>

#include "integration/faults/fault_bench.hpp"

// Answers that are no HTTP, odd HTTP, endless, or followed by unexpected bytes.

namespace corochain::framing_faults_test {
namespace {
using namespace test;
using namespace std::chrono_literals;

class FramingFaults : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, FramingFaults, ::testing::ValuesIn(all_setups()), &setup_name);

/// Without TLS, so that no records separate the bytes.
class PlainFramingFaults : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, PlainFramingFaults, ::testing::ValuesIn(setups_where([](const fault_setup& at) {
                           return !at.tls && !at.reused;
                         })),
                         &setup_name);

/// A valid answer except for its first line.
server_action with_status_line(std::string line) {
  return writes([line](const fault_setup& at) {
    return line + "\r\nContent-Type: " + at.type() + with_length("\r\n", at.body("to faulty"));
  });
}
/// A valid answer with more fields in its head.
server_action with_fields(std::string more) {
  return writes([more](const fault_setup& at) { return at.answer("to faulty", more); });
}
/// A valid head without its last empty line, followed by `rest`.
server_action with_rest(std::string rest) {
  return writes([rest](const fault_setup& at) { return at.head(rest); });
}
/// The failure comes after the head of the answer.
expectation after_head(const fault_setup& setup, expectation expected) {
  expected.status = 200;
  return before_content(setup, std::move(expected));
}

TEST_P(FramingFaults, odd_status_lines) {
  const expectation no_http = failure(ErrorKind::protocol);
  run_faults(GetParam(),
             {
                 {"no reason", with_status_line("HTTP/1.1 200 "), success()},
                 {"long reason", with_status_line("HTTP/1.1 200 " + std::string(5000, 'r')), success()},
                 {"1.0", with_status_line("HTTP/1.0 200 OK"), success(connection_end::closed)},
                 {"lower case", with_status_line("http/1.1 200 OK"), no_http},
                 {"version 2", with_status_line("HTTP/2 200 OK"), no_http},
                 {"no version", with_status_line("200 OK"), no_http},
                 {"two digits", with_status_line("HTTP/1.1 20 OK"), no_http},
                 {"four digits", with_status_line("HTTP/1.1 2000 OK"), no_http},
                 {"zero", with_status_line("HTTP/1.1 000 OK"), no_http},
                 {"below a hundred", with_status_line("HTTP/1.1 099 OK"), no_http},
                 {"letters", with_status_line("HTTP/1.1 2OO OK"), no_http},
                 {"control byte", with_status_line("HTTP/1.1 200 O\x01K"), no_http},
                 {"line feeds alone", writes("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), no_http},
                 {"a banner", writes("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"), no_http},
                 {"a request", writes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), no_http},
             });
}

TEST_P(FramingFaults, odd_heads) {
  const expectation no_http = failure(ErrorKind::protocol);
  const std::string size = std::to_string(GetParam().body("to faulty").size());
  std::string thousand;
  for (int i = 1000; i < 2000; ++i) thousand += "X-Field-" + std::to_string(i) + ": v\r\n";
  run_faults(
      GetParam(),
      {
          {"1,000 fields", with_fields(thousand), success()},
          {"folded field", with_fields("X-Folded: a\r\n  b\r\n\tc\r\n"), success()},
          {"empty value", with_fields("X-Empty:\r\n"), success()},
          {"high bytes", with_fields("X-High: \xC3\xA4\xFF\r\n"), success()},
          {"no colon", with_fields("X-Nothing\r\n"), no_http},
          {"space in a name", with_fields("X Y: z\r\n"), no_http},
          {"space before the colon", with_fields("X-Y : z\r\n"), no_http},
          {"control byte", with_fields(std::string("X-Y: a\0b\r\n", 10)), no_http},
          {"same length twice", with_fields("Content-Length: " + size + "\r\n"),
           success(connection_end::any)},
          {"two lengths", with_fields("Content-Length: 5\r\n"), no_http},
          {"two lengths in one", writes([size](const fault_setup& at) {
             return at.head("Content-Length: " + size + ", 5\r\n\r\n") + at.body("to faulty");
           }),
           no_http},
          {"length and chunks", with_fields("Transfer-Encoding: chunked\r\n"), no_http},
          {"chunks and length", writes([](const fault_setup& at) {
             return at.head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n") + chunk(at.body("x")) +
                    "0\r\n\r\n";
           }),
           no_http},
          {"negative length", with_rest("Content-Length: -1\r\n\r\n"), no_http},
          {"signed length", with_rest("Content-Length: +5\r\n\r\n"), no_http},
          {"hexadecimal length", with_rest("Content-Length: 0x10\r\n\r\n"), no_http},
          {"length beyond 64 bits", with_rest("Content-Length: 18446744073709551616\r\n\r\n"), no_http},
          {"protocols switched", writes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), no_http},
          {"close", with_fields("Connection: close\r\n"), success(connection_end::closed)},
          {"close among others", with_fields("Connection: x-other, Close\r\n"),
           success(connection_end::closed)},
          {"keep-alive over", with_fields("Keep-Alive: timeout=0\r\n"), success(connection_end::closed)},
          {"interim answers", writes([](const fault_setup& at) {
             return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "
                    "</x>\r\n\r\n" +
                    at.answer("to faulty");
           }),
           success()},
      });
}

TEST_P(FramingFaults, odd_chunks) {
  const auto chunked = [](std::function<std::string(const std::string& body)> frame) {
    return writes([frame](const fault_setup& at) {
      return at.head("Transfer-Encoding: chunked\r\n\r\n") + frame(at.body("to faulty"));
    });
  };
  const auto broken = [&](const char* bytes) {
    return writes(
        [bytes](const fault_setup& at) { return at.head("Transfer-Encoding: chunked\r\n\r\n") + bytes; });
  };
  const expectation no_http = after_head(GetParam(), failure(ErrorKind::protocol));
  run_faults(
      GetParam(),
      {
          {"trailers", chunked([](const std::string& body) {
             return chunk(body) + "0\r\nX-Trailer: a\r\nServer-Timing: b\r\n\r\n";
           }),
           success()},
          {"a length as trailer",
           chunked([](const std::string& body) { return chunk(body) + "0\r\nContent-Length: 5\r\n\r\n"; }),
           GetParam().streamed ? success(connection_end::closed) : no_http},  // [DONE] came before
          {"extensions", chunked([](const std::string& body) {
             return chunk(body).insert(chunk(body).find('\r'), ";name=\"value\"") + "0;end\r\n\r\n";
           }),
           success()},
          {"leading zeros",
           chunked([](const std::string& body) { return "0000" + chunk(body) + "0000\r\n\r\n"; }), success()},
          {"no size", broken("\r\nab"), no_http},
          {"letters", broken("zz\r\nab"), no_http},
          {"negative", broken("-5\r\nab"), no_http},
          {"beyond 64 bits", broken("11111111111111111\r\nab"), no_http},
          {"longer than said", broken("1\r\nabc\r\n"), no_http},
      });
}

TEST_P(FramingFaults, endless_answers_end_at_their_limits) {
  const auto flood = [](std::string start, std::string repeated) -> server_action {
    return [=](raw_connection& client, const fault_setup& at) {
      client.write(start.empty() ? start : start[0] == '+' ? at.head(start.substr(1)) : start);
      while (client.write(repeated)) {
      }
    };
  };
  const auto tune = [](AzureOptions& options) {
    options.limits.response_body = 100'000;
    options.limits.stream_wire = 120'000;
    options.limits.stream_event = 80'000;
  };
  const auto limit = [](expectation made) {
    made.message_part = "limit";
    return made;
  };
  const expectation in_head = limit(failure(ErrorKind::too_large));
  const expectation behind = limit(after_head(GetParam(), failure(ErrorKind::too_large)));
  const std::string text(1000, 'x');
  const std::string chunked = "+Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<fault> floods{
      {"fields", flood("+", "X-Header: and another one\r\n"), in_head, tune},
      {"field", flood("+X: ", text), in_head, tune},
      {"name", flood("+", text), in_head, tune},
      {"reason", flood("HTTP/1.1 200 ", text), in_head, tune},
      {"interim answers", flood("", "HTTP/1.1 100 Continue\r\n\r\n"), limit(failure(ErrorKind::protocol)),
       tune},
      {"body", flood("+\r\n", text), behind, tune},
      {"comments", flood("+\r\n", ": ping\n\n"), behind, tune},
      {"chunks", flood(chunked, "5\r\nhello\r\n"), behind, tune},
      {"chunk extension", flood(chunked + "1;", text), behind, tune},
      {"chunk size", flood(chunked, std::string(1000, '0')), behind, tune},
      {"trailers", flood(chunked + "0\r\n", "X-Trailer: and another one\r\n"), behind, tune},
      {"trailer", flood(chunked + "0\r\nX: ", text), behind, tune},
  };
  run_faults(GetParam(), floods);
}

/// A body that is announced and not sent costs no memory. It is refused at once, with the name of the right
/// option.
TEST_P(FramingFaults, a_huge_length_is_refused_when_it_is_announced) {
  expectation expected = failure(ErrorKind::too_large);
  expected.message_part = GetParam().streamed ? "limits.stream_wire)" : "limits.response_body)";
  run_fault(GetParam(), {"a terabyte", with_rest("Content-Length: 1099511627776\r\n\r\n"), expected});
  run_fault(GetParam(), {"a terabyte's chunk", with_rest("Transfer-Encoding: chunked\r\n\r\n10000000000\r\n"),
                         after_head(GetParam(), expected)});
}

TEST_P(FramingFaults, bytes_behind_the_answer_in_one_flight) {
  const auto behind = [](std::string more, bool own_record) -> server_action {
    return [=](raw_connection& client, const fault_setup& at) {
      const std::string extra = more.empty() ? at.answer("smuggled") : more;
      client.hold_segments(true);
      client.write(at.answer("to faulty") + (own_record ? "" : extra));
      if (own_record) client.write(extra);
      client.hold_segments(false);
    };
  };
  for (const bool own_record : {false, true})
    run_faults(GetParam(), {{"a line", behind("\r\n", own_record), success(connection_end::closed)},
                            {"a byte", behind("x", own_record), success(connection_end::closed)},
                            {"an interim answer", behind("HTTP/1.1 100 Continue\r\n\r\n", own_record),
                             success(connection_end::closed)},
                            {"another answer", behind("", own_record), success(connection_end::closed)}});
}

/// One receive ends with the last byte of the answer and leaves the following bytes in the socket.
TEST_P(PlainFramingFaults, bytes_behind_an_answer_that_fills_the_buffer) {
  constexpr std::size_t buffer = std::size_t{64} * 1024;
  std::promise<void> looked_away, written;
  fault_bench bench(GetParam(), [&](raw_connection& client, const fault_setup& at) {
    std::string filler(buffer - at.answer("to faulty", "X-Filler: \r\n").size(), 'f');
    const std::string answer = at.answer("to faulty", "X-Filler: " + filler + "\r\n");
    looked_away.get_future().wait();
    client.write(answer + at.answer("smuggled"));
    int unsent = 1;
    while (::ioctl(client.socket().native_handle(), SIOCOUTQ, &unsent) == 0 && unsent > 0)
      std::this_thread::yield();
    written.set_value();
  });
  bench.options.connections.max_connections = 1;
  bench.options.limits.response_head = 2 * buffer;
  const auto chain = chain_without_backoff(bench.options);
  std::vector<std::string> answers;
  const auto keep = [&](std::exception_ptr, const std::string& text) { answers.push_back(text); };
  boost::asio::co_spawn(bench.loop, chain.ainvoke("faulty"), keep);
  boost::asio::co_spawn(bench.loop, chain.ainvoke("next"), keep);  // is given the connection when it is free
  while (bench.connections_of("faulty").empty()) bench.loop.run_for(1ms);
  looked_away.set_value();
  written.get_future().wait();
  bench.loop.run();
  EXPECT_EQ(answers, (std::vector<std::string>{"to faulty", "to next"}));
  EXPECT_EQ(bench.connections_of("next"), std::vector<std::size_t>{1});
}

TEST_P(FramingFaults, bytes_behind_the_answer_when_it_is_idle) {
  for (const bool byte : {false, true}) {
    std::promise<void> written;
    std::promise<void> wanted;
    fault_bench bench(GetParam(), [&](raw_connection& client, const fault_setup& at) {
      client.write(at.answer("to faulty"));
      wanted.get_future().wait();
      client.write(byte ? "x" : at.answer("smuggled"));
      written.set_value();
    });
    if (GetParam().reused) {
      EXPECT_EQ(bench.ask("before").answer, "to before");
    }
    EXPECT_EQ(bench.ask("faulty").answer, "to faulty");
    wanted.set_value();
    written.get_future().wait();
    const QueryResult next = bench.ask("next");
    EXPECT_EQ(next.answer, "to next");
    EXPECT_EQ(next.attempts.size(), 1u);
    EXPECT_EQ(bench.connections_of("next"), std::vector<std::size_t>{1});
    EXPECT_TRUE(bench.wait_until_closed(0));
  }
}

}  // namespace
}  // namespace corochain::framing_faults_test
