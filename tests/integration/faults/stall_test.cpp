// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/co_spawn.hpp>
#include <condition_variable>

#include "integration/faults/fault_bench.hpp"
#include "support/full_listener.hpp"
#include "transport/resolver.hpp"

// Each phase of a call may stall. Its own option ends it, and the error names the phase.

namespace corochain::stall_test {
namespace {
namespace asio = boost::asio;
using namespace test;
using namespace std::chrono_literals;

class Stalls : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, Stalls, ::testing::ValuesIn(all_setups()), &setup_name);

class StreamStalls : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, StreamStalls,
                         ::testing::ValuesIn(setups_where([](const fault_setup& at) { return at.streamed; })),
                         &setup_name);

/// The call has to open a connection.
class NewConnectionStalls : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, NewConnectionStalls,
                         ::testing::ValuesIn(setups_where([](const fault_setup& at) { return !at.reused; })),
                         &setup_name);

class NewTlsConnectionStalls : public ::testing::TestWithParam<fault_setup> {};
INSTANTIATE_TEST_SUITE_P(All, NewTlsConnectionStalls,
                         ::testing::ValuesIn(setups_where([](const fault_setup& at) {
                           return at.tls && !at.reused;
                         })),
                         &setup_name);

constexpr auto short_time = 60ms;

expectation late(Phase phase) {
  expectation made = failure(ErrorKind::timeout);
  made.phase = phase;
  return made;
}
/// Writes these bytes and no more.
server_action stalls_after(std::string bytes) { return writes(std::move(bytes)); }

TEST_P(Stalls, before_the_first_byte) {
  const auto tune = [](AzureOptions& options) { options.first_byte_timeout = short_time; };
  expectation expected = late(Phase::first_byte);
  expected.maybe_billed = true;
  run_fault(GetParam(), {"silence", stalls_after(""), expected, tune});
  expected.attempts = 2;  // on request
  run_fault(GetParam(), {"twice", stalls_after(""), expected, [=](AzureOptions& options) {
                           tune(options);
                           options.retry_on_timeout = true;
                         }});
}

TEST_P(Stalls, in_the_head) {
  const auto tune = [](AzureOptions& options) { options.first_byte_timeout = short_time; };
  run_fault(GetParam(), {"status line", stalls_after("HTTP/1.1 200"), late(Phase::first_byte), tune});
  run_fault(GetParam(),
            {"fields", stalls_after("HTTP/1.1 200 OK\r\nX: y\r\n"), late(Phase::first_byte), tune});
  run_fault(GetParam(),
            {"interim", stalls_after("HTTP/1.1 100 Continue\r\n\r\n"), late(Phase::first_byte), tune});
}

TEST_P(Stalls, in_the_body) {
  const auto tune = [](AzureOptions& options) {
    options.read_timeout = options.stream_idle_timeout = short_time;
  };
  const fault_setup& at = GetParam();
  expectation expected = late(Phase::body);
  expected.status = 200;
  expected = before_content(at, expected);
  expectation nothing = expected;  // no byte tells a stream from a whole answer
  if (at.streamed) nothing.phase = Phase::stream;
  const std::string chunked = at.head("Transfer-Encoding: chunked\r\n\r\n");
  run_faults(at, {{"at its start", stalls_after(at.head("Content-Length: 50\r\n\r\n")), nothing, tune},
                  {"in the middle", stalls_after(at.head("Content-Length: 5000\r\n\r\n{")), expected, tune},
                  {"until the end", stalls_after(at.head("\r\n{")), expected, tune},
                  {"in a chunk", stalls_after(chunked + "5\r\n{"), expected, tune},
                  {"in a chunk's size", stalls_after(chunked + "5"), nothing, tune},
                  {"in the trailers", stalls_after(chunked + "1\r\n{\r\n0\r\nX: y"), expected, tune}});
}

TEST_P(Stalls, the_deadline_ends_them_all) {
  const auto tune = [](AzureOptions& options) { options.timeout = 4 * short_time; };
  expectation expected = late(Phase::first_byte);
  expected.maybe_billed = true;
  // An earlier call has opened the connection and looked up the name, so they take none of the time.
  run_fault(GetParam(), {"silence", stalls_after(""), expected, tune});
  expectation in_body = late(GetParam().streamed ? Phase::stream : Phase::body);
  in_body.status = 200;
  in_body = before_content(GetParam(), in_body);
  run_fault(GetParam(), {"body", stalls_after(GetParam().head("Content-Length: 50\r\n\r\n")), in_body, tune});
}

TEST_P(StreamStalls, between_two_events) {
  const auto tune = [](AzureOptions& options) { options.stream_idle_timeout = short_time; };
  expectation expected = late(Phase::stream);
  expected.status = 200;
  const std::string head = GetParam().head("\r\n");
  run_faults(GetParam(),
             {{"before the first", stalls_after(head), before_content(GetParam(), expected), tune},
              {"after the first", stalls_after(head + text_event("x")), expected, tune},
              {"in the second", stalls_after(head + text_event("x") + "data: {"), expected, tune}});
}

AzureOptions stalling_options(const std::string& endpoint, const fault_setup& at) {
  AzureOptions options = test::options_to(endpoint);
  options.max_retries = 1;
  options.timeout = 20s;
  options.streaming = at.streamed;
  return options;
}
std::string scheme(const fault_setup& at) { return at.tls ? "https://" : "http://"; }

/// Makes a call that times out in this phase, each attempt after `limit`, and leaves nothing open.
void ends_late(const AzureOptions& options, Phase phase, std::size_t attempts, Timing::duration limit,
               std::shared_ptr<transport::resolver> names = {}, const std::string& question = "q") {
  asio::io_context loop;
  const auto start = std::chrono::steady_clock::now();
  const QueryResult result = finish(loop, query(chain_without_backoff(options, std::move(names)), question));
  EXPECT_GE(std::chrono::steady_clock::now() - start, limit * attempts);
  ASSERT_TRUE(result.error && result.error->error());
  const Error& error = *result.error->error();
  EXPECT_EQ(error.kind(), ErrorKind::timeout) << error.what();
  EXPECT_EQ(error.details().phase, phase) << error.what();
  EXPECT_NE(std::string(error.what()).find(to_string(phase)), std::string::npos);
  EXPECT_EQ(error.retryable(), attempts > 1);
  EXPECT_EQ(result.attempts.size(), attempts);
  EXPECT_EQ(result.attempts.back().maybe_billed, phase == Phase::send);
  EXPECT_EQ(connection_snapshot(loop).at(0).open, 0u);
}

TEST_P(NewConnectionStalls, in_the_look_up) {
  struct gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
  };
  auto shared = std::make_shared<gate>();
  auto names = std::make_shared<transport::resolver>([shared](const std::string&) {
    std::unique_lock lock(shared->mutex);
    shared->changed.wait(lock, [&] { return shared->open; });
    return transport::lookup_result{asio::error::host_not_found, {}};
  });
  auto options = stalling_options(scheme(GetParam()) + "slow.example", GetParam());
  options.connect_timeout = short_time;
  ends_late(options, Phase::resolve, 2, short_time, names);
  const std::lock_guard lock(shared->mutex);
  shared->open = true;
  shared->changed.notify_all();
}

TEST_P(NewConnectionStalls, in_the_connect) {
  const full_listener full;
  auto options =
      stalling_options(scheme(GetParam()) + "127.0.0.1:" + std::to_string(full.port()), GetParam());
  options.connect_timeout = short_time;
  ends_late(options, Phase::connect, 2, short_time);
}

TEST_P(NewTlsConnectionStalls, in_the_proxy) {
  raw_server proxy([](raw_connection& client, std::size_t) {
    client.read_head();
    client.write("HTTP/1.1 200 Connection est");
    client.wait_for_end();
  });
  auto options = stalling_options("https://model.example", GetParam());
  options.proxy.url = Secret("http://user:canary@127.0.0.1:" + std::to_string(proxy.port()));
  options.connect_timeout = short_time;
  ends_late(options, Phase::proxy, 2, short_time);
}

TEST_P(NewTlsConnectionStalls, in_the_handshake) {
  raw_server mute([](raw_connection& client, std::size_t) { client.wait_for_end(); });
  auto options = stalling_options("https://127.0.0.1:" + std::to_string(mute.port()), GetParam());
  options.connect_timeout = short_time;
  ends_late(options, Phase::tls_handshake, 2, short_time);
}

/// A question longer than the buffers of both sockets.
std::string long_question() { return std::string(std::size_t{8} * 1024 * 1024, 'x'); }

/// Limits the bytes that the system takes before the server reads them. By default it takes megabytes.
void keep_little(raw_connection& client) {
  boost::system::error_code ignored;
  client.socket().set_option(asio::socket_base::receive_buffer_size(128 * 1024), ignored);
}

/// A server that reads a number of bytes of the request and then stops reading.
class deaf_server {
 public:
  deaf_server(bool tls, std::size_t taken)
      : server_(
            [this, taken](raw_connection& client, std::size_t) {
              keep_little(client);
              for (std::size_t heard = 0; heard < taken;) heard += client.read_some().size();
              std::unique_lock lock(mutex_);
              changed_.wait(lock, [&] { return over_; });
            },
            tls) {}
  ~deaf_server() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  AzureOptions options(const fault_setup& at) const {
    auto made = stalling_options(server_.endpoint(), at);
    made.tls.ca_pem = server_.ca_pem();
    return made;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  raw_server server_;
};

TEST_P(NewConnectionStalls, in_the_sending) {
  const deaf_server deaf(GetParam().tls, 0);
  auto options = deaf.options(GetParam());
  options.read_timeout = 300ms;
  options.timeout = 60s;
  ends_late(options, Phase::send, 1, 300ms, {}, long_question());
}

TEST_P(NewConnectionStalls, in_the_sending_after_some_of_it) {
  for (const std::size_t megabytes : {std::size_t{1}, std::size_t{3}}) {
    const deaf_server deaf(GetParam().tls, megabytes * 1024 * 1024);
    auto options = deaf.options(GetParam());
    options.read_timeout = 300ms;
    options.timeout = 60s;
    ends_late(options, Phase::send, 1, 300ms, {}, long_question());
  }
}

/// The system has taken all of the request and cannot send it.
TEST_P(NewConnectionStalls, in_the_sending_of_the_last_bytes) {
  const deaf_server deaf(GetParam().tls, std::size_t{6} * 1024 * 1024);
  auto options = deaf.options(GetParam());
  options.read_timeout = 300ms;
  options.timeout = 60s;
  ends_late(options, Phase::send, 1, 300ms, {}, long_question());
}

/// Nothing is left to write, and the server has not read the request.
TEST_P(NewConnectionStalls, in_the_sending_of_what_the_system_took_at_once) {
  for (const std::size_t kilobytes : {std::size_t{400}, std::size_t{1000}}) {
    const deaf_server deaf(GetParam().tls, 0);
    auto options = deaf.options(GetParam());
    options.read_timeout = 300ms;
    options.timeout = 60s;
    const auto start = std::chrono::steady_clock::now();
    ends_late(options, Phase::send, 1, 300ms, {}, std::string(kilobytes * 1000, 'x'));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  }
}

TEST_P(NewConnectionStalls, in_the_sending_until_the_first_byte_is_due) {
  const deaf_server deaf(GetParam().tls, 0);
  auto options = deaf.options(GetParam());
  options.first_byte_timeout = 1s;
  options.timeout = 60s;
  const auto start = std::chrono::steady_clock::now();
  ends_late(options, Phase::send, 1, 1s, {}, std::string(std::size_t{500} * 1000, 'x'));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST_P(NewConnectionStalls, in_the_sending_until_the_deadline) {
  const deaf_server deaf(GetParam().tls, 0);
  auto options = deaf.options(GetParam());
  options.timeout = 1500ms;  // time enough to put it together
  ends_late(options, Phase::send, 1, 1500ms, {}, long_question());
}

/// The server reads the request slowly, for longer than any of the limits. The client waits.
TEST_P(NewConnectionStalls, not_in_the_slow_sending) {
  constexpr auto limit = 500ms;
  raw_server slow(
      [&](raw_connection& client, std::size_t) {
        keep_little(client);
        const auto begin = std::chrono::steady_clock::now();
        std::string request;
        while (std::chrono::steady_clock::now() - begin < 3 * limit) {
          request += client.read_some();
          std::this_thread::sleep_for(2ms);  // the slowness itself: less comes at a time
        }
        const std::size_t body = request.find("\r\n\r\n") + 4;
        const std::size_t length = std::stoul(request.substr(request.find("Content-Length: ") + 16));
        while (request.size() < body + length) {
          const std::string more = client.read_some();
          if (more.empty()) return;
          request += more;
        }
        client.write(GetParam().answer("heard"));
        client.wait_for_end();
      },
      GetParam().tls);
  auto options = stalling_options(slow.endpoint(), GetParam());
  options.tls.ca_pem = slow.ca_pem();
  options.read_timeout = limit;
  options.timeout = 60s;
  asio::io_context loop;
  const QueryResult result =
      finish(loop, query(chain_without_backoff(options), std::string(std::size_t{32} * 1024 * 1024, 'x')));
  EXPECT_EQ(result.answer, "heard") << (result.error ? result.error->message() : "");
  EXPECT_EQ(result.attempts.size(), 1u);
}

/// A model thinks three times as long as each of the limits; whether that of the first byte is one.
void thinks_after(const fault_setup& at, const std::string& question) {
  constexpr auto limit = 500ms;
  raw_server thinker(
      [&](raw_connection& client, std::size_t) {
        client.read_request();
        std::this_thread::sleep_for(3 * limit);  // the thought itself: the limits count real time on a socket
        client.write(at.answer("thought"));
        client.wait_for_end();
      },
      at.tls);
  for (const bool bounded : {false, true}) {
    auto options = stalling_options(thinker.endpoint(), at);
    options.tls.ca_pem = thinker.ca_pem();
    options.read_timeout = options.stream_idle_timeout = limit;
    options.max_retries = 0;
    if (bounded) {
      options.first_byte_timeout = limit;
      // It limits the sending, too, and a busy machine may not read for a while.
      options.read_timeout = 20s;
    }
    options.timeout = 60s;
    asio::io_context loop;
    const QueryResult result = finish(loop, query(chain_without_backoff(options), question));
    if (!bounded) {
      EXPECT_EQ(result.answer, "thought") << (result.error ? result.error->message() : "");
      continue;
    }
    ASSERT_TRUE(result.error && result.error->error()) << result.answer;
    EXPECT_EQ(result.error->error()->details().phase, Phase::first_byte) << result.error->message();
  }
}

/// After a request the model may think until the call's time is over.
TEST_P(NewConnectionStalls, not_in_the_thought_after_a_long_request) {
  thinks_after(GetParam(), long_question());
}
TEST_P(NewConnectionStalls, not_while_it_thinks_after_a_short_request) {
  thinks_after(GetParam(), std::string(std::size_t{500} * 1000, 'x'));
}

/// Without `first_byte_timeout` only the limit of the whole call bounds the wait, for streams, too.
TEST_P(Stalls, not_before_the_first_byte_where_nothing_is_said) {
  run_fault(GetParam(),
            {"thinks",
             [](raw_connection& client, const fault_setup& at) {
               std::this_thread::sleep_for(4 * short_time);  // the thought itself, in real time on a socket
               client.write(at.answer("to faulty"));
             },
             success(),
             [](AzureOptions& options) { options.read_timeout = options.stream_idle_timeout = short_time; }});
}

TEST_P(NewConnectionStalls, in_the_queue) {
  fault_bench bench(GetParam(), stalls_after(""));
  bench.options.connections.max_connections = 1;
  bench.options.timeout = 2s;
  const auto held = chain_without_backoff(bench.options);
  bool ended = false;
  asio::co_spawn(bench.loop, held.ainvoke("faulty"),
                 [&](std::exception_ptr, const std::string&) { ended = true; });
  while (bench.connections_of("faulty").empty()) bench.loop.run_for(1ms);
  bench.options.timeout = short_time;
  const QueryResult result = finish(bench.loop, query(chain_without_backoff(bench.options), "queued"));
  EXPECT_FALSE(ended);
  ASSERT_TRUE(result.error && result.error->error());
  EXPECT_EQ(result.error->error()->details().phase, Phase::queued);
  EXPECT_EQ(result.attempts.size(), 1u);
  EXPECT_FALSE(result.attempts[0].maybe_billed);
  EXPECT_TRUE(bench.connections_of("queued").empty());
}

}  // namespace
}  // namespace corochain::stall_test
