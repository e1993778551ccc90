// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/sse_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "support/broken_input.hpp"

namespace corochain::codec::sse_parser_test {
namespace {

/// Returns all events of a stream that comes in pieces, as "type|data" with line feeds shown.
std::vector<std::string> events_in(const std::vector<std::string>& pieces, bool finish = false) {
  sse_parser parser(1000);
  std::vector<std::string> seen;
  const auto note = [&](const std::optional<sse_event>& event) {
    if (event) seen.push_back(std::string(event->type) + "|" + std::string(event->data));
    return event.has_value();
  };
  for (const std::string& piece : pieces) {
    const test::exact_copy bytes(piece);
    parser.feed(bytes.view());
    while (note(parser.next())) {
    }
  }
  if (finish) note(parser.finish());
  return seen;
}
std::vector<std::string> events_of(std::string_view text) { return events_in({std::string(text)}); }
using list = std::vector<std::string>;

TEST(sse_parser, reads_lines_however_they_end) {
  for (const char* end : {"\n", "\r", "\r\n"}) {
    const std::string e = end;
    EXPECT_EQ(events_of("data: a" + e + e + "data: b" + e + "data: c" + e + e),
              (list{"message|a", "message|b\nc"}));
  }
}

TEST(sse_parser, knows_the_fields_of_the_standard) {
  EXPECT_EQ(events_of("event: error\ndata: x\n\ndata: y\n\n"), (list{"error|x", "message|y"}));
  EXPECT_EQ(events_of("data:x\n\n"), list{"message|x"});
  EXPECT_EQ(events_of("data:  x \n\n"), list{"message| x "});
  EXPECT_EQ(events_of("data\n\n"), list{"message|"});
  EXPECT_EQ(events_of("data:\ndata:\n\n"), list{"message|\n"});
  EXPECT_EQ(events_of("data\ndata: x\n\n"), list{"message|\nx"});
  EXPECT_EQ(events_of(": ping\n\n:\n\nretry: 5\n\nid: 1\n\nevent: e\n\n"), list{});
  EXPECT_EQ(events_of("event: e\n\ndata: x\n\n"), list{"message|x"});
  EXPECT_EQ(events_of("Data: x\nDATA: y\nunknown: z\ndata : w\n\n"), list{});
  EXPECT_EQ(events_of("\n\n\n"), list{});
}

TEST(sse_parser, takes_a_byte_order_mark_at_the_start_only) {
  EXPECT_EQ(events_of("\xEF\xBB\xBF"
                      "data: x\n\n\xEF\xBB\xBF"
                      "data: y\n\n"),
            list{"message|x"});
  EXPECT_EQ(events_in({"\xEF\xBB\xBF"
                       "data: x"},
                      true),
            list{"message|x"});
}

TEST(sse_parser, an_event_without_its_empty_line_comes_at_the_end) {
  EXPECT_EQ(events_in({"data: a\n\ndata: [DONE]"}, true), (list{"message|a", "message|[DONE]"}));
  EXPECT_EQ(events_in({"data: a\n\ndata: b\n"}, true), (list{"message|a", "message|b"}));
  EXPECT_EQ(events_in({"data: a\n\n: ping"}, true), list{"message|a"});
  EXPECT_EQ(events_in({"data: a\n\n"}, true), list{"message|a"});
}

TEST(sse_parser, split_at_every_byte_it_sees_the_same) {
  const std::string text =
      "\xEF\xBB\xBF: hello\r\ndata: one\r\n\r\nevent: e\rdata: two\rdata:  lines\r\r"
      "data: caf\xC3\xA9\n\n\nid: 4\ndata\n\ndata: last\n\n";
  const list whole = events_of(text);
  ASSERT_EQ(whole.size(), 5u);
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    ASSERT_EQ(events_in({text.substr(0, cut), text.substr(cut)}), whole) << cut;
  list bytes;
  for (char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(events_in(bytes), whole);
}

TEST(sse_parser, ends_at_its_limit) {
  for (const std::string& text :
       {"data: " + std::string(1001, 'x') + "\n\n", "data: " + std::string(1100, 'x'),
        "data: " + std::string(600, 'x') + "\ndata: " + std::string(600, 'x') + "\n\n"}) {
    sse_parser parser(1000);
    parser.feed(text);
    EXPECT_FALSE(parser.next());
    EXPECT_TRUE(parser.too_large());
    parser.feed("\n\ndata: x\n\n");
    EXPECT_FALSE(parser.next());
    EXPECT_FALSE(parser.finish());
  }
  EXPECT_EQ(events_of("data: " + std::string(1000, 'x') + "\n\n").size(), 1u);
}

TEST(sse_parser, a_line_meets_its_limit_however_it_is_cut) {
  for (const std::string& start :
       {std::string(":"), std::string("event:"), std::string("id:"), std::string("data:")})
    for (const std::size_t size : {20u, 36u, 37u, 100u}) {
      const std::string text =
          "data: a\n\n" + start + std::string(size - start.size(), 'x') + "\n\ndata: b\n\n";
      const auto read = [&](std::size_t step) {
        sse_parser parser(20);
        list seen;
        for (std::size_t at = 0; at < text.size(); at += step) {
          const test::exact_copy piece(std::string_view(text).substr(at, step));
          parser.feed(piece.view());
          while (const auto event = parser.next()) seen.emplace_back(event->data);
        }
        return std::pair(seen, parser.too_large());
      };
      const auto whole = read(text.size());
      EXPECT_EQ(whole.second, size > 36 || (start == "data:" && size > 25)) << start << size;
      for (std::size_t step = 1; step < text.size(); ++step)
        ASSERT_EQ(read(step), whole) << start << size << " " << step;
    }
}

TEST(sse_parser, survives_every_prefix_and_every_changed_byte) {
  const std::string_view valid =
      "\xEF\xBB\xBF: hello\r\ndata: one\r\n\r\nevent: e\ndata: two\ndata:  lines\n\n";
  const auto bytes_of = [](std::string_view text) {
    list bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    return bytes;
  };
  const list whole = events_of(valid);
  test::for_each_prefix(valid, [&](std::string_view text) {
    const list seen = events_of(text);
    ASSERT_LE(seen.size(), whole.size());
    EXPECT_TRUE(std::equal(seen.begin(), seen.end(), whole.begin())) << text;
  });
  test::for_each_changed_byte(
      valid, [&](std::string_view text) { EXPECT_EQ(events_of(text), events_in(bytes_of(text))); });
}

}  // namespace
}  // namespace corochain::codec::sse_parser_test
