// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Server-sent events, however they are cut, against a reader that has the whole text and follows the
// standard's words.
#include "codec/http/sse_parser.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

struct event {
  std::string type, data;
  friend bool operator==(const event&, const event&) = default;
};

struct outcome {
  std::vector<event> events;
  bool too_large = false;
  friend bool operator==(const outcome&, const outcome&) = default;
};

class reading {
 public:
  explicit reading(std::size_t most) : most_(most), parser_(most) {}

  bool feed(std::string_view piece) {
    parser_.feed(piece);
    while (const auto next = parser_.next()) note(*next);
    return !parser_.too_large();
  }
  outcome end() {
    if (const auto last = parser_.finish()) note(*last);
    seen_.too_large = parser_.too_large();
    return seen_;
  }

 private:
  void note(const codec::sse_event& next) {
    require(next.data.size() <= most_, "an event stays in its limit");
    seen_.events.push_back({std::string(next.type), std::string(next.data)});
  }

  std::size_t most_;
  codec::sse_parser parser_;
  outcome seen_;
};

/// Section 9.2.6 of the HTML standard, and the event that lacks only its empty line.
outcome by_the_standard(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string even;  // with LF alone
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    even += text[i] == '\r' ? '\n' : text[i];
  }
  outcome seen;
  std::string data, type;
  bool any = false;
  const auto dispatch = [&] {
    if (any) seen.events.push_back({type.empty() ? "message" : type, data.substr(0, data.size() - 1)});
    data.clear();
    type.clear();
    any = false;
  };
  std::string_view rest = even;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) {
      dispatch();
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "event") type = value;
    if (name != "data") continue;
    data.append(value).append("\n");
    any = true;
  }
  dispatch();
  return seen;
}

outcome read_whole(std::string_view text, std::size_t most) {
  reading one(most);
  one.feed(text);
  return one.end();
}
outcome read_cut(const cut_text& cut, std::size_t most) {
  reading one(most);
  in_pieces(cut, [&](std::string_view piece) { return one.feed(piece); });
  return one.end();
}

}  // namespace

void one_input(std::string_view input) {
  const cut_text cut(input);
  const outcome whole = read_whole(cut.text, 1 << 20);
  require(whole == by_the_standard(cut.text), "the events are the standard's");
  require(whole == read_cut(cut, 1 << 20), "cut or not, the events are the same");
  const outcome tight = read_whole(cut.text, 20);
  require(tight == read_cut(cut, 20), "cut or not, the limit is the same");
  require(tight.too_large || tight == whole, "a limit that is not met changes nothing");
}

}  // namespace corochain::fuzz
