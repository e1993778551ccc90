// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string_view>

namespace corochain::testing::detail {

// The deployment in the Azure path of an operation ("/chat/completions"). Returns "" for a path whose body
// names the model, and nothing for any other path.
std::optional<std::string_view> deployment_in(std::string_view target, std::string_view operation);

}  // namespace corochain::testing::detail
