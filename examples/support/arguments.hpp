// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace example {

/// A mistake on the command line or in a file that the user has to correct: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The values of the command line.
struct Arguments {
  bool help = false;
  std::string questions_file;
  std::size_t concurrency = 100;
  std::chrono::milliseconds latency{2000};
};

inline constexpr const char* help_text =
    "usage: 1_async_programming [--questions FILE] [--concurrency N] [--latency MS]\n"
    "\n"
    "  --questions FILE   ask these questions, one a line, instead of the four of the tutorial\n"
    "  --concurrency N    at most N calls at once; 0 means no limit (default: 100)\n"
    "  --latency MS       how long the mock server takes for an answer (default: 2000)\n"
    "  --help             print this\n"
    "\n"
    "Without credentials a mock server in this process answers, over HTTPS. To ask Azure OpenAI instead, "
    "set\n"
    "AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, and AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN.\n"
    "\n"
    "exit code: 0 when all went well, 1 when a call failed that should not, 2 for wrong arguments or "
    "settings\n";

inline std::size_t read_number(std::string_view name, std::string_view text, std::size_t largest) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > largest)
    throw UsageError(std::string(name) + " needs a whole number from 0 to " + std::to_string(largest) +
                     ", not '" + std::string(text) + "'");
  return number;
}

inline Arguments read_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = values[i];
    if (name == "--help") {
      arguments.help = true;
      continue;
    }
    if (name != "--questions" && name != "--concurrency" && name != "--latency")
      throw UsageError("unknown argument '" + std::string(name) + "'");
    if (++i == count) throw UsageError(std::string(name) + " needs a value");
    const std::string_view value = values[i];
    if (name == "--questions") {
      arguments.questions_file = value;
      if (value.empty()) throw UsageError("--questions needs the name of a file");
    } else if (name == "--concurrency") {
      arguments.concurrency = read_number(name, value, 1'000'000);
    } else {
      arguments.latency = std::chrono::milliseconds(read_number(name, value, 600'000));
    }
  }
  return arguments;
}

/// The lines of a file, without white space around them and without the blank ones.
inline std::vector<std::string> read_questions(const std::string& name) {
  std::ifstream file(name);
  std::vector<std::string> questions;
  std::string line;
  while (std::getline(file, line)) {
    std::string_view text = line;
    if (questions.empty() && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    const auto first = text.find_first_not_of(" \t\r\v\f");
    if (first == std::string_view::npos) continue;
    const auto last = text.find_last_not_of(" \t\r\v\f");
    questions.emplace_back(text.substr(first, last - first + 1));
  }
  if (!file.eof())
    throw UsageError("cannot read the questions in '" + name + "': is it a file that you may read?");
  if (questions.empty()) throw UsageError("there are no questions in '" + name + "': write one on each line");
  return questions;
}

}  // namespace example
