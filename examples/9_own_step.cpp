// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A step of your own that passes chunks on: a chain with it still streams.

#include <cctype>
#include <corochain/corochain.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cc = corochain;

namespace {

std::string to_upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

struct UpperChunks : cc::chunk_filter<std::string> {
  using chunk_filter::chunk_filter;
  std::optional<std::string> on_chunk(std::string chunk) override { return to_upper(std::move(chunk)); }
};

struct UpperCase : cc::step<std::string, std::string> {
  const char* name() const noexcept override { return "UpperCase"; }
  cc::streaming_mode streaming() const override { return cc::streaming_mode::passes; }
  cc::awaitable<void> call(std::string input, const cc::call_context&,
                           std::optional<std::string>& answer) const override {
    answer = to_upper(std::move(input));
    co_return;
  }
  cc::chunk_source_ptr<std::string> transform(cc::chunk_source_ptr<std::string> input,
                                              cc::call_context) const override {
    return std::make_unique<UpperChunks>(std::move(input));
  }
};

// Stands for a model: it needs no key.
cc::awaitable<void> talk(std::string topic, cc::Yield<std::string> yield) {
  for (const char* word : {"this ", "is ", "about "}) co_await yield(word);
  co_await yield(std::move(topic));
}

}  // namespace

int main() {
  const auto chain = cc::RunnableLambda(talk) | cc::make_runnable<UpperCase>();
  for (const auto& chunk : chain.stream("steps")) std::cout << '[' << chunk << ']';  // [THIS ][IS ]...
  std::cout << '\n' << chain.invoke("steps") << '\n' << chain.describe();
}
