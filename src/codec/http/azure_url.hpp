// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "codec/http/url.hpp"

namespace corochain::codec {

/// An endpoint of Azure OpenAI, as people copy it from a portal or a colleague, taken apart.
struct azure_address {
  azure_address();

  std::string path;        ///< in front of `/openai`, without slashes at its end: a gateway's, else empty
  bool names_v1 = false;   ///< the path goes on with `/openai/v1`
  std::string deployment;  ///< of a target URI, decoded
  std::string
      api_version;  ///< of a target URI's query, decoded; not of one whose path names the v1 API but that of a
                    ///< preview
  std::string operation;  ///< of a target URI: "/chat/completions" or the like
};

/// Takes an endpoint apart. A `ConfigError` that names `option_name` and tells the right form refuses the addresses of
/// other APIs (`/models`, `/api/projects`), calls that lie not below `/openai`, and query parameters other than
/// `api-version`.
azure_address read_azure_address(const url& endpoint, std::string_view option_name);

/// Whether a version is one of Azure's v1 API, where the deployment goes into the body as `model`: empty, "v1",
/// "preview" or "latest".
bool is_azure_v1(std::string_view api_version) noexcept;

/// Whether calls go to the v1 API. A path `/openai/v1` says more than a version.
bool azure_uses_v1(const azure_address& address, std::string_view api_version) noexcept;

/// The request target of a call on Azure, where `operation` is "/chat/completions" or the like:
/// `{path}/openai/deployments/{deployment}{operation}?api-version={version}`, or for v1 `{path}/openai/v1{operation}`.
/// The deployment and the version of the address itself are passed over. A `ConfigError` for an empty deployment, for
/// control bytes, and for an address that names a deployment for another operation.
std::string azure_target(const azure_address& address, std::string_view deployment,
                         std::string_view api_version, std::string_view operation);

/// The request target of a call under a base URL, such as `https://api.openai.com/v1`: `{path}{operation}` and the
/// query, if any; a path that ends so already is used as it is.
std::string target_below(const url& base, std::string_view operation);

inline std::string chat_target(const url& base) { return target_below(base, "/chat/completions"); }

}  // namespace corochain::codec
