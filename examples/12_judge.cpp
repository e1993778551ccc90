// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Two models answer a question at once, and a third one compares their answers. Its verdict is JSON that is
// checked. A verdict that is wrong goes back to it with the complaint.
//
// usage: 12_judge [QUESTION]

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "support/demo.hpp"

namespace cc = corochain;
using cc::testing::MockReply;

namespace {

using Model = cc::AzureChatOpenAI;

enum class Winner { a, b, tie };

struct Verdict {
  Winner winner;
  std::string reason;
};

Verdict read_verdict(const std::string& answer) {
  static const std::map<std::string, Winner> winners{
      {"a", Winner::a}, {"b", Winner::b}, {"tie", Winner::tie}};
  try {
    const auto json = nlohmann::json::parse(answer);
    const auto winner = winners.find(json.at("winner"));
    if (winner == winners.end()) throw cc::OutputParserError("'winner' has to be a, b or tie");
    return {winner->second, json.at("reason")};
  } catch (const nlohmann::json::exception& error) {
    throw cc::OutputParserError(error.what());
  }
}

// Asks until the answer is a verdict. The model is shown its mistake twice at most.
cc::awaitable<std::string> ask_for_verdict(Model judge, std::string task) {
  cc::Messages messages{{"system", R"(Answer with JSON: {"winner": "a" | "b" | "tie", "reason": text})"},
                        {"human", std::move(task)}};
  for (int mistakes = 0;; ++mistakes) {
    const cc::AIMessage answer = co_await judge.ainvoke(messages);
    messages.add(answer.to_message());
    try {
      read_verdict(answer.content);
      co_return answer.content;
    } catch (const cc::OutputParserError& error) {
      if (mistakes == 2) throw;
      messages.add(cc::Message::human(std::string("That is no verdict: ") + error.what()));
    }
  }
}

std::string show(const char* name, const cc::QueryResult& result) {
  std::cout << name << ": " << result.usage.total_tokens << " tokens, " << result.time_taken << " s\n";
  if (result.error) result.error->rethrow();
  return result.answer;
}

cc::awaitable<void> judge(Model first, Model second, Model third, std::string question) {
  const auto [a, b] = co_await cc::gather(cc::query(first, question), cc::query(second, question));
  std::string task = "Question: " + question;
  task += "\nAnswer a: " + show("a", a);
  task += "\nAnswer b: " + show("b", b);
  const cc::Runnable<std::string, std::string> verdict =
      cc::RunnableLambda([third](std::string asked) { return ask_for_verdict(third, std::move(asked)); });
  const cc::QueryResult judged = co_await cc::query(verdict, task);
  const auto [winner, reason] = read_verdict(show("judge", judged));
  const char* const names[] = {"a is better: ", "b is better: ", "neither is better: "};
  std::cout << names[static_cast<int>(winner)] << reason << '\n';
}

void demonstrate(std::string question) {
  cc::testing::MockServer server;
  server.respond_with([](const cc::testing::RecordedRequest& request) {
    if (request.body.find("Answer a:") == std::string::npos) return MockReply::chat("It depends.");
    if (request.body.find("That is no verdict") == std::string::npos) return MockReply::chat("a, of course");
    return MockReply::chat(R"({"winner": "tie", "reason": "they say the same"})");
  });
  const auto model = [&](const char* deployment) {
    cc::AzureOptions options = example::mock_options(server);
    options.azure_deployment = deployment;
    return Model(options);
  };
  cc::run(judge(model("small"), model("large"), model("judge"), std::move(question)));
}

}  // namespace

int main(int count, char** arguments) {
  return example::run_example("12_judge",
                              [&] { demonstrate(count > 1 ? arguments[1] : "Which is faster?"); });
}
