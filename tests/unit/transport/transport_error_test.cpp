// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/transport_error.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

namespace corochain::transport::transport_error_test {
namespace {
namespace asio = boost::asio;

/// The error of a look-up of "model.example".
ErrorDetails lookup_error(const boost::system::error_code& cause) {
  const endpoint to(codec::parse_url("https://model.example", "test"), TlsOptions());
  try {
    throw_lookup_error(to, cause);
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.problem(), ConnectProblem::dns);
    EXPECT_NE(std::string(error.what()).find("'model.example'"), std::string::npos) << error.what();
    return error.details();
  }
}

TEST(transport_error, a_name_that_does_not_exist_will_not_soon) {
  EXPECT_FALSE(lookup_error(asio::error::host_not_found).retryable);
  EXPECT_TRUE(lookup_error(asio::error::host_not_found_try_again).retryable);
  EXPECT_TRUE(lookup_error(asio::error::no_recovery).retryable);
}

}  // namespace
}  // namespace corochain::transport::transport_error_test
