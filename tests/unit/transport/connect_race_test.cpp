// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connect_race.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "support/full_listener.hpp"

namespace corochain::transport::connect_race_test {
namespace {
namespace asio = boost::asio;
using asio::ip::make_address;
using addresses = std::vector<asio::ip::address>;

TEST(in_turns, families_alternate_from_the_first_ones) {
  const auto ordered = [](std::initializer_list<const char*> texts) {
    addresses all;
    for (const char* text : texts) all.push_back(make_address(text));
    std::string said;
    for (const auto& each : in_turns(all)) said += each.to_string() + " ";
    return said;
  };
  EXPECT_EQ(ordered({"::1", "::2", "1.1.1.1", "::3", "2.2.2.2"}), "::1 1.1.1.1 ::2 2.2.2.2 ::3 ");
  EXPECT_EQ(ordered({"1.1.1.1", "2.2.2.2", "::1"}), "1.1.1.1 ::1 2.2.2.2 ");
  EXPECT_EQ(ordered({}), "");
}

class ConnectRace : public ::testing::Test {
 protected:
  asio::io_context loop;
  asio::ip::tcp::acceptor good{loop, {make_address("127.0.0.1"), 0}};

  std::shared_ptr<connect_race> race_to(addresses all) {
    return std::make_shared<connect_race>(loop.get_executor(), loop.get_executor(), std::move(all),
                                          good.local_endpoint().port());
  }
  boost::system::error_code run(const std::shared_ptr<connect_race>& race) {
    std::optional<boost::system::error_code> result;
    asio::co_spawn(loop, connect_race::run(race),
                   [&](std::exception_ptr, boost::system::error_code error) { result = error; });
    loop.restart();
    loop.run();
    return result.value();
  }
};

TEST_F(ConnectRace, a_refusal_starts_the_next_one_at_once) {
  const auto start = std::chrono::steady_clock::now();
  const auto race = race_to({make_address("127.0.0.2"), make_address("127.0.0.1")});
  EXPECT_FALSE(run(race));
  auto connected = race->take();
  EXPECT_EQ(connected.remote_endpoint().address(), make_address("127.0.0.1"));
  EXPECT_EQ(::fcntl(connected.native_handle(), F_GETFD), FD_CLOEXEC);
  EXPECT_LT(std::chrono::steady_clock::now() - start, connect_race::head_start);
}

TEST_F(ConnectRace, an_address_that_does_not_answer_is_overtaken) {
  const test::full_listener full("127.0.0.2", good.local_endpoint().port());
  const auto race = race_to({make_address("127.0.0.2"), make_address("127.0.0.1")});
  EXPECT_FALSE(run(race));
  EXPECT_EQ(race->take().remote_endpoint().address(), make_address("127.0.0.1"));
}

TEST_F(ConnectRace, when_all_fail_the_error_is_the_first_ones) {
  EXPECT_EQ(run(race_to({make_address("127.0.0.2"), make_address("127.0.0.3")})),
            asio::error::connection_refused);
  EXPECT_EQ(run(race_to({})), asio::error::host_not_found);
}

TEST_F(ConnectRace, when_all_fail_otherwise_the_first_error_counts) {
  const auto refuses = make_address("127.0.0.2"), unreachable = make_address("255.255.255.255");
  EXPECT_EQ(run(race_to({refuses, unreachable})), asio::error::connection_refused);
  const auto other = run(race_to({unreachable, refuses}));
  EXPECT_TRUE(other);
  EXPECT_NE(other, asio::error::connection_refused);
}

awaitable<void> note(std::shared_ptr<connect_race> race, std::optional<boost::system::error_code>& result) {
  const boost::system::error_code error = co_await connect_race::run(std::move(race));
  result = error;
}

TEST_F(ConnectRace, ends_as_aborted_after_any_number_of_handlers) {
  for (int handlers = 0; handlers < 100; ++handlers) {
    std::optional<boost::system::error_code> result;
    const auto race = race_to({make_address("127.0.0.1")});
    asio::co_spawn(loop, note(race, result), asio::detached);
    loop.restart();
    for (int i = 0; i < handlers && !result; ++i) loop.run_one();
    if (result) {
      EXPECT_FALSE(*result);
      EXPECT_GE(handlers, 3) << "the start, the connection, the end";
      return;
    }
    race->abort();
    loop.run();
    ASSERT_EQ(result, boost::system::error_code(asio::error::operation_aborted)) << handlers;
  }
  ADD_FAILURE() << "it never ended";
}

TEST_F(ConnectRace, aborted_it_ends_at_once) {
  const auto race = race_to({make_address("127.0.0.1")});
  asio::post(loop, [race] { race->abort(); });
  const auto error = run(race);
  EXPECT_TRUE(!error || error == asio::error::operation_aborted);
}

}  // namespace
}  // namespace corochain::transport::connect_race_test
