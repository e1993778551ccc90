// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "integration/faults/fault_bench.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "models/azure_settings.hpp"
#include "models/chat_step.hpp"
#include "transport/tls_context.hpp"

namespace corochain::test {
namespace asio = boost::asio;
using namespace std::chrono_literals;

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }
std::string text_event(const std::string& text) {
  return event(R"({"id":"c","model":"m","choices":[{"index":0,"delta":{"content":")" + text + R"("}}]})");
}
std::string chunk(const std::string& text) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}
std::string with_length(const std::string& head, const std::string& body) {
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string fault_setup::body(const std::string& text) const {
  if (streamed)
    return text_event(text) + event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
           done_event;
  return R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":")" + text +
         R"("}}]})";
}
std::string fault_setup::head(const std::string& more, const std::string& status) const {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type() + "\r\n" + more;
}
std::string fault_setup::answer(const std::string& text, const std::string& more) const {
  return with_length(head(more), body(text));
}

std::vector<fault_setup> all_setups() {
  std::vector<fault_setup> all;
  for (const bool tls : {false, true})
    for (const bool streamed : {false, true})
      for (const bool reused : {false, true}) all.push_back({tls, streamed, reused});
  return all;
}
std::vector<fault_setup> setups_where(bool (*applies)(const fault_setup&)) {
  std::vector<fault_setup> some;
  for (const fault_setup& each : all_setups())
    if (applies(each)) some.push_back(each);
  return some;
}
std::string setup_name(const ::testing::TestParamInfo<fault_setup>& info) {
  const fault_setup& at = info.param;
  return std::string(at.tls ? "https" : "http") + (at.streamed ? "_streamed" : "_whole") +
         (at.reused ? "_reused" : "_first");
}

expectation success(connection_end connection) {
  expectation made;
  made.connection = connection;
  made.status = 200;
  return made;
}
expectation failure(ErrorKind kind, connection_end connection) {
  expectation made;
  made.kind = kind;
  made.connection = connection;
  return made;
}
expectation no_answer() {
  expectation made = failure(ErrorKind::connect);
  made.attempts = 2;
  made.retryable = true;
  made.maybe_billed = true;
  made.resent = 1;
  return made;
}
expectation status(int code, ErrorKind kind, connection_end connection) {
  expectation made = failure(kind, connection);
  made.status = code;
  made.retryable = code == 408 || code == 409 || code == 429 || code >= 500;
  if (made.retryable) made.attempts = 2;
  return made;
}

expectation before_content(const fault_setup& setup, expectation expected) {
  if (!setup.streamed) return expected;
  expected.maybe_billed = true;
  if (expected.kind == ErrorKind::truncated) {
    expected.attempts = 2;
    expected.retryable = true;
  }
  return expected;
}

server_action writes(std::string bytes) {
  return [bytes = std::move(bytes)](raw_connection& client, const fault_setup&) { client.write(bytes); };
}
server_action writes(std::function<std::string(const fault_setup&)> bytes) {
  return
      [bytes = std::move(bytes)](raw_connection& client, const fault_setup& at) { client.write(bytes(at)); };
}

Runnable<Dict, std::string> chain_without_backoff(const AzureOptions& options,
                                                  std::shared_ptr<transport::resolver> names) {
  models::chat_settings settings = models::azure_settings(options, [](const char*) { return std::nullopt; });
  auto service = *settings.service;
  service.uniform01 = [] { return 0.0; };
  service.names = std::move(names);
  settings.service = std::make_shared<const models::service_settings>(std::move(service));
  return ChatPromptTemplate::from_messages({{"human", "{question}"}}) |
         ChatModel(std::make_shared<models::chat_step>(std::move(settings))) | StrOutputParser();
}

QueryResult finish(asio::io_context& loop, awaitable<QueryResult> call) {
  std::optional<QueryResult> result;
  std::exception_ptr error;
  asio::co_spawn(loop, std::move(call), [&](std::exception_ptr e, QueryResult r) {
    error = e;
    result = std::move(r);
  });
  loop.restart();
  while (!result) loop.run_one();
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

namespace {
TlsOptions trusting(const std::string& ca) {
  TlsOptions options;
  options.ca_pem = ca;
  return options;
}
}  // namespace

fault_bench::fault_bench(const fault_setup& setup, server_action act, const std::optional<raw_tls>& tls)
    : setup_(setup), act_(std::move(act)) {
  // Keys and trust stores are made once, because that is slow.
  static const raw_tls usual;
  static const auto held = transport::tls_context_for(trusting(usual.issued.ca));
  std::optional<raw_tls> how = tls;
  if (setup.tls && !how) how = usual;
  server_ = std::make_unique<raw_server>(
      [this](raw_connection& connection, std::size_t number) { serve(connection, number); }, how);
  options = options_for(*server_);
  options.streaming = setup.streamed;
  options.max_retries = 1;
  options.timeout = 20s;
}

fault_bench::~fault_bench() {
  close_idle(loop);
  // The server's threads use the members declared before it.
  server_ = nullptr;
}

void fault_bench::serve(raw_connection& connection, std::size_t number) {
  for (;;) {
    const std::string request = connection.read_request();
    if (request.empty()) break;
    const std::size_t start = request.rfind(R"("content":")") + 11;
    const std::string question = request.substr(start, request.find('"', start) - start);
    {
      const std::lock_guard lock(mutex_);
      received_.emplace_back(question, number);
    }
    if (question == "faulty")
      act_(connection, setup_);
    else
      connection.write(setup_.answer("to " + question));
  }
  const std::lock_guard lock(mutex_);
  closed_.push_back(number);
  changed_.notify_all();
}

QueryResult fault_bench::ask(const std::string& question) {
  const bool faulty = question == "faulty";
  auto& chain = faulty ? chain_ : patient_chain_;
  if (!chain) {
    AzureOptions used = options;
    if (!faulty) {
      const AzureOptions usual;
      used.timeout = usual.timeout;
      used.connect_timeout = usual.connect_timeout;
      used.first_byte_timeout = usual.first_byte_timeout;
      used.read_timeout = usual.read_timeout;
      used.stream_idle_timeout = usual.stream_idle_timeout;
    }
    chain.emplace(chain_without_backoff(used));
  }
  return finish(loop, query(*chain, question));
}

std::vector<std::size_t> fault_bench::connections_of(const std::string& question) const {
  std::vector<std::size_t> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [text, connection] : received_)
    if (text == question) found.push_back(connection);
  return found;
}

bool fault_bench::wait_until_closed(std::size_t connection) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(
      lock, 10s, [&] { return std::find(closed_.begin(), closed_.end(), connection) != closed_.end(); });
}

EndpointSnapshot fault_bench::snapshot() {
  const auto all = connection_snapshot(loop);
  return all.empty() ? EndpointSnapshot() : all.front();
}

namespace {

void check_error(const QueryResult& result, const expectation& expected) {
  ASSERT_TRUE(result.error) << "no error, but the answer '" << result.answer << "'";
  const Error* const error = result.error->error();
  ASSERT_NE(error, nullptr) << "not an error of corochain: " << result.error->message();
  EXPECT_EQ(error->kind(), *expected.kind) << to_string(error->kind()) << ": " << error->what();
  EXPECT_EQ(error->retryable(), expected.retryable) << error->what();
  EXPECT_EQ(error->http_status(), expected.status) << error->what();
  EXPECT_EQ(error->details().phase, expected.phase) << to_string(error->details().phase);
  EXPECT_EQ(error->attempts().size(), result.attempts.size()) << error->what();
  EXPECT_NE(std::string(error->what()).find(expected.message_part), std::string::npos) << error->what();
  EXPECT_EQ(std::string(error->what()).find("canary"), std::string::npos) << error->what();
}

void check_records(const fault_setup& setup, const QueryResult& result, const expectation& expected) {
  const std::size_t resent = setup.reused ? expected.resent : 0;
  ASSERT_EQ(result.attempts.size(), expected.attempts + resent);
  EXPECT_EQ(static_cast<std::size_t>(std::count_if(result.attempts.begin(), result.attempts.end(),
                                                   [](const auto& each) { return each.resent; })),
            resent);
  const AttemptRecord& last = result.attempts.back();
  EXPECT_EQ(last.maybe_billed, expected.maybe_billed);
  EXPECT_EQ(last.status, expected.status);
  EXPECT_EQ(last.error.empty(), result.ok());
  EXPECT_EQ(last.retried, expected.attempts > 1);
  EXPECT_EQ(result.attempts.front().connection_reused, setup.reused);
}

}  // namespace

void run_fault(const fault_setup& setup, const fault& what) {
  SCOPED_TRACE(what.name);
  fault_bench bench(setup, what.act);
  if (what.tune) what.tune(bench.options);
  if (setup.reused) {
    ASSERT_EQ(bench.ask("before").answer, "to before");
  }
  const expectation& expected = what.expected;
  const QueryResult result = bench.ask("faulty");
  if (expected.kind)
    check_error(result, expected);
  else
    EXPECT_EQ(result.answer, "to faulty") << (result.error ? result.error->message() : "");
  check_records(setup, result, expected);
  const auto asked = bench.connections_of("faulty");
  ASSERT_EQ(asked.size(), expected.attempts + (setup.reused ? expected.resent : 0));
  if (setup.reused) {
    EXPECT_EQ(asked.front(), bench.connections_of("before").front());
  }
  const EndpointSnapshot seen = bench.snapshot();
  EXPECT_EQ(seen.connecting + seen.waiting + seen.in_flight, 0u);
  if (expected.connection == connection_end::closed) {
    EXPECT_EQ(seen.open, 0u);
    for (const std::size_t each : asked) EXPECT_TRUE(bench.wait_until_closed(each)) << each;
  } else if (expected.connection == connection_end::kept) {
    EXPECT_EQ(seen.idle, 1u);
  }
  const QueryResult next = bench.ask("next");
  EXPECT_EQ(next.answer, "to next") << (next.error ? next.error->message() : "");
  const auto next_on = bench.connections_of("next");
  // The server may have ended the connection a moment ago. A request on it is lost and sent once more.
  const std::size_t most = expected.connection == connection_end::any ? 2 : 1;
  ASSERT_LE(next.attempts.size(), most);
  EXPECT_EQ(next.attempts.back().resent, next.attempts.size() == 2);
  ASSERT_LE(next_on.size(), next.attempts.size());
  if (expected.connection == connection_end::closed) {
    EXPECT_NE(next_on.front(), asked.back());
  }
  if (expected.connection == connection_end::kept) {
    EXPECT_EQ(next_on.front(), asked.back());
  }
}

void run_faults(const fault_setup& setup, const std::vector<fault>& faults) {
  for (const fault& each : faults) run_fault(setup, each);
}

}  // namespace corochain::test
