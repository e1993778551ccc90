// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// summarise FOLDER [SECONDS]: summarises each text file of a folder, and combines the summaries, two at a
// time, until one is left. Whatever was paid for when the time is over, or at Ctrl-C, is printed. A second
// Ctrl-C ends the program at once.
// Exit code: 0 when all files are in the summary, 1 when the time was over, 2 for wrong arguments or
// settings, 3 when a file or a call failed, 130 after Ctrl-C.

#include <algorithm>
#include <chrono>
#include <corochain/corochain.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cc = corochain;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

using Files = std::vector<fs::path>;
using Outcome = cc::MapReduceOutcome<std::string>;

Files text_files_in(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file) throw std::runtime_error("cannot read the file");
  return text;
}

class Progress : public cc::BatchProgress {
 public:
  void on_item(const cc::BatchStatus& status) override {
    std::cerr << '\r' << status.done << " of " << status.total.value_or(0) << " files, " << status.failed
              << " failed, " << status.running << " calls in flight " << std::flush;
    if (status.done == status.total) std::cerr << '\n';
  }
};

cc::awaitable<Outcome> summarise(Files files, std::chrono::milliseconds limit) {
  const cc::AzureChatOpenAI model;  // AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, AZURE_OPENAI_API_KEY
  const auto summary = cc::ChatPromptTemplate::from_template("Summarise in one sentence: {text}");
  const auto both = cc::ChatPromptTemplate::from_template("Make one summary of these: {texts}");
  const auto summarise_file = cc::RunnableLambda(read_file) | summary | model | cc::StrOutputParser();
  const auto combine = both | model | cc::StrOutputParser();
  Progress progress;
  auto outcome = co_await cc::map_reduce(files, summarise_file, combine,
                                         {.max_concurrency = 16, .timeout = limit, .progress = &progress});
  co_return outcome;
}

std::string names_of(const std::vector<std::size_t>& inputs, const Files& files) {
  std::string names;
  for (const std::size_t input : inputs)
    names += (names.empty() ? "" : ", ") + files[input].filename().string();
  return names;
}

int report(const Outcome& outcome, const Files& files) {
  for (const auto* failures : {&outcome.failures, &outcome.combine_failures})
    for (const auto& each : *failures)
      std::cerr << names_of(each.inputs, files) << ": " << each.failure.message() << '\n';
  if (outcome.value) std::cout << *outcome.value << '\n';
  for (const auto& part : outcome.parts)
    std::cout << "[" << names_of(part.inputs, files) << "] " << part.value << '\n';
  if (outcome.stopped) return outcome.stopped->kind() == cc::ErrorKind::cancelled ? 130 : 1;
  return outcome.failures.empty() && outcome.combine_failures.empty() ? 0 : 3;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::cerr << "usage: summarise FOLDER [SECONDS]\n";
    return 2;
  }
  try {
    const Files files = text_files_in(arguments[1]);
    const auto limit = count == 3 ? 1ms * static_cast<long>(1000 * std::atof(arguments[2])) : 30s;
    return report(cc::run(summarise(files, limit), {.stop_on_signals = true}), files);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
