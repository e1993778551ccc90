// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connection_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>

namespace corochain::transport::connection_pool_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;

/// A pool that the test sweeps, at the times that the test chooses.
class ConnectionPool : public ::testing::Test {
 protected:
  asio::io_context loop;
  tcp::acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
  std::vector<tcp::socket> servers;
  connection_pool& pool = connection_pool::of(loop.get_executor());
  const endpoint_pool::clock::time_point start = endpoint_pool::clock::now();
  pool_limits limits;

  static std::shared_ptr<const endpoint> endpoint_at(int port) {
    const auto where = codec::parse_url("http://127.0.0.1:" + std::to_string(port), "test");
    return std::make_shared<endpoint>(where, TlsOptions());
  }
  std::unique_ptr<in_flight_call> visit(const endpoint& to) {
    return std::make_unique<in_flight_call>(pool.state(), to);
  }
  /// Opens a connection in the slot that an attempt gets.
  std::unique_ptr<connection> open(connection_request& attempt, std::shared_ptr<const endpoint> to) {
    lease given;
    EXPECT_FALSE(attempt.begin(true, given));
    tcp::socket plain(loop);
    plain.connect(acceptor.local_endpoint());
    const auto protocol = plain.local_endpoint().protocol();
    connection::socket_type socket(loop.get_executor(), protocol, plain.release());
    servers.push_back(acceptor.accept());
    given.slot->connected(false, false);
    return std::make_unique<connection>(std::move(socket), std::move(to), std::move(given.slot));
  }
  bool closed(tcp::socket& server) {
    server.non_blocking(true);
    char byte;
    boost::system::error_code error;
    server.read_some(asio::buffer(&byte, 1), error);
    return error != asio::error::would_block;
  }
  /// Returns how many endpoints are known after all were unused for this long.
  std::size_t known_after(endpoint_pool::clock::duration time) {
    pool.state()->sweep(start + time);
    return pool.snapshot().size();
  }
};

TEST_F(ConnectionPool, forgets_endpoints_that_nobody_uses) {
  for (int port = 1; port <= 1000; ++port) {
    const auto to = endpoint_at(port);
    visit(*to)->count_retry();
    pool.request(*to, limits);
  }
  EXPECT_EQ(known_after(10s), 1000u);
  EXPECT_EQ(known_after(10s + connection_pool::memory - 1s), 1000u);
  EXPECT_EQ(pool.snapshot().front().retries, 1u);
  EXPECT_EQ(known_after(10s + connection_pool::memory), 0u);
  visit(*endpoint_at(1));
  ASSERT_EQ(pool.snapshot().size(), 1u);
  EXPECT_EQ(pool.snapshot().front().retries, 0u);
}

TEST_F(ConnectionPool, keeps_the_counts_of_a_name_that_is_still_in_use) {
  const auto where = codec::parse_url("http://127.0.0.1:1", "test");
  proxy_endpoint proxy;
  proxy.key = "one";
  const endpoint direct(where, TlsOptions()), by_proxy(where, TlsOptions(), proxy);
  auto call = visit(direct);
  call->count_retry();
  for (int i = 1; i <= 3; ++i) {
    visit(by_proxy)->count_pause();
    EXPECT_EQ(known_after(i * 24h), 2u + (i > 1 ? 1u : 0u));
    EXPECT_EQ(known_after(i * 24h + 1h), 2u) << "one in use, and the sum of those forgotten";
    std::uint64_t retries = 0, pauses = 0;
    for (const endpoint_counts& each : pool.snapshot()) {
      EXPECT_EQ(each.name, direct.name);
      retries += each.retries;
      pauses += each.pauses;
    }
    EXPECT_EQ(retries, 1u);
    EXPECT_EQ(pauses, static_cast<std::uint64_t>(i));
  }
  call = nullptr;
  known_after(200h);
  EXPECT_EQ(known_after(300h), 0u);
}

TEST_F(ConnectionPool, remembers_an_endpoint_that_a_call_is_at) {
  const auto to = endpoint_at(1);
  auto call = visit(*to);
  EXPECT_EQ(known_after(1h), 1u);
  EXPECT_EQ(known_after(2h), 1u);
  auto attempt = pool.request(*to, limits);
  call = nullptr;
  EXPECT_EQ(known_after(3h), 1u);
  EXPECT_EQ(known_after(4h), 1u);
  lease place;
  EXPECT_FALSE(attempt->begin(true, place));
  attempt = nullptr;
  EXPECT_EQ(known_after(5h), 1u);
  EXPECT_EQ(known_after(6h), 1u);
  place = lease();
  EXPECT_EQ(known_after(7h), 1u) << "its time begins when it is seen without a use";
  EXPECT_EQ(known_after(8h), 0u);
}

TEST_F(ConnectionPool, remembers_an_endpoint_from_its_last_call_on) {
  const auto to = endpoint_at(1);
  visit(*to);
  EXPECT_EQ(known_after(1h), 1u);
  visit(*to);  // too short for a sweep to notice
  EXPECT_EQ(known_after(1h + 11min), 1u);
  EXPECT_EQ(known_after(1h + 22min), 0u);
}

TEST_F(ConnectionPool, remembers_an_endpoint_while_a_connection_is_kept) {
  limits.idle_timeout = 3h;
  limits.max_age = 24h;
  const auto to = endpoint_at(1);
  auto attempt = pool.request(*to, limits);
  attempt->give_back(open(*attempt, to));
  attempt = nullptr;
  EXPECT_EQ(known_after(1h), 1u);
  EXPECT_EQ(known_after(2h), 1u);
  EXPECT_EQ(pool.snapshot().front().connections.idle, 1u);
  EXPECT_EQ(known_after(4h), 1u);
  EXPECT_EQ(pool.snapshot().front().connections.open, 0u);
  EXPECT_EQ(known_after(5h), 0u);
}

TEST_F(ConnectionPool, adds_up_the_counts_of_forgotten_endpoints) {
  const auto where = codec::parse_url("http://127.0.0.1:1", "test");
  proxy_endpoint proxy;
  proxy.key = "one";
  const endpoint direct(where, TlsOptions()), by_proxy(where, TlsOptions(), proxy);
  const auto call = visit(direct);
  for (int i = 1; i <= 3; ++i) {
    {
      const auto other = visit(by_proxy);
      other->count_retry();
      other->count_pause();
      const auto attempt = other->request(limits);
      for (const bool resumed : {false, true}) {
        lease given;
        EXPECT_FALSE(attempt->begin(true, given));
        given.slot->connected(true, resumed);
      }
    }
    known_after(i * 24h);
    ASSERT_EQ(known_after(i * 24h + 1h), 2u) << "one in use, and the sum of those forgotten";
    endpoint_counts sum;
    for (const endpoint_counts& each : pool.snapshot()) {
      sum.connections.opened += each.connections.opened;
      sum.connections.full_handshakes += each.connections.full_handshakes;
      sum.connections.resumed_handshakes += each.connections.resumed_handshakes;
      sum.retries += each.retries;
      sum.pauses += each.pauses;
    }
    const auto times = static_cast<std::size_t>(i);
    EXPECT_EQ(sum.connections.opened, 2 * times);
    EXPECT_EQ(sum.connections.full_handshakes, times);
    EXPECT_EQ(sum.connections.resumed_handshakes, times);
    EXPECT_EQ(sum.retries, times);
    EXPECT_EQ(sum.pauses, times);
  }
}

TEST_F(ConnectionPool, keeps_nothing_of_a_call_that_outlives_a_drain) {
  const auto to = endpoint_at(1);
  const auto call = visit(*to);
  const auto attempt = call->request(limits);
  auto first = open(*attempt, to), second = open(*attempt, to);
  std::optional<std::size_t> left;
  asio::co_spawn(loop, connection_pool::drain(pool.state(), std::chrono::steady_clock::now()),
                 [&](std::exception_ptr, std::size_t count) { left = count; });
  loop.run();
  EXPECT_EQ(left, 1u);
  attempt->give_back(std::move(first));
  EXPECT_EQ(pool.snapshot().at(0).connections.open, 1u);
  EXPECT_TRUE(closed(servers[0]));
  pool.resume();
  attempt->give_back(std::move(second));
  EXPECT_EQ(pool.snapshot().at(0).connections.idle, 1u);
}

TEST_F(ConnectionPool, closes_idle_ones_at_the_end_of_a_drain) {
  const auto to = endpoint_at(1);
  {
    const auto call = visit(*to);
    const auto attempt = call->request(limits);
    attempt->give_back(open(*attempt, to));
  }
  EXPECT_EQ(pool.snapshot().at(0).connections.idle, 1u);
  std::optional<std::size_t> left;
  asio::co_spawn(loop, connection_pool::drain(pool.state(), std::chrono::steady_clock::now() + 1h),
                 [&](std::exception_ptr, std::size_t count) { left = count; });
  loop.poll();
  EXPECT_EQ(left, 0u) << "no call is in flight";
  EXPECT_TRUE(closed(servers[0]));
  EXPECT_EQ(pool.snapshot().at(0).connections.open, 0u);
}

TEST_F(ConnectionPool, keeps_nothing_once_its_context_is_gone) {
  std::shared_ptr<pool_state> left_behind;
  {
    asio::io_context gone;
    left_behind = connection_pool::of(gone.get_executor()).state();
  }
  const auto to = endpoint_at(1);
  const in_flight_call call(left_behind, *to);
  const auto attempt = call.request(limits);
  attempt->give_back(open(*attempt, to));
  EXPECT_TRUE(closed(servers[0]));
}

}  // namespace
}  // namespace corochain::transport::connection_pool_test
