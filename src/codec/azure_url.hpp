// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "codec/url.hpp"

namespace corochain::codec {

/// Whether Azure's v1 surface is meant, where the deployment goes into the body as `model`: an empty
/// `api_version`, "v1", "preview" or "latest".
bool azure_uses_v1(std::string_view api_version) noexcept;

/// The same of a call to `endpoint`: a path that ends in `/openai/v1`, with or without the `operation`, says more than a
/// version, which the environment may have for another resource.
bool azure_uses_v1(const url& endpoint, std::string_view api_version, std::string_view operation) noexcept;

/// The request target of a call on Azure, where `operation` is "/chat/completions" or the like:
/// `{path}/openai/deployments/{deployment}{operation}?api-version={version}`, or for v1 `{path}/openai/v1{operation}`.
/// The endpoint's path is kept without trailing slashes, for gateways.
/// A `ConfigError` for an empty deployment, for control bytes, and for an endpoint that is already the whole
/// address of a call, as the portal shows it.
std::string azure_target(const url& endpoint, std::string_view deployment, std::string_view api_version,
                         std::string_view operation);

/// The request target of a call under a base URL, such as `https://api.openai.com/v1`: `{path}{operation}` and the
/// query, if any; a path that ends so already is used as it is.
std::string target_below(const url& base, std::string_view operation);

inline std::string azure_chat_target(const url& endpoint, std::string_view deployment,
                                     std::string_view api_version) {
  return azure_target(endpoint, deployment, api_version, "/chat/completions");
}
inline std::string chat_target(const url& base) { return target_below(base, "/chat/completions"); }

}  // namespace corochain::codec
