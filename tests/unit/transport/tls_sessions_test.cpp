// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_sessions.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace corochain::transport::tls_sessions_test {
namespace {

constexpr std::time_t now = 1'700'000'000;

/// A session that can be resumed for `seconds` from now on. Its number tells it from others.
session_ptr session_of(unsigned char number, long seconds = 300, int version = TLS1_3_VERSION,
                       bool resumable = true) {
  session_ptr made(SSL_SESSION_new());
  const unsigned char id[] = {number};
  EXPECT_EQ(SSL_SESSION_set1_id(made.get(), id, resumable ? sizeof id : 0), 1);
  SSL_SESSION_set_time(made.get(), static_cast<long>(now));
  EXPECT_EQ(SSL_SESSION_set_protocol_version(made.get(), version), 1);
  SSL_SESSION_set_timeout(made.get(), seconds);
  return made;
}

/// Returns the number of a session, or -1 for none.
int number_of(const session_ptr& session) {
  if (!session) return -1;
  unsigned size = 0;
  const unsigned char* id = SSL_SESSION_get_id(session.get(), &size);
  return size == 1 ? *id : -2;
}

TEST(tls_sessions, the_newest_comes_first_and_each_once) {
  tls_sessions sessions;
  EXPECT_EQ(number_of(sessions.take("a", now)), -1);
  for (unsigned char i = 1; i <= 3; ++i) sessions.put("a", session_of(i));
  sessions.put("b", session_of(9));
  EXPECT_EQ(number_of(sessions.take("a", now)), 3);
  EXPECT_EQ(number_of(sessions.take("a", now)), 2);
  EXPECT_EQ(number_of(sessions.take("a", now)), 1);
  EXPECT_EQ(number_of(sessions.take("a", now)), -1);
  EXPECT_EQ(number_of(sessions.take("b", now)), 9);
}

TEST(tls_sessions, what_has_expired_or_cannot_be_resumed_is_dropped) {
  tls_sessions sessions;
  sessions.put("a", session_of(1, 300));
  sessions.put("a", session_of(2, 100));
  sessions.put("a", session_of(3, 300, TLS1_3_VERSION, false));
  EXPECT_EQ(number_of(sessions.take("a", now + 99)), 2);
  sessions.put("a", session_of(2, 100));
  EXPECT_EQ(number_of(sessions.take("a", now + 100)), 1);
  EXPECT_EQ(number_of(sessions.take("a", now)), -1);
  sessions.put("a", session_of(4, 300));
  EXPECT_EQ(number_of(sessions.take("a", now + 300)), -1);
  EXPECT_EQ(number_of(sessions.take("a", now)), -1);
}

TEST(tls_sessions, one_of_tls_1_2_serves_until_it_expires) {
  tls_sessions sessions;
  sessions.put("a", session_of(1, 100, TLS1_2_VERSION));
  sessions.put("a", session_of(2, 200, TLS1_2_VERSION));
  const session_ptr first = sessions.take("a", now), second = sessions.take("a", now);
  EXPECT_EQ(number_of(first), 2);
  EXPECT_EQ(number_of(second), 2);
  EXPECT_NE(first.get(), second.get());
  EXPECT_EQ(number_of(sessions.take("a", now + 199)), 2);
  EXPECT_EQ(number_of(sessions.take("a", now + 200)), -1);
  EXPECT_EQ(number_of(sessions.take("a", now)), -1) << "the first one was replaced";
}

TEST(tls_sessions, the_oldest_go_at_the_limit) {
  tls_sessions sessions;
  sessions.put("a", session_of(1));
  for (std::size_t i = 0; i < tls_sessions::limit; ++i) sessions.put("a", session_of(2));
  for (std::size_t i = 0; i < tls_sessions::limit; ++i) ASSERT_EQ(number_of(sessions.take("a", now)), 2);
  EXPECT_EQ(number_of(sessions.take("a", now)), -1);
}

TEST(tls_sessions, threads_take_no_session_twice) {
  tls_sessions sessions;
  constexpr int each = 200;
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        sessions.put("a", session_of(1));
        if (sessions.take("a", now)) ++taken;
      }
    });
  for (auto& thread : threads) thread.join();
  while (sessions.take("a", now)) ++taken;
  EXPECT_EQ(taken, 4 * each);
}

}  // namespace
}  // namespace corochain::transport::tls_sessions_test
