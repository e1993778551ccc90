// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_parameter_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "corochain/core/error.hpp"
#include "support/chat_body.hpp"

namespace corochain::codec::chat_parameter_table_test {
namespace {
using nlohmann::json;

/// The addresses of all fields. A field that is missing here does not compile.
std::vector<const void*> fields_of(const ChatParameters& of) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = of;
  return {&a, &b, &c, &d, &e, &f, &g, &h, &i, &j, &k, &l, &m, &n, &o, &p, &q, &r, &s};
}

void set(std::optional<double>& value) { value = 0.5; }
void set(std::optional<std::int64_t>& value) { value = 3; }
void set(std::optional<bool>& value) { value = true; }
void set(std::string& value) { value = R"({"added":1})"; }
void set(std::vector<std::string>& value) { value = {"END"}; }
void set(std::vector<std::pair<std::string, double>>& value) { value = {{"7", 1}}; }

template <class Entry>
ChatParameters with(const Entry& entry) {
  ChatParameters made;
  set(made.*entry.field);
  return made;
}

TEST(chat_parameter_table, has_every_field_once) {
  const ChatParameters parameters;
  std::vector<const void*> listed;
  for_each_chat_parameter([&](const auto& each) { listed.push_back(&(parameters.*each.field)); });
  std::vector<const void*> fields = fields_of(parameters);
  std::sort(listed.begin(), listed.end());
  std::sort(fields.begin(), fields.end());
  EXPECT_EQ(listed, fields);
}

TEST(chat_parameter_table, has_every_name_once) {
  std::set<std::string_view> names;
  for_each_chat_parameter([&](const auto& each) { names.insert(each.name); });
  EXPECT_EQ(names.size(), std::tuple_size_v<decltype(chat_parameter_table)>);
}

TEST(chat_parameter_table, every_field_is_written_under_its_name) {
  for_each_chat_parameter([](const auto& each) {
    const json body = json::parse(test::chat_body("hi", with(each)));
    EXPECT_EQ(body.size(), 2u) << each.name;
    EXPECT_TRUE(body.contains(each.form == parameter_form::members ? "added" : each.name)) << each.name;
  });
}

TEST(chat_parameter_table, no_extra_member_has_the_name_of_a_field) {
  for_each_chat_parameter([](const auto& each) {
    if (each.form == parameter_form::members) return;
    ChatParameters parameters;
    parameters.extra_body = R"({")" + std::string(each.name) + R"(":1})";
    EXPECT_THROW(prepare_chat_parameters(parameters, chat_request_settings()), ConfigError) << each.name;
  });
}

TEST(chat_parameter_table, merge_replaces_every_field_that_is_set) {
  for_each_chat_parameter([](const auto& each) {
    const ChatParameters given = with(each);
    EXPECT_EQ(merge(ChatParameters(), given).*each.field, given.*each.field) << each.name;
    EXPECT_EQ(merge(given, ChatParameters()).*each.field, given.*each.field) << each.name;
  });
}

}  // namespace
}  // namespace corochain::codec::chat_parameter_table_test
