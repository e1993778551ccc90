// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "codec/http/url.hpp"

// Azure's addresses, old and new. `models/azure_settings` reads the endpoint once for each model and makes
// the request target from it.
namespace corochain::codec {

/// The parts of an Azure OpenAI endpoint, as people copy it from a portal or a colleague.
struct azure_address {
  azure_address() = default;

  /// The path in front of `/openai`, without slashes at its end: a gateway's, else empty.
  std::string path;
  /// The path goes on with `/openai/v1`.
  bool names_v1 = false;
  /// The deployment of a target URI, decoded.
  std::string deployment;
  /// From a target URI's query, decoded. Beside a v1 path only `preview` and `latest` are kept.
  std::string api_version;
  /// The operation of a target URI: "/chat/completions" or the like.
  std::string operation;
};

/// Parses an endpoint. Throws a `ConfigError` that names `option_name` and the right form for the addresses
/// of other APIs (`/models`, `/api/projects`), for calls that do not lie below `/openai`, and for query
/// parameters other than `api-version`.
azure_address read_azure_address(const url& endpoint, std::string_view option_name);

/// Whether a version is one of Azure's v1 API, where the deployment goes into the body as `model`: empty,
/// "v1", "preview" or "latest".
bool is_azure_v1(std::string_view api_version) noexcept;

/// Whether calls go to the v1 API. A path `/openai/v1` takes precedence over a version.
bool azure_uses_v1(const azure_address& address, std::string_view api_version) noexcept;

/// Returns the request target of a call on Azure. `operation` is "/chat/completions" or the like:
/// `{path}/openai/deployments/{deployment}{operation}?api-version={version}`, or for v1
/// `{path}/openai/v1{operation}`. The deployment and the version of the address itself are ignored. Throws a
/// `ConfigError` for an empty deployment, for control bytes, and for an address that names a deployment for
/// another operation.
std::string azure_target(const azure_address& address, std::string_view deployment,
                         std::string_view api_version, std::string_view operation);

}  // namespace corochain::codec
