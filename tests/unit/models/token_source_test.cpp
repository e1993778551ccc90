// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/token_source.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/concurrency/gather.hpp>
#include <corochain/concurrency/run.hpp>
#include <corochain/core/error.hpp>
#include <corochain/testing/virtual_time.hpp>

namespace corochain::models::token_source_test {
namespace {
using namespace std::chrono_literals;
using system_time = std::chrono::system_clock::time_point;

/// A source with a clock that only the test moves, and with tokens that live for an hour.
class token_sources : public ::testing::Test {
 protected:
  system_time now = system_time(1'000'000s);
  int fetched = 0;
  std::shared_ptr<token_source> source = std::make_shared<token_source>(
      [this]() -> awaitable<AccessToken> { return fetch(this); }, [this] { return now; });

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
    return std::make_shared<token_source>([text]() -> awaitable<AccessToken> {
      return [](const char* given) -> awaitable<AccessToken> {
        co_return AccessToken(Secret(given), system_time::max());
      }(text);
    });
  };
  EXPECT_THROW(run(token_source::token(giving(""))), AuthenticationError);
  EXPECT_THROW(run(token_source::token(giving("canary\r\nx: y"))), ConfigError);
}

/// A token endpoint that does not answer for half a minute, then fails.
class StalledTokens : public ::testing::Test {
 protected:
  testing::VirtualTime time;
  int begun = 0;
  std::shared_ptr<token_source> source =
      std::make_shared<token_source>([this]() -> awaitable<AccessToken> { return stall(this); });

  static awaitable<AccessToken> stall(StalledTokens* test) {
    const int number = ++test->begun;
    co_await test->time.sleep(30s);
    throw ServerError("failure " + std::to_string(number));
  }
  static awaitable<Secret> ask_after(StalledTokens* test, std::chrono::seconds wait) {
    co_await test->time.sleep(wait);
    Secret token = co_await token_source::token(test->source);
    co_return token;
  }
  static awaitable<Secret> give_up(StalledTokens* test) {
    co_await test->time.sleep(10s);
    throw PromptError("given up");
  }
  /// A call whose run cancels it after ten seconds.
  static awaitable<Secret> impatient(StalledTokens* test) {
    std::vector<awaitable<Secret>> two;
    two.push_back(token_source::token(test->source));
    two.push_back(give_up(test));
    const std::vector<Secret> never = co_await gather(std::move(two));
    co_return never.at(0);
  }
  std::vector<std::string> failures(std::vector<awaitable<Secret>> calls) {
    std::vector<std::string> texts;
    for (const auto& each : time.run(gather_results(std::move(calls))))
      texts.push_back(each ? "no failure" : each.error().message());
    return texts;
  }
};

TEST_F(StalledTokens, fail_all_who_wait_for_them_together) {
  std::vector<awaitable<Secret>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(ask_after(this, std::chrono::seconds(i)));
  EXPECT_EQ(failures(std::move(calls)), std::vector<std::string>(5, "failure 1"));
  EXPECT_EQ(time.now(), 30s);
  EXPECT_EQ(begun, 1);
}

TEST_F(StalledTokens, fail_nobody_who_comes_later) {
  std::vector<awaitable<Secret>> calls;
  for (const auto wait : {0s, 29s, 31s, 32s}) calls.push_back(ask_after(this, wait));
  EXPECT_EQ(failures(std::move(calls)),
            (std::vector<std::string>{"failure 1", "failure 1", "failure 2", "failure 2"}));
  EXPECT_EQ(time.now(), 61s);
}

TEST_F(StalledTokens, are_fetched_by_the_next_where_a_call_has_given_up) {
  std::vector<awaitable<Secret>> calls;
  calls.push_back(impatient(this));
  calls.push_back(ask_after(this, 1s));
  calls.push_back(ask_after(this, 2s));
  EXPECT_EQ(failures(std::move(calls)), (std::vector<std::string>{"given up", "failure 2", "failure 2"}));
  EXPECT_EQ(time.now(), 40s);
  EXPECT_EQ(begun, 2);
}

/// Calls on all threads of one context. Fetches fail and succeed alternately, and each token serves one call.
TEST(token_sources_of_a_pool, serve_everybody_once) {
  std::atomic<int> fetches{0}, at_once{0}, tokens{0}, failures{0};
  const auto fetch = [](std::atomic<int>* count, std::atomic<int>* now) -> awaitable<AccessToken> {
    EXPECT_EQ(++*now, 1) << "one fetch at a time";
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(here, 1ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
    const int number = ++*count;
    --*now;
    if (number % 2 == 1) throw ServerError("failure");
    co_return AccessToken(Secret("token-" + std::to_string(number)), system_time());
  };
  const auto source = std::make_shared<token_source>([&] { return fetch(&fetches, &at_once); });
  boost::asio::thread_pool pool(4);
  constexpr int calls = 200;
  for (int i = 0; i < calls; ++i)
    boost::asio::co_spawn(pool, token_source::token(source),
                          [&](std::exception_ptr error, const Secret&) { ++(error ? failures : tokens); });
  pool.join();
  EXPECT_EQ(tokens + failures, calls);
  EXPECT_EQ(tokens, fetches / 2);
  EXPECT_GE(failures, (fetches + 1) / 2);
}

/// A provider whose tokens hold the scope and the number of the fetch.
class TokensByScope : public ::testing::Test {
 protected:
  system_time now = system_time(1'000'000s);
  int fetched = 0;
  models::token_sources sources{
      TokenProvider::function([this](const TokenRequest& request) { return fetch(this, request); }),
      [this] { return now; }};

  static awaitable<AccessToken> fetch(TokensByScope* test, const TokenRequest& request) {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(here, 1ms);
    co_await timer.async_wait(boost::asio::use_awaitable);  // the request lives on
    const std::string text = request.scope + "#" + std::to_string(++test->fetched);
    co_return AccessToken(Secret(text), test->now + 1h);
  }
  std::string ask(const std::string& scope) {
    return std::string(run(token_source::token(sources.of(scope))).reveal());
  }
};

TEST_F(TokensByScope, are_kept_apart) {
  EXPECT_EQ(ask("one"), "one#1");
  EXPECT_EQ(ask("two"), "two#2");
  EXPECT_EQ(ask("one"), "one#1");
  EXPECT_EQ(ask("two"), "two#2");
  EXPECT_EQ(sources.of("one"), sources.of("one"));
}

TEST_F(TokensByScope, are_rejected_and_run_out_by_themselves) {
  EXPECT_EQ(ask("one"), "one#1");
  now += 30min;
  EXPECT_EQ(ask("two"), "two#2");
  sources.of("two")->reject(Secret("one#1"));  // another scope's
  sources.of("two")->reject(Secret("two#2"));
  EXPECT_EQ(ask("two"), "two#3");
  now += 25min;
  EXPECT_EQ(ask("one"), "one#4");
  EXPECT_EQ(ask("two"), "two#3");
}

TEST_F(TokensByScope, are_fetched_once_for_all_who_wait_for_one) {
  std::vector<awaitable<Secret>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(token_source::token(sources.of(i % 2 ? "one" : "two")));
  run(gather(std::move(calls)));
  EXPECT_EQ(fetched, 2);
}

/// A source of keys with a clock that only the test moves.
class Keys : public ::testing::Test {
 protected:
  system_time now = system_time(1'000'000s);
  int fetched = 0;

  std::shared_ptr<token_source> kept_for(KeyProvider::duration time) {
    return make_key_source([this] { return fetch(this); }, time, [this] { return now; });
  }
  static awaitable<Secret> fetch(Keys* test) { co_return Secret("key-" + std::to_string(++test->fetched)); }
  static std::string ask(const std::shared_ptr<token_source>& source) {
    return std::string(run(token_source::token(source)).reveal());
  }
};

TEST_F(Keys, are_kept_for_their_time) {
  const auto source = kept_for(1min);
  EXPECT_EQ(ask(source), "key-1");
  now += 59s;
  EXPECT_EQ(ask(source), "key-1");
  now += 1s;
  EXPECT_EQ(ask(source), "key-2");
  source->reject(Secret("key-1"));
  EXPECT_EQ(ask(source), "key-2");
  source->reject(Secret("key-2"));
  EXPECT_EQ(ask(source), "key-3");
}

TEST_F(Keys, are_fetched_each_time_where_none_is_kept) {
  for (const auto time : {0s, -5s}) {
    const auto source = kept_for(time);
    const int before = fetched;
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(ask(source), "key-" + std::to_string(before + i));
  }
}

TEST_F(Keys, are_kept_for_a_year_at_most) {
  const auto source = kept_for(KeyProvider::duration::max());
  EXPECT_EQ(ask(source), "key-1");
  now += 365 * 24h;
  EXPECT_EQ(ask(source), "key-1");
  now += 2 * 24h;
  EXPECT_EQ(ask(source), "key-2");
}

TEST_F(Keys, are_refused_by_their_name) {
  for (const char* text : {"", "canary\r\nx: y"}) {
    const auto source = make_key_source(
        [text] { return [](const char* given) -> awaitable<Secret> { co_return Secret(given); }(text); },
        1min);
    try {
      ask(source);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("key"), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace corochain::models::token_source_test
