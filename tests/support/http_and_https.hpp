// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include "support/mock_chain.hpp"

namespace corochain::test {

/// Everything goes over HTTP and over HTTPS: the parameter says whether over TLS.
class http_and_https : public ::testing::TestWithParam<bool> {
 protected:
  testing::MockServer server{with_tls(GetParam())};
};

inline std::string scheme_of(const ::testing::TestParamInfo<bool>& which) {
  return which.param ? "https" : "http";
}

}  // namespace corochain::test
