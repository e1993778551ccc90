// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "corochain/concurrency/run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"

namespace corochain::dict_test {
namespace {

using nlohmann::json;
using names = std::vector<std::string>;

struct Document {
  std::string title;
  int pages = 0;
};

/// The message of the PromptError that `call` throws.
template <class F>
std::string prompt_error_of(F call) {
  try {
    call();
  } catch (const PromptError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no PromptError";
  return {};
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(dict, is_empty_by_default) {
  const Dict none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_EQ(none.names(), names());
  EXPECT_EQ(none.find("x"), nullptr);
  EXPECT_EQ(none.bare_text(), nullptr);
  EXPECT_EQ(none.to_text(), "{}");
}

TEST(dict, is_made_from_braces_with_literals_and_variables) {
  const std::string name = "question", text = "What is a strand?";
  const Dict literal = {{"question", "What is a strand?"}};
  const Dict variable = {{name, text}};
  EXPECT_EQ(literal.get<std::string>("question"), text);
  EXPECT_EQ(variable.get<std::string>("question"), text);
  const Dict two = {{"question", text}, {"n", 3}};
  EXPECT_EQ(two.get<std::string>("question"), text);
  EXPECT_EQ(two.get<int>("n"), 3);
  const Dict literals = {{"a", "b"}, {"c", "d"}};
  EXPECT_EQ(literals.names(), (names{"a", "c"}));
  EXPECT_EQ(literals.get<std::string>("c"), "d");
}

TEST(dict, takes_up_to_twelve_pairs_and_orders_them_by_name) {
  EXPECT_EQ(Dict({{"c", 1}, {"b", 2}, {"a", 3}}).names(), (names{"a", "b", "c"}));
  EXPECT_EQ(Dict({{"d", 1}, {"c", 1}, {"b", 1}, {"a", 1}}).size(), 4u);
  EXPECT_EQ(Dict({{"e", 1}, {"d", 1}, {"c", 1}, {"b", 1}, {"a", 1}}).size(), 5u);
  EXPECT_EQ(Dict({{"f", nullptr}, {"e", 1}, {"d", 1}, {"c", 1}, {"b", 1}, {"a", 1}}).size(), 6u);
  const Dict twelve = {{"l", 12}, {"k", 11}, {"j", 10}, {"i", 9}, {"h", 8}, {"g", 7},
                       {"f", 6},  {"e", 5},  {"d", 4},  {"c", 3}, {"b", 2}, {"a", nullptr}};
  EXPECT_EQ(twelve.names(), (names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}));
  EXPECT_TRUE(twelve.at("a").is_null());
  EXPECT_EQ(twelve.get<int>("l"), 12);
}

TEST(dict, keeps_the_later_value_of_a_name) {
  EXPECT_EQ(Dict({{"x", 1}, {"x", 2}}).get<int>("x"), 2);
  Dict dict = {{"x", 1}};
  dict.set("x", "text").set("y", 2);
  EXPECT_EQ(dict.get<std::string>("x"), "text");
  EXPECT_TRUE(dict.erase("x"));
  EXPECT_FALSE(dict.erase("x"));
  EXPECT_FALSE(Dict().erase("x"));
  EXPECT_FALSE(dict.contains("x"));
  EXPECT_TRUE(dict.contains("y"));
}

awaitable<std::string> text_of(Dict dict) { co_return dict.to_text(); }

TEST(dict, can_be_braced_inside_a_co_await_expression) {
  run([]() -> awaitable<void> {
    const std::string q(100, 'q'), name = "a name that is too long for the small buffer of a string";
    const std::string bare = co_await text_of(q);
    EXPECT_EQ(bare, q);
    const std::string literal = co_await text_of({{"question", "a literal"}});
    EXPECT_EQ(literal, R"({"question": "a literal"})");
    const std::string variable = co_await text_of({{name, q}});
    EXPECT_EQ(variable, "{\"" + name + "\": \"" + q + "\"}");
    const std::string two = co_await text_of({{"a", q}, {"b", 2}});
    EXPECT_EQ(two, "{\"a\": \"" + q + "\", \"b\": 2}");
    const std::string nested = co_await text_of({{"a", {{"b", q}, {"c", {{"d", true}}}}}});
    EXPECT_EQ(nested, "{\"a\": {\"b\": \"" + q + "\", \"c\": {\"d\": true}}}");
    const std::string messages = co_await text_of({{"history", Messages(q)}, {"n", 1}});
    EXPECT_EQ(messages, "{\"history\": \"Human: " + q + "\", \"n\": 1}");
    const std::string twelve = co_await text_of({{"a", q},
                                                 {"b", q},
                                                 {"c", 3},
                                                 {"d", 4},
                                                 {"e", 5},
                                                 {"f", 6},
                                                 {"g", 7},
                                                 {"h", 8},
                                                 {"i", 9},
                                                 {"j", q},
                                                 {"k", q},
                                                 {"l", q}});
    EXPECT_EQ(json::parse(twelve)["l"], q);
    EXPECT_EQ(json::parse(twelve).size(), 12u);
  }());
}

TEST(dict, made_from_bare_text_has_no_names) {
  const std::string text = "What is a strand?";
  for (const Dict& bare : {Dict("What is a strand?"), Dict(text), Dict(std::string_view(text))}) {
    ASSERT_NE(bare.bare_text(), nullptr);
    EXPECT_EQ(*bare.bare_text(), text);
    EXPECT_TRUE(bare.empty());
    EXPECT_EQ(bare.to_text(), text);
  }
  const Dict empty_text = "";
  ASSERT_NE(empty_text.bare_text(), nullptr);
  EXPECT_EQ(*empty_text.bare_text(), "");
  const Dict copy = empty_text;
  EXPECT_NE(copy.bare_text(), nullptr);
}

TEST(dict, lists_its_names_when_one_is_missing) {
  const Dict dict = {{"b", 1}, {"a", 2}};
  try {
    dict.get<int>("question");
    ADD_FAILURE();
  } catch (const PromptError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(holds(text, "'question'") && holds(text, "'a', 'b'")) << text;
    EXPECT_EQ(error.expected(), (names{"question"}));
    EXPECT_EQ(error.received(), (names{"a", "b"}));
  }
  EXPECT_TRUE(holds(prompt_error_of([] { Dict().at("question"); }), "'question'"));
  EXPECT_TRUE(holds(prompt_error_of([] { Dict("text").at("question"); }), "bare text"));
  EXPECT_FALSE(holds(prompt_error_of([] { Dict("my secret").at("question"); }), "my secret"));
}

TEST(dict, copies_are_independent) {
  Dict original = {{"x", "old"}, {"inner", {{"y", 1}}}};
  const Dict copy = original;
  original.set("x", "new").set("z", 1);
  EXPECT_EQ(copy.get<std::string>("x"), "old");
  EXPECT_EQ(copy.size(), 2u);
  Dict assigned = {{"gone", 1}};
  assigned = copy;
  EXPECT_EQ(assigned.names(), (names{"inner", "x"}));
  const Dict& same = assigned;
  assigned = same;
  EXPECT_EQ(assigned.size(), 2u);
}

TEST(dict, is_empty_and_usable_after_a_move) {
  Dict source = {{"x", 1}};
  Dict target = std::move(source);
  EXPECT_EQ(target.get<int>("x"), 1);
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): promised
  EXPECT_EQ(source.find("x"), nullptr);
  EXPECT_EQ(source.to_text(), "{}");
  source.set("y", 2);
  EXPECT_EQ(source.names(), (names{"y"}));
  source = std::move(target);
  EXPECT_EQ(source.names(), (names{"x"}));
  static_assert(std::is_nothrow_move_constructible_v<Dict> && std::is_nothrow_move_assignable_v<Dict>);
}

TEST(value, of_every_kind_comes_back_as_it_was) {
  const Dict dict = {{"null", nullptr}, {"bool", true}, {"integer", -7},
                     {"double", 0.5},   {"text", "t"},  {"Messages", Messages("m")}};
  EXPECT_TRUE(dict.at("null").is_null());
  EXPECT_EQ(dict.get<bool>("bool"), true);
  EXPECT_EQ(dict.get<std::int64_t>("integer"), -7);
  EXPECT_EQ(dict.get<double>("double"), 0.5);
  EXPECT_EQ(dict.get<double>("integer"), -7.0);
  EXPECT_EQ(dict.get<std::string>("text"), "t");
  EXPECT_EQ(dict.get<Messages>("Messages"), Messages("m"));
  EXPECT_EQ(Value(AIMessage("answer")).get<AIMessage>().content, "answer");
  EXPECT_EQ(Value('c').get<std::string>(), "c");
  EXPECT_EQ(Value(std::string_view("view")).get<std::string>(), "view");
  EXPECT_EQ(dict.at("text").get_if<double>(), nullptr);
  EXPECT_EQ(dict.at("integer").get_if<double>(), nullptr);
}

TEST(value, says_what_it_is) {
  const std::vector<std::pair<Value, std::string>> all = {
      {Value(), "null"},        {nullptr, "null"},
      {true, "bool"},           {1, "integer"},
      {1.5, "double"},          {"x", "text"},
      {List(), "list"},         {Dict(), "Dict"},
      {Messages(), "Messages"}, {AIMessage(), "AIMessage"},
      {json(1), "JSON"}};
  for (const auto& [value, name] : all) EXPECT_EQ(value.type_name(), name);
  EXPECT_TRUE(holds(Value(Document()).type_name(), typeid(Document).name()));
}

TEST(value, of_another_type_is_a_prompt_error_that_names_both) {
  const Dict dict = {{"n", 3}, {"text", "secret text"}, {"list", List{1}}, {"doc", Document()}};
  const auto says = [&](std::string text, const char* wanted, const char* held) {
    EXPECT_TRUE(holds(text, wanted) && holds(text, held)) << text;
    EXPECT_FALSE(holds(text, "secret")) << text;
  };
  says(prompt_error_of([&] { dict.get<std::string>("n"); }), "text", "integer");
  says(prompt_error_of([&] { dict.get<int>("text"); }), "integer", "text");
  says(prompt_error_of([&] { dict.get<bool>("n"); }), "bool", "integer");
  says(prompt_error_of([&] { dict.get<double>("text"); }), "double", "text");
  says(prompt_error_of([&] { dict.get<Dict>("list"); }), "Dict", "list");
  says(prompt_error_of([&] { dict.get<List>("text"); }), "list", "text");
  says(prompt_error_of([&] { dict.get<Messages>("text"); }), "Messages", "text");
  says(prompt_error_of([&] { dict.get<AIMessage>("n"); }), "AIMessage", "integer");
  says(prompt_error_of([&] { dict.get<Document>("n"); }), typeid(Document).name(), "integer");
  says(prompt_error_of([&] { dict.get<int>("doc"); }), "integer", typeid(Document).name());
  says(prompt_error_of([&] { dict.get<json>("n"); }), typeid(json).name(), "integer");
}

TEST(value, holds_all_integers_and_never_narrows_silently) {
  EXPECT_EQ(Value(std::uint8_t{200}).get<int>(), 200);
  EXPECT_EQ(Value(std::numeric_limits<std::int64_t>::min()).get<std::int64_t>(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Value(std::uint64_t{INT64_MAX}).get<std::uint64_t>(), std::uint64_t{INT64_MAX});
  EXPECT_EQ(Value(std::size_t{5}).get<std::size_t>(), 5u);
  for (const std::uint64_t huge : {std::uint64_t{INT64_MAX} + 1, std::numeric_limits<std::uint64_t>::max()})
    EXPECT_THROW(Value{huge}, PromptError);
  const Value large = std::int64_t{1} << 40;
  EXPECT_THROW(large.get<int>(), PromptError);
  EXPECT_THROW(Value(300).get<std::uint8_t>(), PromptError);
  EXPECT_THROW(Value(-1).get<unsigned>(), PromptError);
  EXPECT_THROW(Value(-1).get<std::uint64_t>(), PromptError);
  EXPECT_THROW(Value(1.5).get<int>(), PromptError);
  EXPECT_EQ(large.get<double>(), 1099511627776.0);
}

TEST(value, takes_vectors_and_optionals) {
  const Value numbers = std::vector<int>{1, 2, 3};
  ASSERT_NE(numbers.get_if<List>(), nullptr);
  EXPECT_EQ(numbers.get<List>()[2].get<int>(), 3);
  EXPECT_EQ(Value(std::vector<std::string>{"a", "b"}).to_text(), R"(["a", "b"])");
  EXPECT_EQ(Value(std::vector<bool>{true, false}).to_text(), "[true, false]");
  EXPECT_EQ(Value(std::vector<std::vector<int>>{{1}, {}}).to_text(), "[[1], []]");
  EXPECT_EQ(Value(std::vector<Dict>{{{"a", 1}}, {}}).to_text(), R"([{"a": 1}, {}])");
  EXPECT_TRUE(Value(std::optional<std::string>()).is_null());
  EXPECT_EQ(Value(std::optional<std::string>("x")).get<std::string>(), "x");
  EXPECT_EQ(Value(std::optional(std::vector<int>{1})).to_text(), "[1]");
}

TEST(value, takes_dicts_in_dicts) {
  const Dict dict = {{"options", {{"a", 1}, {"b", {{"c", "deep"}}}}}, {"one", {{"x", 1}}}};
  EXPECT_EQ(dict.get<Dict>("options").get<Dict>("b").get<std::string>("c"), "deep");
  EXPECT_EQ(dict.get<Dict>("one").names(), (names{"x"}));
  const Dict inner = {{"y", 2}};
  EXPECT_EQ(Dict({{"named", inner}}).get<Dict>("named").get<int>("y"), 2);
}

TEST(value, takes_json) {
  const json document = {{"a", {1, 2.5, nullptr}}, {"b", "text"}};
  const Dict dict = {{"document", document}, {"n", 1}};
  EXPECT_EQ(dict.get<json>("document"), document);
  EXPECT_EQ(json::parse(dict.at("document").to_text()), document);
  EXPECT_EQ(json::parse(dict.to_text())["document"], document);
}

TEST(value, takes_any_copyable_type_and_shares_it) {
  const Value value = Document{"Strands", 12};
  ASSERT_NE(value.get_if<Document>(), nullptr);
  EXPECT_EQ(value.get<Document>().title, "Strands");
  const Value copy = value;
  EXPECT_EQ(copy.get_if<Document>(), value.get_if<Document>());
  const auto shared = std::make_shared<int>(5);
  EXPECT_EQ(Value(shared).get<std::shared_ptr<int>>(), shared);
  EXPECT_TRUE(holds(prompt_error_of([&] { (void)value.to_text(); }), typeid(Document).name()));
  EXPECT_THROW(Value(List{1, value}).to_text(), PromptError);
}

TEST(value, becomes_text_as_a_prompt_shows_it) {
  const std::vector<std::pair<Value, std::string>> all = {
      {nullptr, "null"},
      {true, "true"},
      {false, "false"},
      {0, "0"},
      {INT64_MIN, "-9223372036854775808"},
      {0.1, "0.1"},
      {1e300, "1e+300"},
      {-2.5, "-2.5"},
      {"as \"it\" is\n", "as \"it\" is\n"},
      {"", ""},
      {List{1, "a", nullptr, true, 0.5}, R"([1, "a", null, true, 0.5])"},
      {List(), "[]"},
      {Dict({{"b", 1}, {"a", "x"}}), R"({"a": "x", "b": 1})"},
      {Dict(), "{}"},
      {Messages("hi"), "Human: hi"},
      {AIMessage("answer"), "answer"},
      {List{Messages("hi"), AIMessage("a\"b")}, R"(["Human: hi", "a\"b"])"}};
  for (const auto& [value, text] : all) EXPECT_EQ(value.to_text(), text);
}

TEST(value, in_lists_and_dicts_is_escaped_as_json) {
  const std::string awkward = "quote \" backslash \\ tab \t line \n nul \x01 Zürich 日本 🙂";
  const Dict dict = {{awkward, List{awkward}}};
  EXPECT_EQ(json::parse(dict.to_text()), (json{{awkward, json::array({awkward})}}));
}

}  // namespace
TEST(value, is_null_after_it_was_moved_from_whatever_it_held) {
  const auto all = [] {
    return List{Value(true),
                Value(7),
                Value(1.5),
                Value("a text that no small buffer of a string holds"),
                Value(List{Value(1)}),
                Value(Dict("bare"))};
  };
  List values = all();
  for (std::size_t i = 0; i < values.size(); ++i) {
    Value taken = std::move(values[i]);
    EXPECT_TRUE(values[i].is_null());
    EXPECT_EQ(taken.to_text(), all()[i].to_text());
    values[i] = taken;
    EXPECT_EQ(values[i].type_name(), taken.type_name());
    EXPECT_EQ(values[i].to_text(), taken.to_text());
  }
}

TEST(value, may_be_assigned_from_a_list_that_it_holds) {
  Value outer(List{Value("inner, on the heap as long as the list is")});
  outer = outer.get_if<List>()->front();
  EXPECT_EQ(outer.to_text(), "inner, on the heap as long as the list is");
}

TEST(dict, is_ordered_by_name_however_it_was_filled) {
  Dict dict{{"m", 1}, {"z", 2}, {"a", 3}};
  dict.set("k", 4).set("a", 5);
  EXPECT_EQ(dict.names(), (std::vector<std::string>{"a", "k", "m", "z"}));
  EXPECT_EQ(dict.begin()->second.get<int>(), 5);
  EXPECT_TRUE(dict.erase("k"));
  EXPECT_FALSE(dict.erase("k"));
  EXPECT_FALSE(dict.erase("zz"));
  EXPECT_EQ(dict.names(), (std::vector<std::string>{"a", "m", "z"}));
}

}  // namespace corochain::dict_test
