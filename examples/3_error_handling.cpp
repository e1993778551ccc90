// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Failures, and the ways to learn of them: exceptions with types, results, and measured queries.

#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "support/demo.hpp"

namespace cc = corochain;
using cc::testing::MockReply;
using cc::testing::MockServer;
using namespace std::chrono_literals;

namespace {

using Chain = cc::Runnable<cc::Dict, std::string>;

MockReply rate_limited() {
  return MockReply::error(429, "RateLimitReached", "Too many requests.").header("retry-after-ms", "20");
}

MockReply filtered() {
  MockReply reply = MockReply::error(400, "content_filter", "");
  reply.body(R"({"error": {"code": "content_filter", "message": "The prompt was filtered.", "innererror": {
      "code": "ResponsibleAIPolicyViolation",
      "content_filter_result": {"violence": {"filtered": true}, "hate": {"filtered": false}}}}})");
  return reply;
}

// Exceptions: catch the type that you can do something about, then the base.
std::string ask(const Chain& chain, const std::string& question) {
  try {
    return chain.invoke({{"question", question}});
  } catch (const cc::AuthenticationError& error) {
    return "check the key (HTTP " + std::to_string(error.http_status()) + ")";
  } catch (const cc::ContentFilterError& error) {
    return "rephrase it; filtered: " + error.categories().at(0);
  } catch (const cc::Error& error) {
    if (error.code() == cc::ErrorCondition::overloaded) return "come back later";
    return std::string("failed as ") + cc::to_string(error.kind()) + ": " + error.what();
  }
}

// Results: every call's value or failure, and nobody is cancelled because another fails.
cc::awaitable<void> ask_all(Chain chain, std::vector<std::string> questions) {
  std::vector<cc::awaitable<std::string>> calls;
  for (const auto& question : questions) calls.push_back(chain.ainvoke({{"question", question}}));
  std::vector<cc::Result<std::string>> results = co_await cc::gather_results(std::move(calls));
  for (const auto& result : results) {
    if (result)
      std::cout << "  answer: " << *result << '\n';
    else if (const auto* filter = result.error().as<cc::ContentFilterError>())
      std::cout << "  filtered: " << filter->categories().at(0) << '\n';
    else
      std::cout << "  " << result.error() << '\n';  // "rate_limit: too many requests ..."
  }
}

// Measured queries: the failure is a field, and every try is on record.
cc::awaitable<void> ask_measured(Chain chain, std::string question) {
  const cc::QueryResult result = co_await cc::query(chain, question);
  if (result.ok())
    std::cout << "  answer: " << result.answer << '\n';
  else
    std::cout << "  error: " << result.error->message() << '\n';
  for (const auto& attempt : result.attempts)
    std::cout << "  attempt: status " << attempt.status << ", then waited "
              << std::chrono::duration_cast<std::chrono::milliseconds>(attempt.slept).count() << " ms\n";
}

void demonstrate() {
  MockServer server;
  cc::AzureOptions options = example::mock_options(server);
  options.timeout = 10s;
  const Chain chain = cc::ChatPromptTemplate::from_template("{question}") | cc::AzureChatOpenAI(options) |
                      cc::StrOutputParser();

  std::cout << "A 429 is tried again, after the wait that the server advises:\n";
  server.reply(rate_limited());  // for the next request; the one after it gets the usual answer
  cc::run(ask_measured(chain, "What is a strand?"));

  std::cout << "Until max_retries is used up:\n";
  for (int i = 0; i <= options.max_retries; ++i) server.reply(rate_limited());
  cc::run(ask_measured(chain, "What is a strand?"));

  std::cout << "Exceptions have types:\n";
  server.reply(MockReply::error(401, "401", "Access denied due to invalid subscription key."));
  std::cout << "  " << ask(chain, "What is a strand?") << '\n';
  server.reply(filtered());
  std::cout << "  " << ask(chain, "What is a strand?") << '\n';
  for (int i = 0; i <= options.max_retries; ++i) server.reply(rate_limited());
  std::cout << "  " << ask(chain, "What is a strand?") << '\n';

  std::cout << "The oddities of a server can be tried byte by byte:\n";
  server.reply(MockReply::chat("Hi.").status_line("HTTP/1.1 200"));               // no blank, no reason
  server.reply(MockReply::stream({"H", "i."}).content_type("application/json"));  // a stream by another name
  server.reply(MockReply::bytes("HTTP/1.1 200 OK\r\nContent-Len").wait(20ms).then("gth: 2\r\n\r\n{").close());
  for (int i = 0; i < 3; ++i) std::cout << "  " << ask(chain, "What is a strand?") << '\n';

  std::cout << "Several at once, one of which fails:\n";
  server.respond_with([](const cc::testing::RecordedRequest& request) {
    if (request.body.find("bad") != std::string::npos) return filtered();
    return MockReply::chat("A strand runs handlers one at a time.");
  });
  cc::run(ask_all(chain, {"a good question", "a bad question", "another good question"}));

  std::cout << "The program's own mistakes are found before anything is sent:\n";
  try {
    chain.invoke({{"query", "the prompt calls it question"}});
  } catch (const cc::PromptError& error) {
    std::cout << "  " << error.what() << '\n';
  }
}

}  // namespace

int main() { return example::run_example("3_error_handling", demonstrate); }
