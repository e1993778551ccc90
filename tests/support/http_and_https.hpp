// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include "support/mock_chain.hpp"

namespace corochain::test {

/// Runs each test over HTTP and over HTTPS. The parameter selects TLS.
class http_and_https : public ::testing::TestWithParam<bool> {
 protected:
  testing::MockServer server{with_tls(GetParam())};
};

inline std::string scheme_of(const ::testing::TestParamInfo<bool>& which) {
  return which.param ? "https" : "http";
}

}  // namespace corochain::test
