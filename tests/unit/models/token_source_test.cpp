// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/token_source.hpp"

#include <gtest/gtest.h>

#include <corochain/concurrency/gather.hpp>
#include <corochain/concurrency/run.hpp>
#include <corochain/core/error.hpp>

namespace corochain::models {
namespace {
using namespace std::chrono_literals;
using system_time = std::chrono::system_clock::time_point;

/// A source whose clock stands still until the test moves it, and whose tokens live for an hour.
class token_sources : public ::testing::Test {
 protected:
  system_time now = system_time(1'000'000s);
  int fetched = 0;
  std::shared_ptr<token_source> source = std::make_shared<token_source>(
      TokenProvider([this]() -> awaitable<AccessToken> { return fetch(this); }), [this] { return now; });

  static awaitable<AccessToken> fetch(token_sources* test) {
    const std::string text = "token-" + std::to_string(++test->fetched);
    co_return AccessToken(Secret(text), test->now + 1h);
  }
  std::string ask() { return std::string(run(token_source::token(source)).reveal()); }
};

TEST_F(token_sources, keep_a_token_until_shortly_before_its_end) {
  EXPECT_EQ(ask(), "token-1");
  now += 1h - token_source::margin - 1s;
  EXPECT_EQ(ask(), "token-1");
  now += 1s;
  EXPECT_EQ(ask(), "token-2");
  EXPECT_EQ(ask(), "token-2");
}

TEST_F(token_sources, fetch_one_at_a_time_for_all_who_wait) {
  std::vector<awaitable<Secret>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(token_source::token(source));
  for (const Secret& each : run(gather(std::move(calls)))) EXPECT_EQ(each.reveal(), "token-1");
  EXPECT_EQ(fetched, 1);
}

TEST_F(token_sources, fetch_anew_what_was_refused_and_only_that) {
  EXPECT_EQ(ask(), "token-1");
  source->reject(Secret("token-0"));  // another call's, long replaced
  EXPECT_EQ(ask(), "token-1");
  source->reject(Secret("token-1"));
  EXPECT_EQ(ask(), "token-2");
}

TEST_F(token_sources, refuse_what_is_no_token) {
  const auto giving = [](const char* text) {
    return std::make_shared<token_source>(TokenProvider([text]() -> awaitable<AccessToken> {
      return [](const char* given) -> awaitable<AccessToken> {
        co_return AccessToken(Secret(given), system_time::max());
      }(text);
    }));
  };
  EXPECT_THROW(run(token_source::token(giving(""))), AuthenticationError);
  EXPECT_THROW(run(token_source::token(giving("canary\r\nx: y"))), ConfigError);
}

}  // namespace
}  // namespace corochain::models
