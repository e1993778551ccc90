// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "models/service_settings.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"

namespace corochain::test {

// How to write a test of a fault:
//
//     TEST_P(MyFaults, an_empty_answer) {
//       run_fault(GetParam(), {"empty", writes(""), failure(ErrorKind::timeout), set_short_limits});
//     }
//
// `run_fault` starts a server that does the `server_action` when it gets the question "faulty", asks that
// question with a client, and checks the result against the `expectation`. Then it asks another question,
// which must be answered. The parameter of the test is a `fault_setup`: http or https, whole or streamed
// answers, a new or a reused connection.

/// The setup of the client and its connection: eight in all.
struct fault_setup {
  bool tls = false;
  bool streamed = false;
  /// The connection has served a call before.
  bool reused = false;

  /// A body with `text`, whole or as a stream, as the client asks for it.
  std::string body(const std::string& text) const;
  std::string type() const { return streamed ? "text/event-stream" : "application/json"; }
  /// A head with the fields of `more`, without its last empty line.
  std::string head(const std::string& more = "", const std::string& status = "200 OK") const;
  /// A whole answer with a Content-Length.
  std::string answer(const std::string& text, const std::string& more = "") const;
};
/// The parameters of a test: all setups, or those for which `applies` is true.
std::vector<fault_setup> all_setups();
std::vector<fault_setup> setups_where(bool (*applies)(const fault_setup&));
std::string setup_name(const ::testing::TestParamInfo<fault_setup>& info);

// Parts of answers.
std::string event(const std::string& json);
std::string text_event(const std::string& text);
inline const char* const done_event = "data: [DONE]\n\n";
std::string chunk(const std::string& text);
std::string with_length(const std::string& head, const std::string& body);

/// The state of the connection after the call.
enum class connection_end { closed, kept, any };

/// The expected result of a call that gets a fault.
struct expectation {
  /// The kind of the error. Empty: the call succeeds.
  std::optional<ErrorKind> kind;
  /// The number of attempts. The client may retry once.
  std::size_t attempts = 1;
  bool retryable = false;
  /// `maybe_billed` of the last attempt.
  bool maybe_billed = false;
  connection_end connection = connection_end::closed;
  /// The HTTP status of the error and of the last attempt.
  int status = 0;
  Phase phase = Phase::none;
  /// `what()` of the error contains this.
  std::string message_part;
  /// The number of requests that are sent again without a retry, because a reused connection ended.
  std::size_t resent = 0;
};
expectation success(connection_end connection = connection_end::kept);
expectation failure(ErrorKind kind, connection_end connection = connection_end::closed);
/// The connection ended before the first byte of the answer.
expectation no_answer();
expectation status(int code, ErrorKind kind, connection_end connection = connection_end::kept);
/// `expected`, for a stream that had begun and had no content yet: it may be billed, and a truncated stream
/// is retried.
expectation before_content(const fault_setup& setup, expectation expected);

/// The server's reaction to the question "faulty".
using server_action = std::function<void(raw_connection&, const fault_setup&)>;

struct fault {
  std::string name;
  server_action act;
  expectation expected;
  /// Changes the client's options.
  std::function<void(AzureOptions&)> tune{};
};

/// An action that writes these bytes.
server_action writes(std::string bytes);
/// An action that writes bytes which depend on the setup.
server_action writes(std::function<std::string(const fault_setup&)> bytes);

/// Asks the faulty question, and checks the error, the records, the state of the connection and the next
/// call.
void run_fault(const fault_setup& setup, const fault& what);
void run_faults(const fault_setup& setup, const std::vector<fault>& faults);

/// A client with a loop of its own, and a server that answers "to <question>" to each question but "faulty".
/// For tests that `run_fault` does not fit.
class fault_bench {
 public:
  fault_bench(const fault_setup& setup, server_action act, const std::optional<raw_tls>& tls = std::nullopt);
  ~fault_bench();

  /// May be changed until the first question.
  AzureOptions options;

  /// Asks a question. The time limits of `options` hold for "faulty" only, so other calls succeed on a slow
  /// machine, too.
  QueryResult ask(const std::string& question);
  /// The numbers of the connections on which the server received the question.
  std::vector<std::size_t> connections_of(const std::string& question) const;
  std::size_t connections() const { return server_->connections(); }
  bool wait_until_closed(std::size_t connection) const;
  EndpointSnapshot snapshot();
  boost::asio::io_context loop;

 private:
  void serve(raw_connection& connection, std::size_t number);

  fault_setup setup_;
  server_action act_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::pair<std::string, std::size_t>> received_;
  std::vector<std::size_t> closed_;
  std::unique_ptr<raw_server> server_;
  std::optional<Runnable<Dict, std::string>> chain_;
  std::optional<Runnable<Dict, std::string>> patient_chain_;
};

/// A chain with these options that does not wait between its attempts.
Runnable<Dict, std::string> chain_without_backoff(const AzureOptions& options,
                                                  std::shared_ptr<transport::resolver> names = {});
/// Runs the loop until the query has ended.
QueryResult finish(boost::asio::io_context& loop, awaitable<QueryResult> call);

}  // namespace corochain::test
