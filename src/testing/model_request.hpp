// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace corochain::testing::detail {

// The mock models read path and body of a request before they answer it. Bodies come from the code
// under test, so every member may be missing or have a wrong type. None of these functions throws for that.

// The deployment in the Azure path of an operation ("/chat/completions"). Returns "" for a path whose body
// names the model, and nothing for any other path.
std::optional<std::string_view> deployment_in(std::string_view target, std::string_view operation);

// The member of that name. Null if there is none or if `object` is no object. The reference is valid as long
// as `object` is.
const nlohmann::json& member(const nlohmann::json& object, const char* name);

// The text of a message in a request, from one string or from a list of parts.
std::string text_of(const nlohmann::json& message);

// The name of the model that answers, for the answer's field `model`: the deployment of the path if it is not
// empty, else the model that the body names, else "mock-model".
std::string model_of(std::string_view deployment, const nlohmann::json& body);

}  // namespace corochain::testing::detail
