// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The cost of whole programs: one call from start to end, four calls, and steps without a network.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include "clients/chain.hpp"
#include "clients/floor.hpp"
#include "rows/session.hpp"

namespace corochain::benchmark {
namespace {

double wall_of(const std::string& program, const char* who, const target& to, const std::string& ca_file) {
  const double start = seconds_now();
  const std::string port = std::to_string(to.port);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    ::execl(program.c_str(), program.c_str(), "--one-call", who, to.tls ? "https" : "http", port.c_str(),
            ca_file.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error(std::string("a process with one call failed: ") + who);
  return (seconds_now() - start) * 1e3;
}

template <class Stream>
void floor_once(const target& to) {
  namespace asio = boost::asio;
  asio::io_context context(1);
  auto tls = floor_tls(to);
  line<Stream> only(context, tls, 4096);
  const std::string wire = prebuilt_request(to, false);
  asio::co_spawn(
      context,
      [](line<Stream>& over, const target& where, const std::string& text) -> asio::awaitable<void> {
        co_await over.open(where);
        co_await floor_call(over, text);
      }(only, to, wire),
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  context.run();
}

}  // namespace

int one_call(const std::string& who, const target& to) {
  if (who == "floor") {
    to.tls ? floor_once<tls_socket>(to) : floor_once<plain_socket>(to);
    return 0;
  }
  const std::string answer = chain_to(to).invoke("What is a strand?");
  return answer.empty() ? 1 : 0;
}

void process_rows(session& now) {
  const std::string ca_file = "/tmp/corochain-benchmark-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(ca_file) << now.server.ca_pem();
  for (const bool tls : {true, false}) {
    row made{std::string("a process with one call, ") + (tls ? "HTTPS" : "HTTP"), "ms of wall", {}, {}};
    series floor, ours;
    for (int round = 0; round < (now.quick ? 3 : 40); ++round) {
      floor.samples.push_back(wall_of(now.self, "floor", now.server.at(tls, "now"), ca_file));
      ours.samples.push_back(wall_of(now.self, "corochain", now.server.at(tls, "now"), ca_file));
    }
    made.measured.emplace_back("floor", floor);
    made.measured.emplace_back("corochain", ours);
    made.verdicts.push_back({"corochain x floor, medians", ours.median() / floor.median(), 1.2, 1.1});
    now.results.add(std::move(made));
  }
  ::unlink(ca_file.c_str());
}

void concurrency_row(session& now) {
  const target to = now.server.at(true, now.quick ? "delay-200" : "delay-2000");
  const figures found = in_child([&]() -> figures {
    const auto chain = chain_to(to);
    const double start = seconds_now();
    for (int i = 0; i < 4; ++i) chain.invoke("What is a strand?");
    const double middle = seconds_now();
    chain.batch({"What is a strand?", "What is a strand?", "What is a strand?", "What is a strand?"});
    return {{"sequential", middle - start}, {"concurrent", seconds_now() - middle}};
  });
  row made{"four equal calls of 2 s, one after the other over all at once, HTTPS", "s", {}, {}};
  for (const auto& [name, value] : found) made.measured.emplace_back(name, series{{value}});
  made.verdicts.push_back(
      {"sequential / concurrent", found.at("sequential") / found.at("concurrent"), 3.97, 3.99, true});
  now.results.add(std::move(made));
}

namespace {

using Steps = Runnable<Dict, std::string>;

awaitable<AIMessage> answer_at_once(Messages) { co_return AIMessage("A strand."); }

/// A model that answers at once, as a function or as a coroutine, between the real prompt and parser.
Steps steps_of(bool coroutine) {
  const auto prompt = ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}});
  if (coroutine) return prompt | answer_at_once | StrOutputParser();
  return prompt | [](Messages) { return AIMessage("A strand."); } | StrOutputParser();
}

awaitable<double> call_often(Steps steps, int count, RunConfig config) {
  const double start = cpu_us();
  for (int i = 0; i < count; ++i) {
    Dict input("What is a strand?");
    const std::string answer = co_await steps.ainvoke(std::move(input), config);
    if (answer.empty()) throw std::runtime_error("no answer");
  }
  co_return (cpu_us() - start) / count / 3;
}

void step_row(session& now, const char* what, bool coroutine, bool heard) {
  const int calls = now.scaled(200'000);
  series per_step;
  for (int round = 0; round < now.rounds(); ++round) {
    const figures found = in_child([&]() -> figures {
      RunConfig config;
      if (heard) config.callback(std::make_shared<EventCounter>());
      return {{"step_us", run(call_often(steps_of(coroutine), calls, config))}};
    });
    per_step.samples.push_back(found.at("step_us"));
  }
  row made{std::string("prompt | model | parser, ") + what, "us per step", {}, {}};
  made.measured.emplace_back("corochain", per_step);
  if (!heard) made.verdicts.push_back({"corochain", per_step.min(), 2.0, 1.0});
  now.results.add(std::move(made));
}

}  // namespace

void step_rows(session& now) {
  step_row(now, "the model is a function that answers at once", false, false);
  step_row(now, "the model is a coroutine that answers at once", true, false);
  step_row(now, "the same with a handler that is told of every event", true, true);
}

}  // namespace corochain::benchmark
