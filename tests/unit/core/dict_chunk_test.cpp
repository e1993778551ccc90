// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict_chunk.hpp"

#include <gtest/gtest.h>

#include "corochain/core/ai_message_chunk.hpp"

namespace corochain::dict_chunk_test {
namespace {

using names = std::vector<std::string>;

TEST(dict_chunk, adds_texts_up_by_their_key) {
  DictChunk whole;
  EXPECT_TRUE(whole.empty());
  whole += DictChunk("joke", "knock");
  EXPECT_EQ(whole.key(), "joke");
  EXPECT_EQ(whole.value().get<std::string>(), "knock");
  whole += DictChunk("poem", "roses");
  whole += DictChunk("joke", " knock");
  EXPECT_EQ(whole.key(), "");
  EXPECT_EQ(whole.keys(), (names{"joke", "poem"}));
  const Dict dict = whole.whole();
  EXPECT_EQ(dict.get<std::string>("joke"), "knock knock");
  EXPECT_EQ(dict.get<std::string>("poem"), "roses");
}

TEST(dict_chunk, makes_messages_of_their_chunks) {
  AIMessageChunk end("lo");
  end.finish_reason = "stop";
  const Dict alone = DictChunk("answer", end).whole();
  EXPECT_EQ(alone.get<AIMessage>("answer").content, "lo");
  const Dict both = (DictChunk("answer", AIMessageChunk("hel")) + DictChunk("answer", end)).whole();
  EXPECT_EQ(both.get<AIMessage>("answer").content, "hello");
  EXPECT_EQ(both.get<AIMessage>("answer").finish_reason, "stop");
}

TEST(dict_chunk, replaces_what_has_no_chunks) {
  DictChunk whole("n", 1);
  whole += DictChunk("n", 2);
  EXPECT_EQ(whole.whole().get<int>("n"), 2);
  whole += DictChunk("n", "text");
  EXPECT_EQ(whole.whole().get<std::string>("n"), "text");
}

TEST(dict_chunk, adds_dicts_within_dicts) {
  DictChunk whole("in", DictChunk("a", "x"));
  whole += DictChunk("in", DictChunk("b", "y"));
  whole += DictChunk("in", DictChunk("a", "z"));
  const Dict inner = std::move(whole).whole().get<Dict>("in");
  EXPECT_EQ(inner.get<std::string>("a"), "xz");
  EXPECT_EQ(inner.get<std::string>("b"), "y");
}

TEST(dict_chunk, holds_a_whole_dict) {
  const DictChunk given(Dict{{"a", 1}, {"b", "text"}});
  ASSERT_NE(given.dict(), nullptr);
  EXPECT_EQ(given.dict()->get<int>("a"), 1);
  EXPECT_EQ(given.keys(), (names{"a", "b"}));
  EXPECT_EQ(given.whole().get<std::string>("b"), "text");
  const DictChunk more = given + DictChunk("c", 3);
  EXPECT_EQ(more.dict(), nullptr);
  EXPECT_EQ(more.whole().size(), 3u);
  EXPECT_EQ(*DictChunk(Dict("bare")).whole().bare_text(), "bare");
  EXPECT_EQ(*(DictChunk(Dict("bare")) + DictChunk("c", 3)).whole().bare_text(), "bare");
}

TEST(dict_chunk, loses_a_key_in_every_form) {
  DictChunk one("a", "x");
  EXPECT_FALSE(one.erase("b"));
  EXPECT_TRUE(one.erase("a"));
  EXPECT_TRUE(one.empty());
  DictChunk dict(Dict{{"a", 1}, {"b", 2}});
  EXPECT_TRUE(dict.erase("a"));
  EXPECT_EQ(dict.keys(), names{"b"});
  EXPECT_TRUE(dict.erase("b"));
  EXPECT_TRUE(dict.empty());
  DictChunk sum = DictChunk("a", "x") + DictChunk("b", "y");
  EXPECT_FALSE(sum.erase("c"));
  EXPECT_TRUE(sum.erase("a"));
  EXPECT_EQ(sum.keys(), names{"b"});
  EXPECT_TRUE(sum.erase("b"));
  EXPECT_TRUE(sum.empty());
}

TEST(dict_chunk, copies_grow_apart_and_added_to_itself_doubles) {
  DictChunk first = DictChunk("a", "x") + DictChunk("b", "y");
  DictChunk second = first;
  second += DictChunk("a", "z");
  EXPECT_EQ(first.whole().get<std::string>("a"), "x");
  EXPECT_EQ(second.whole().get<std::string>("a"), "xz");
  first += first;
  EXPECT_EQ(first.whole().get<std::string>("b"), "yy");
}

}  // namespace
}  // namespace corochain::dict_chunk_test
