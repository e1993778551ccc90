// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json/json_events.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "support/broken_input.hpp"

namespace corochain::codec::json_events_test {
namespace {

class recorder final : public json_visitor {
 public:
  std::string log;
  void on_object() override { log += '{'; }
  void on_array() override { log += '['; }
  void on_end() override { log += ')'; }
  bool on_key(std::string_view key) override {
    log.append(key).append(":");
    return !key.starts_with("not ");
  }
  void on_null() override { log += "null "; }
  void on_bool(bool value) override { log += value ? "true " : "false "; }
  void on_number(const json_number& number) override {
    log += number.whole ? std::to_string(*number.whole) + " " : "# ";
  }
  void on_text(std::string_view text) override { log.append("'").append(text).append("' "); }
};

std::string events(std::string_view text) {
  recorder seen;
  const json_outcome outcome = visit_json(test::exact_copy(text).view(), seen);
  return outcome.problem == json_problem::none ? seen.log : "problem";
}

json_problem problem(std::string_view text) {
  recorder seen;
  return visit_json(test::exact_copy(text).view(), seen).problem;
}

TEST(json_events, come_in_order) {
  EXPECT_EQ(events(R"({"a":[1,-2,true,false,null,"x"],"b":{"c":{}}})"),
            "{a:[1 -2 true false null 'x' )b:{c:{)))");
  EXPECT_EQ(events(" 5 "), "5 ");
}

TEST(json_events, are_not_told_of_what_nobody_wants) {
  EXPECT_EQ(events(R"({"not this":{"a":[1,{"b":"\n"}],"not that":2},"but":[3],"not here":[{}],"nor":4})"),
            "{not this:but:[3 )not here:nor:4 )");
  EXPECT_EQ(events(R"([{"not a":{}},{"not a":true},{"not a":1.5},{"not a":"x","b":5},6])"),
            "[{not a:){not a:){not a:){not a:b:5 )6 )");
  for (std::string_view text :
       {R"({"not a":[1,]})", R"({"not a":"\x"})", R"({"not a":{"b"}})", R"({"not a":})"})
    EXPECT_EQ(events(text), "problem") << text;
  EXPECT_EQ(problem(R"({"not a":1e999})"), json_problem::number_too_large);
  EXPECT_EQ(problem(R"({"not a":)" + std::string(200, '[')), json_problem::too_deep);
}

TEST(json_events, tell_whole_numbers_from_others) {
  EXPECT_EQ(events("[9223372036854775807,-9223372036854775808]"),
            "[9223372036854775807 -9223372036854775808 )");
  EXPECT_EQ(events("[9223372036854775808,18446744073709551615,-9223372036854775809,1e300,-1e300]"),
            "[# # # # # )");
  EXPECT_EQ(events("[31.0,3.1e1,0.5,-0.0,9223372036854775808.0]"), "[31 31 # 0 # )");
  EXPECT_EQ(problem("[1e999]"), json_problem::number_too_large);
  EXPECT_EQ(problem("[" + std::string(5000, '9') + "]"), json_problem::number_too_large);
}

TEST(json_events, know_what_is_no_json) {
  for (std::string_view text :
       {"", " ", "{", "[1,", "[1,]", "{\"a\"}", "{a:1}", "01", "nul", "'a'", "\"\\x\"", "\"\n\"", "1 2",
        "[1]]", "// c\n1", "\"\xFF\"", "\"\\ud800\"", "NaN", "<html>"})
    EXPECT_EQ(problem(text), json_problem::syntax) << text;
  EXPECT_EQ(problem(std::string_view("[1]\0", 4)), json_problem::syntax);
  EXPECT_EQ(problem(std::string_view("\0", 1)), json_problem::syntax);
  EXPECT_EQ(problem(std::string_view()), json_problem::syntax);
}

TEST(json_events, surrogates_come_in_pairs_or_are_no_text) {
  EXPECT_EQ(events(R"("\ud83d\ude00")"), "'\xF0\x9F\x98\x80' ");
  for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ude00\ud83d")", R"("\ud83dx")", R"("\ud83d\n")",
                           R"("\ud83d\u0041")", R"("\ud83d\ud83d")", R"("\ud83d\u")", "\"\xED\xA0\xBD\"",
                           "\"\xED\xA0\xBD\xED\xB8\x80\""})
    EXPECT_EQ(problem(text), json_problem::syntax) << text;
  EXPECT_EQ(events(R"(["\u0000"])"), std::string("['\0' )", 6));
}

TEST(json_events, a_byte_order_mark_stands_at_the_start_once) {
  EXPECT_EQ(events("\xEF\xBB\xBF[1]"), "[1 )");
  for (const char* text :
       {"\xEF\xBB\xBF\xEF\xBB\xBF[1]", " \xEF\xBB\xBF[1]", "[1]\xEF\xBB\xBF", "\xEF\xBB", "\xEF\xBB\xBF"})
    EXPECT_EQ(problem(text), json_problem::syntax) << text;
}

TEST(json_events, equal_keys_all_come) { EXPECT_EQ(events(R"({"a":1,"a":{"a":2}})"), "{a:1 a:{a:2 ))"); }

TEST(json_events, stop_at_the_depth_limit) {
  const auto nested = [](std::size_t depth, std::string open, std::string close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_EQ(problem(nested(json_depth_limit, "[", "]")), json_problem::none);
  EXPECT_EQ(problem(nested(json_depth_limit + 1, "[", "]")), json_problem::too_deep);
  EXPECT_EQ(problem(nested(json_depth_limit, "{\"a\":", "}")), json_problem::none);
  EXPECT_EQ(problem(nested(json_depth_limit + 1, "{\"a\":", "}")), json_problem::too_deep);
  EXPECT_EQ(problem(std::string(1000000, '[')), json_problem::too_deep);
}

/// The events of nlohmann's reader for the same text, written in the same way.
class reference final : public nlohmann::json::json_sax_t {
 public:
  std::string log;
  bool null() override { return note("null "); }
  bool boolean(bool value) override { return note(value ? "true " : "false "); }
  bool number_integer(number_integer_t value) override { return note(std::to_string(value) + " "); }
  bool number_unsigned(number_unsigned_t value) override {
    return note(value <= static_cast<number_unsigned_t>(INT64_MAX) ? std::to_string(value) + " " : "# ");
  }
  bool number_float(number_float_t value, const string_t&) override {
    const bool fits = value > -0x1p63 && value < 0x1p63 && std::trunc(value) == value;
    return note(fits ? std::to_string(static_cast<std::int64_t>(value)) + " " : "# ");
  }
  bool string(string_t& value) override { return note("'" + value + "' "); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return note("{"); }
  bool key(string_t& value) override { return note(value + ":"); }
  bool end_object() override { return note(")"); }
  bool start_array(std::size_t) override { return note("["); }
  bool end_array() override { return note(")"); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool note(const std::string& text) {
    log += text;
    return true;
  }
};

TEST(json_events, agree_with_another_reader_on_mutated_texts) {
  const std::string seeds[] = {
      R"({"a":[1,-2.5e3,true,false,null,"x\u00fc\ud83d\ude00"],"b":{"c":{}},"":[[],{}]})",
      R"([0.1,1e5,-0,12345678901234567890,1E-400,"\"\\\/\b\f\n\r\t",""," plain text that is longer than a word "])",
      "{\"caf\xC3\xA9\":\"\xE2\x82\xAC\xF0\x9F\x98\x80 and more text behind it\"}",
      "\xEF\xBB\xBF {\"x\" : [ 1 , 2 ] }\r\n\t"};
  const std::string_view bytes = "{}[]:,\"\\ntfu0123456789.eE+- \x01\x80\xC3\xED\xA0\xF4";
  std::mt19937 random(11);
  for (int i = 0; i < 30'000; ++i) {
    std::string text = seeds[random() % std::size(seeds)];
    for (auto changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char c = bytes[random() % bytes.size()];
      if (random() % 3 == 0)
        text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), c);
      else if (random() % 2 == 0)
        text[at] = c;
      else if (text.size() > 1)
        text.erase(at, 1);
    }
    reference theirs;
    const bool valid = nlohmann::json::sax_parse(text, &theirs);
    ASSERT_EQ(events(text), valid ? theirs.log : "problem") << text;
  }
}

TEST(json_events, texts_keep_their_bytes_whatever_their_length) {
  for (std::size_t size = 0; size < 70; ++size)
    for (std::size_t at = 0; at <= size; at += 7) {
      std::string text(size, 'x');
      text.insert(at, "\xC3\xA9");
      ASSERT_EQ(events("\"" + text + "\""), "'" + text + "' ");
      text.replace(at, 2, "\\n");
      std::string unescaped = text;
      unescaped.replace(at, 2, "\n");
      ASSERT_EQ(events("\"" + text + "\""), "'" + unescaped + "' ");
    }
}

TEST(json_events, survive_every_prefix_and_every_changed_byte) {
  const std::string_view valid = R"({"a":[1,-2.5e3,true,false,null,"x\u00fc\ud83d\ude00"],"b":{"c":{}}})";
  test::for_each_prefix(valid, [](std::string_view text) { EXPECT_EQ(problem(text), json_problem::syntax); });
  test::for_each_changed_byte(valid, [](std::string_view text) { problem(text); });
}

}  // namespace
}  // namespace corochain::codec::json_events_test
