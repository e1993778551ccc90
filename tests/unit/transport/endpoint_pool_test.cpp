// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/endpoint_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <random>

namespace corochain::transport::endpoint_pool_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;

/// A pool whose connections are pairs of sockets on loopback. Nothing waits and no loop runs.
class EndpointPool : public ::testing::Test {
 protected:
  asio::io_context loop;
  tcp::acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
  std::shared_ptr<const endpoint> to =
      std::make_shared<endpoint>(codec::parse_url("http://127.0.0.1:1", "test"), TlsOptions());
  std::vector<tcp::socket> servers;  // the other ends, in the order in which they were opened
  std::shared_ptr<endpoint_pool> tested = std::make_shared<endpoint_pool>();
  const endpoint_pool::clock::time_point now = endpoint_pool::clock::now();
  pool_limits limits;

  ~EndpointPool() override { tested->close(); }  // an idle connection holds its pool

  /// Opens a connection in the slot that was given.
  std::unique_ptr<connection> open(lease given) {
    EXPECT_TRUE(given.slot);
    tcp::socket plain(loop);
    plain.connect(acceptor.local_endpoint());
    const auto protocol = plain.local_endpoint().protocol();
    connection::socket_type socket(loop.get_executor(), protocol, plain.release());
    servers.push_back(acceptor.accept());
    given.slot->connected(false, false);
    return std::make_unique<connection>(std::move(socket), to, std::move(given.slot));
  }
  lease ask(bool fresh = false, std::uint64_t turn = 1, endpoint_pool::clock::duration after = 0s) {
    lease given;
    const auto wait = tested->request(limits, fresh, turn, now + after, given);
    EXPECT_EQ(wait == nullptr, static_cast<bool>(given));
    return given;
  }
  std::shared_ptr<connection_waiter> wait_for_one(bool fresh = false) {
    lease given;
    auto wait = tested->request(limits, fresh, 1, now, given);
    EXPECT_FALSE(given);
    return wait;
  }
  void give(std::unique_ptr<connection> kept, std::uint64_t turn = 1,
            endpoint_pool::clock::duration after = 0s) {
    tested->give_back(std::move(kept), limits, turn, now + after);
  }
  bool closed(std::size_t server) {
    servers.at(server).non_blocking(true);
    char byte;
    boost::system::error_code error;
    servers[server].read_some(asio::buffer(&byte, 1), error);
    return error != asio::error::would_block;
  }
};

TEST_F(EndpointPool, the_one_used_last_is_given_first) {
  auto a = open(ask()), b = open(ask());
  const connection* const last = b.get();
  give(std::move(a));
  give(std::move(b));
  EXPECT_EQ(tested->counts().idle, 2u);
  const lease given = ask();
  EXPECT_EQ(given.kept.get(), last);
  EXPECT_EQ(tested->counts().open, 2u);
  EXPECT_EQ(tested->counts().opened, 2u);
}

TEST_F(EndpointPool, what_is_too_old_is_closed_when_somebody_asks) {
  limits.idle_timeout = 90s;
  give(open(ask()));
  EXPECT_TRUE(ask(false, 1, 89s).kept) << "not yet";
  give(open(ask()));
  EXPECT_TRUE(ask(false, 1, 90s).slot);
  EXPECT_TRUE(closed(1));
}

TEST_F(EndpointPool, the_servers_keep_alive_holds_less_a_second) {
  auto kept = open(ask());
  kept->keep_alive = 5s;
  give(std::move(kept));
  auto again = ask(false, 1, 3999ms);
  ASSERT_TRUE(again.kept);
  give(std::move(again.kept));
  EXPECT_FALSE(ask(false, 1, 4s).kept);
  kept = open(ask());
  kept->keep_alive = 1s;  // expires before it can be used
  give(std::move(kept));
  EXPECT_EQ(tested->counts().idle, 0u);
}

TEST_F(EndpointPool, at_its_maximum_age_it_is_not_kept) {
  limits.max_age = 600s;
  limits.idle_timeout = 10'000s;
  give(open(ask()), 1, 599s);
  EXPECT_EQ(tested->counts().idle, 1u);
  EXPECT_FALSE(ask(false, 1, 601s).kept);
  give(open(ask()), 1, 601s);
  EXPECT_EQ(tested->counts().idle, 0u);
}

TEST_F(EndpointPool, a_connection_with_stray_bytes_or_end_is_not_reused) {
  give(open(ask()));
  asio::write(servers[0], asio::buffer("HTTP/1.1 408 x\r\n\r\n", 18));
  EXPECT_TRUE(ask(false, 2).slot);
  EXPECT_TRUE(closed(0));
  give(open(ask()));
  servers.back().close();
  EXPECT_TRUE(ask(false, 2).slot);
  EXPECT_EQ(tested->counts().idle, 0u);
}

TEST_F(EndpointPool, the_limit_is_exact_and_waits_are_served_in_order) {
  limits.max_connections = 2;
  auto a = open(ask()), b = open(ask());
  const auto first = wait_for_one(), second = wait_for_one(), third = wait_for_one();
  EXPECT_EQ(tested->counts().waiting, 3u);
  EXPECT_EQ(tested->counts().open, 2u);
  const connection* const given = a.get();
  give(std::move(a));
  ASSERT_TRUE(first->event()->fired());
  EXPECT_FALSE(second->event()->fired());
  EXPECT_EQ(first->take().kept.get(), given);  // and is closed here: its slot goes to the next waiter
  ASSERT_TRUE(second->event()->fired());
  EXPECT_FALSE(third->event()->fired());
  lease place = second->take();
  EXPECT_TRUE(place.slot);
  EXPECT_EQ(tested->counts().open, 2u);
  b = nullptr;
  EXPECT_TRUE(third->event()->fired());
  EXPECT_EQ(tested->counts().waiting, 0u);
}

TEST_F(EndpointPool, nobody_overtakes_those_who_wait) {
  limits.max_connections = 1;
  auto only = open(ask());
  const auto first = wait_for_one();
  pool_limits wide;
  lease given;
  const auto second = tested->request(wide, false, 1, now, given);
  EXPECT_TRUE(second);
  only = nullptr;
  EXPECT_TRUE(first->event()->fired());
  EXPECT_TRUE(second->event()->fired());  // its own limits allow another one
}

TEST_F(EndpointPool, a_wait_that_was_given_up_takes_nothing_with_it) {
  limits.max_connections = 1;
  auto only = open(ask());
  auto destroyed = wait_for_one();
  const auto cancelled = wait_for_one(), served = wait_for_one();
  destroyed = nullptr;
  cancelled->event()->fire();
  EXPECT_EQ(tested->counts().waiting, 1u);
  give(std::move(only));
  EXPECT_TRUE(served->event()->fired());
  EXPECT_TRUE(served->take().kept);
  EXPECT_FALSE(cancelled->take());
}

TEST_F(EndpointPool, a_lease_that_nobody_took_comes_back) {
  limits.max_connections = 1;
  auto only = open(ask());
  auto served = wait_for_one();
  give(std::move(only));
  ASSERT_TRUE(served->event()->fired());
  EXPECT_EQ(tested->counts().open, 1u);
  served = nullptr;  // cancelled after it was served
  EXPECT_EQ(tested->counts().open, 0u);
  EXPECT_TRUE(ask().slot);
}

TEST_F(EndpointPool, a_fresh_one_takes_the_room_of_an_idle_one) {
  limits.max_connections = 1;
  give(open(ask()));
  const lease fresh = ask(true);
  EXPECT_TRUE(fresh.slot);
  EXPECT_TRUE(closed(0));
  EXPECT_EQ(tested->counts().open, 1u);
}

TEST_F(EndpointPool, a_new_one_replaces_the_least_recently_used) {
  limits.max_connections = 2;
  auto a = open(ask()), b = open(ask());
  give(std::move(a));
  give(std::move(b));
  EXPECT_TRUE(ask(true).slot);
  EXPECT_TRUE(closed(0));
  EXPECT_FALSE(closed(1));
}

TEST_F(EndpointPool, who_comes_behind_waits_that_are_gone_does_not_wait) {
  limits.max_connections = 1;
  const auto only = open(ask());
  auto destroyed = wait_for_one();
  const auto cancelled = wait_for_one();
  destroyed = nullptr;
  cancelled->event()->fire();
  limits.max_connections = 2;
  EXPECT_TRUE(ask().slot);
}

TEST_F(EndpointPool, so_many_handshakes_at_once_and_no_more) {
  limits.max_connecting = 1;
  lease opening = ask();
  const auto wait = wait_for_one();
  EXPECT_EQ(tested->counts().connecting, 1u);
  auto first = open(std::move(opening));
  EXPECT_TRUE(wait->event()->fired());
  lease failed = wait->take();
  const auto next = wait_for_one();
  failed.slot = nullptr;  // could not connect
  EXPECT_TRUE(next->event()->fired());
}

TEST_F(EndpointPool, no_more_than_the_idle_limit_are_kept) {
  limits.max_idle = 1;
  auto a = open(ask()), b = open(ask());
  give(std::move(a));
  give(std::move(b));
  EXPECT_EQ(tested->counts().idle, 1u);
  EXPECT_TRUE(closed(0));
  EXPECT_FALSE(closed(1));
  limits.max_idle = 0;
  give(ask().kept);
  EXPECT_EQ(tested->counts().open, 0u);
}

TEST_F(EndpointPool, sweeping_and_closing) {
  auto a = open(ask()), b = open(ask()), c = open(ask()), d = open(ask());
  give(std::move(a), 1, 0s);
  give(std::move(b), 1, 50s);
  give(std::move(c), 1, 60s);
  tested->sweep(now + 90s);
  EXPECT_TRUE(closed(0));
  EXPECT_EQ(tested->counts().idle, 2u);
  tested->keep_at_most(1);
  EXPECT_TRUE(closed(1));
  EXPECT_FALSE(closed(2));
  tested->close();
  EXPECT_TRUE(closed(2));
  give(std::move(d));
  EXPECT_TRUE(closed(3));
  EXPECT_EQ(tested->counts().open, 0u);
}

/// Random operations in random order: the limits hold, and at the end nothing is left.
TEST_F(EndpointPool, property_the_counts_are_true_and_the_limits_hold) {
  std::mt19937 random(5);
  limits.max_connections = 4;
  limits.max_connecting = 2;
  limits.max_idle = 2;
  std::vector<lease> places;
  std::vector<std::unique_ptr<connection>> used;
  std::vector<std::shared_ptr<connection_waiter>> waits;
  const auto take = [&](lease given) {
    if (given.kept) used.push_back(std::move(given.kept));
    if (given.slot) places.push_back(std::move(given));
  };
  const auto one_of = [&](auto& all) {
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(random() % all.size());
    auto taken = std::move(*at);
    all.erase(at);
    return taken;
  };
  for (int i = 0; i < 3000; ++i) {
    const auto at = now + std::chrono::milliseconds(i);
    switch (random() % 6) {
      case 0:
      case 1: {
        lease given;
        if (auto wait = tested->request(limits, random() % 8 == 0, random() % 2, at, given))
          waits.push_back(std::move(wait));
        take(std::move(given));
        break;
      }
      case 2:
        if (!places.empty()) used.push_back(open(one_of(places)));
        break;
      case 3:
        if (!used.empty()) tested->give_back(one_of(used), limits, random() % 2, at);
        break;
      case 4:
        if (!used.empty()) one_of(used);
        if (!places.empty()) one_of(places);
        break;
      case 5:
        if (!waits.empty()) one_of(waits);
        break;
    }
    for (const auto& wait : waits)
      if (wait->event()->fired()) take(wait->take());
    std::erase_if(waits, [](const auto& wait) { return wait->event()->fired(); });
    const connection_counts counts = tested->counts();
    ASSERT_LE(counts.open, 4u) << i;
    ASSERT_LE(counts.connecting, 2u) << i;
    ASSERT_LE(counts.idle, 2u) << i;
    ASSERT_EQ(counts.open, used.size() + places.size() + counts.idle) << i;
    ASSERT_EQ(counts.connecting, places.size()) << i;
    ASSERT_EQ(counts.waiting, waits.size()) << i;
    // No call waits while there is room. A fresh connection may take an idle one's slot.
    ASSERT_TRUE(waits.empty() || counts.open == 4 || counts.connecting == 2) << i;
    ASSERT_FALSE(!waits.empty() && !waits.front()->fresh() && counts.idle > 0) << i;
    if (servers.size() > 64) servers.erase(servers.begin(), servers.begin() + 32);
  }
  waits.clear();
  places.clear();
  used.clear();
  tested->close();
  EXPECT_EQ(tested->counts().open, 0u);
  EXPECT_EQ(tested->counts().connecting, 0u);
}

/// The executor of a context that is being destroyed: like a strand then, it destroys posted work at once.
struct gone_executor {
  asio::io_context* context;
  asio::io_context& query(asio::execution::context_t) const noexcept { return *context; }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  gone_executor require(asio::execution::blocking_t::never_t) const noexcept { return *this; }
  template <class F>
  void execute(F&& posted) const {
    [[maybe_unused]] const std::decay_t<F> destroyed(std::forward<F>(posted));
  }
  [[maybe_unused]] friend bool operator==(const gone_executor&, const gone_executor&) noexcept = default;
};

/// A waiting call as a coroutine frame holds it: its destructor abandons the wait.
struct waiting_call {
  std::shared_ptr<endpoint_pool> on;
  std::shared_ptr<connection_waiter> wait;
  ~waiting_call() {
    wait = nullptr;
    on->waiter_ended(endpoint_pool::clock::now());
  }
};
struct resume_call {
  using executor_type = gone_executor;
  executor_type get_executor() const noexcept { return {context}; }
  void operator()() const {}
  asio::io_context* context;
  std::unique_ptr<waiting_call> call;
};

/// Everything runs on one thread: a pool that held its lock meanwhile would wait for itself for ever.
TEST_F(EndpointPool, a_call_destroyed_when_served_returns_its_lease) {
  limits.max_connections = 1;
  auto only = open(ask());
  std::vector<std::weak_ptr<connection_waiter>> waits;
  for (int i = 0; i < 3; ++i) {
    auto call = std::make_unique<waiting_call>(waiting_call{tested, wait_for_one()});
    waits.push_back(call->wait);
    const auto event = call->wait->event();
    event->keep(detail::stored_handler(resume_call{&loop, std::move(call)}), loop);
  }
  const auto last = wait_for_one();
  // To the first waiter, which is destroyed with it; the slot goes to the next waiter, and so on.
  give(std::move(only));
  for (const auto& each : waits) EXPECT_TRUE(each.expired());
  EXPECT_TRUE(closed(0));
  ASSERT_TRUE(last->event()->fired());
  EXPECT_TRUE(last->take().slot);
  EXPECT_EQ(tested->counts().open, 0u);
  EXPECT_EQ(tested->counts().waiting, 0u);
}

TEST_F(EndpointPool, who_stands_behind_a_call_that_gives_up_goes_on) {
  auto busy = open(ask());
  limits.max_connections = 1;
  const auto strict = wait_for_one();
  limits.max_connections = 0;
  const auto relaxed = wait_for_one();  // not before its turn
  strict->event()->fire();
  EXPECT_FALSE(relaxed->event()->fired());
  tested->waiter_ended(now);
  EXPECT_TRUE(relaxed->event()->fired());
  EXPECT_TRUE(relaxed->take().slot);
}

}  // namespace
}  // namespace corochain::transport::endpoint_pool_test
