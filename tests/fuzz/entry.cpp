// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::vector<std::string_view> fields(std::string_view input, std::size_t least, std::size_t most) {
  std::vector<std::string_view> all;
  while (all.size() + 1 < most) {
    const std::size_t end = input.find(separator);
    if (end == std::string_view::npos) break;
    all.push_back(input.substr(0, end));
    input.remove_prefix(end + 1);
  }
  all.push_back(input);
  while (all.size() < least) all.emplace_back();
  return all;
}

cut_text::cut_text(std::string_view input) : text(input) {
  const std::size_t end = input.rfind(separator);
  if (end == std::string_view::npos) return;
  text = input.substr(0, end);
  lengths = input.substr(end + 1);
}

bool may_quote(std::string_view words) noexcept {
  return words.find_first_of("$^~|") != std::string_view::npos;
}

bool is_plain(std::string_view text) noexcept {
  return !text.empty() && text.size() < 1000 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace corochain::fuzz

/// libFuzzer's name, by which it finds the function.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  corochain::fuzz::one_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
