// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json_events.hpp"

#include <gtest/gtest.h>

#include "support/broken_input.hpp"

namespace corochain::codec {
namespace {

class recorder final : public json_visitor {
 public:
  std::string log;
  void on_object() override { log += '{'; }
  void on_array() override { log += '['; }
  void on_end() override { log += ')'; }
  void on_key(std::string_view key) override { log.append(key).append(":"); }
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

TEST(json_events, survive_every_prefix_and_every_changed_byte) {
  const std::string_view valid = R"({"a":[1,-2.5e3,true,false,null,"x\u00fc\ud83d\ude00"],"b":{"c":{}}})";
  test::for_each_prefix(valid, [](std::string_view text) { EXPECT_EQ(problem(text), json_problem::syntax); });
  test::for_each_changed_byte(valid, [](std::string_view text) { problem(text); });
}

}  // namespace
}  // namespace corochain::codec
