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

/// The circumstances under which a fault is met: eight in all.
struct circumstances {
  bool tls = false;
  bool streamed = false;
  bool reused = false;  ///< on a connection that has served a call before

  /// A body that says `text`, whole or as a stream, as it was asked for.
  std::string body(const std::string& text) const;
  std::string type() const { return streamed ? "text/event-stream" : "application/json"; }
  /// A head up to its last field's line end, with as many more fields as are given.
  std::string head(const std::string& more = "", const std::string& status = "200 OK") const;
  /// A whole answer with a Content-Length.
  std::string answer(const std::string& text, const std::string& more = "") const;
};
/// For the parameters of a test: all of them, or those in which it means something.
std::vector<circumstances> all_circumstances();
std::vector<circumstances> circumstances_where(bool (*meant)(const circumstances&));
std::string name_of(const ::testing::TestParamInfo<circumstances>& which);
std::string event(const std::string& json);
std::string text_event(const std::string& text);
inline const char* const done_event = "data: [DONE]\n\n";
std::string chunk(const std::string& text);
std::string with_length(const std::string& head, const std::string& body);

/// What became of the connection on which a call failed.
enum class afterwards { closed, kept, whichever };

/// What a client is to make of a fault. Nothing in `kind` means that the call succeeds.
struct verdict {
  std::optional<ErrorKind> kind;
  std::size_t attempts = 1;  ///< one retry is allowed
  bool retryable = false;
  bool billed = false;  ///< the last attempt may have cost something
  afterwards line = afterwards::closed;
  int status = 0;  ///< of the error and of the last attempt
  Phase phase = Phase::none;
  std::string said;        ///< part of what()
  std::size_t resent = 0;  ///< requests that a reused connection swallowed
};
verdict success(afterwards line = afterwards::kept);
verdict failure(ErrorKind kind, afterwards line = afterwards::closed);
/// The connection ended before a byte of the answer came.
verdict no_answer();
verdict status(int code, ErrorKind kind, afterwards line = afterwards::kept);
/// The same failure where a stream had begun and no content had come: it may be billed, and an end is tried again.
verdict before_content(const circumstances& where, verdict made);

/// What a server does when it was asked.
using misdeed = std::function<void(raw_connection&, const circumstances&)>;

struct fault {
  std::string name;
  misdeed act;
  verdict expected;
  std::function<void(AzureOptions&)> tune{};  ///< of the client's options
};

/// A misdeed that only writes these bytes.
misdeed writes(std::string bytes);
/// The same, made of the circumstances.
misdeed writes(std::function<std::string(const circumstances&)> bytes);

/// A client with a loop of its own, and a server that answers "to <question>" to each question but "faulty".
class fault_bench {
 public:
  fault_bench(const circumstances& where, misdeed act, const std::optional<raw_tls>& tls = std::nullopt);
  ~fault_bench();

  AzureOptions options;  ///< may be changed until the first question

  /// The time limits of `options` hold for "faulty" alone: other calls end well however slow the machine is.
  QueryResult ask(const std::string& question);
  /// The numbers of the connections on which a question came.
  std::vector<std::size_t> heard(const std::string& question) const;
  std::size_t connections() const { return server_->connections(); }
  bool wait_until_over(std::size_t connection) const;
  EndpointSnapshot snapshot();
  boost::asio::io_context loop;

 private:
  void serve(raw_connection& connection, std::size_t number);

  circumstances where_;
  misdeed act_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::pair<std::string, std::size_t>> heard_;
  std::vector<std::size_t> over_;
  std::unique_ptr<raw_server> server_;
  std::optional<Runnable<Dict, std::string>> chain_;
  std::optional<Runnable<Dict, std::string>> patient_chain_;
};

/// Has a client meet the fault, and looks at what came of it: the error, what was recorded, whether the connection was
/// closed, and whether the next call gets its own answer.
void meet(const circumstances& where, const fault& what);
void meet_each(const circumstances& where, const std::vector<fault>& faults);

/// A chain over these options that does not wait between its attempts.
Runnable<Dict, std::string> hasty_chain(const AzureOptions& options,
                                        std::shared_ptr<transport::resolver> names = {});
/// Runs the loop until the query has ended.
QueryResult finish(boost::asio::io_context& loop, awaitable<QueryResult> call);

}  // namespace corochain::test
