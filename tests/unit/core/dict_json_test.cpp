// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict_json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace corochain::dict_json_test {
namespace {
using nlohmann::json;

TEST(DictJson, an_object_becomes_a_dict_and_back) {
  const json object = json::parse(
      R"({"null": null, "yes": true, "n": -3, "u": 7, "x": 0.5, "text": "a",
          "list": [1, "b", [2]], "inner": {"deep": {"n": 1}}, "none": {}})");
  const Dict dict = object;
  EXPECT_TRUE(dict["null"].is_null());
  EXPECT_TRUE(dict["yes"].get<bool>());
  EXPECT_EQ(dict["n"].get<int>(), -3);
  EXPECT_EQ(dict["u"].get<std::int64_t>(), 7);
  EXPECT_EQ(dict["x"].get<double>(), 0.5);
  EXPECT_EQ(dict["text"].get<std::string>(), "a");
  const List list = dict["list"].get<List>();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[2].get<List>()[0].get<int>(), 2);
  EXPECT_EQ(dict["inner"].get<Dict>()["deep"].get<Dict>()["n"].get<int>(), 1);
  EXPECT_TRUE(dict["none"].get<Dict>().empty());
  EXPECT_EQ(json(dict), object);
  const nlohmann::ordered_json ordered = {{"b", 1}, {"a", 2}};
  EXPECT_EQ(Dict(ordered)["a"].get<int>(), 2);
}

TEST(DictJson, what_is_no_object_is_refused) {
  for (const json& each : {json(), json(true), json(1), json("text"), json::array({1}), json::binary({1})})
    EXPECT_THROW((void)Dict(each), PromptError) << each.type_name();
  try {
    (void)Dict(json::array({1, 2}));
  } catch (const PromptError& error) {
    EXPECT_NE(std::string(error.what()).find("array"), std::string::npos) << error.what();
  }
}

TEST(DictJson, what_no_dict_holds_is_refused) {
  EXPECT_THROW((void)Dict(json{{"n", std::numeric_limits<std::uint64_t>::max()}}), PromptError);
  json binary;
  binary["b"] = json::binary({1, 2});
  EXPECT_THROW((void)Dict(binary), PromptError);
}

TEST(DictJson, values_of_other_types_become_text_or_stay_json) {
  const Messages messages{{"human", "hi"}};
  const Dict dict{{"messages", messages}, {"answer", AIMessage("yes")}, {"json", json{{"k", 1}}}};
  const json made = dict;
  EXPECT_EQ(made["messages"], "Human: hi");
  EXPECT_EQ(made["answer"], "yes");
  EXPECT_EQ(made["json"]["k"], 1);
  EXPECT_EQ(json(Dict("bare")), "bare");
  struct Document {};
  EXPECT_THROW((void)json(Dict{{"document", Document()}}), PromptError);
}

TEST(DictOfMap, takes_maps_with_texts_as_keys) {
  const std::map<std::string, int> map{{"a", 1}, {"b", 2}};
  const Dict of_map = map;
  EXPECT_EQ(of_map["b"].get<int>(), 2);
  const std::unordered_map<std::string_view, std::vector<int>> lists{{"l", {1, 2}}};
  EXPECT_EQ(Dict(lists)["l"].get<List>().size(), 2u);
  const std::vector<std::pair<const char*, Value>> pairs{{"k", 1}, {"k", "later"}};
  EXPECT_EQ(Dict(pairs)["k"].get<std::string>(), "later");
  EXPECT_TRUE(Dict(std::map<std::string, int>()).empty());
  // The braces of one and two names still make a Dict of their own.
  const Dict one{{"k", "v"}};
  const Dict two{{"k", "v"}, {"l", "w"}};
  EXPECT_EQ(one.size() + two.size(), 3u);
  static_assert(!std::is_convertible_v<std::map<int, int>, Dict>);
  static_assert(!std::is_convertible_v<std::vector<std::string>, Dict>);
}

TEST(DictSubscript, gives_the_value_or_throws_like_at) {
  const Dict dict{{"a", 1}};
  EXPECT_EQ(dict["a"].get<int>(), 1);
  EXPECT_EQ(dict[std::string("a")].get<int>(), 1);
  EXPECT_THROW((void)dict["b"], PromptError);
}

}  // namespace
}  // namespace corochain::dict_json_test
