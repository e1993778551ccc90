// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "models/azure_settings.hpp"
#include "models/chat_step.hpp"
#include "support/mock_chain.hpp"
#include "support/run_on.hpp"
#include "transport/resolver.hpp"

namespace corochain::maximum_age_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockServer;
using transport::resolver;

/// A client of "model.test", a name of the mock server. The test's clock ages names.
class MaximumAge : public ::testing::Test {
 protected:
  MockServer server{test::plain_http()};
  asio::io_context loop;
  std::atomic<int> looked_up{0};
  std::atomic<resolver::clock::time_point> now{resolver::clock::now()};

  /// A model that does not use connections of this age.
  ChatModel model(std::chrono::seconds max_age) {
    auto options = test::options_for(server);
    options.azure_endpoint = "http://model.test:" + std::to_string(server.port());
    models::chat_settings settings =
        models::azure_settings(options, [](const char*) { return std::nullopt; });
    auto service = *settings.service;
    EXPECT_EQ(service.limits.pool.max_age, 10min);  // the default
    service.limits.pool.max_age = max_age;
    service.names = std::make_shared<resolver>(
        [this](const std::string& host) {
          EXPECT_EQ(host, "model.test");
          ++looked_up;
          return transport::lookup_result{{}, {asio::ip::address_v4::loopback()}};
        },
        [this] { return now.load(); });
    settings.service = std::make_shared<const models::service_settings>(std::move(service));
    return ChatModel(std::make_shared<models::chat_step>(std::move(settings)));
  }
  std::string ask(const ChatModel& asked) {
    AIMessage answer = test::run_on(loop, asked.ainvoke("q"));
    return answer.content;
  }
};

TEST_F(MaximumAge, a_connection_in_use_needs_no_look_up) {
  const ChatModel asked = model(10min);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(asked), "echo: q");
    now = now.load() + 5min;
  }
  EXPECT_EQ(looked_up, 1);
  EXPECT_EQ(server.connections_accepted(), 1u);
}

TEST_F(MaximumAge, the_next_connection_looks_the_name_up_again) {
  const ChatModel asked = model(0s);  // each is at its maximum age when its call is over
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(ask(asked), "echo: q");
    EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
    EXPECT_EQ(looked_up, i);
    EXPECT_EQ(server.connections_accepted(), static_cast<std::size_t>(i));
    now = now.load() + 1min;  // the shortest age that can be set: what was found is not older
  }
}

/// Connections are kept for a minute at least, and names for a minute at most. So the look-up is always fresh
/// when a connection is too old.
TEST_F(MaximumAge, a_look_up_is_shared_for_a_minute) {
  const ChatModel asked = model(0s);
  EXPECT_EQ(ask(asked), "echo: q");
  now = now.load() + 59s;
  EXPECT_EQ(ask(asked), "echo: q");
  EXPECT_EQ(looked_up, 1);
  EXPECT_EQ(server.connections_accepted(), 2u);
}

}  // namespace
}  // namespace corochain::maximum_age_test
