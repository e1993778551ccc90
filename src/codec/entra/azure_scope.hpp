// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string_view>

// The facts about Azure's clouds. `models/azure_settings` finds the cloud of an endpoint, and
// `models/entra_credentials` and `models/managed_identity` ask that cloud's authority for a token of the
// right scope.
namespace corochain::codec {

/// The clouds of Azure that have identity services of their own. `common` is the public one.
enum class azure_cloud { common, us_government, china };

/// Returns the cloud of a host, which may be a resource's, a token authority's or that of a scope. Empty if
/// the name does not tell.
std::optional<azure_cloud> cloud_of_host(std::string_view host) noexcept;
/// Does the same for a URL, whose scheme may be missing.
std::optional<azure_cloud> cloud_of_url(std::string_view text) noexcept;

/// Whether a host is an endpoint of Foundry: `*.services.ai.azure.com` and its counterparts.
bool is_foundry_host(std::string_view host) noexcept;

/// The scope of the v1 API and of Foundry: `https://ai.azure.com/.default` and its counterparts.
std::string_view foundry_scope(azure_cloud cloud) noexcept;
/// The scope of dated versions: `https://cognitiveservices.azure.com/.default` and its counterparts.
std::string_view cognitive_services_scope(azure_cloud cloud) noexcept;
/// Returns the counterpart of one of these scopes in another cloud. Any other scope stays as it is.
std::string_view scope_in(azure_cloud cloud, std::string_view scope) noexcept;

/// The authority that issues tokens: `https://login.microsoftonline.com` and its counterparts.
std::string_view token_authority(azure_cloud cloud) noexcept;

/// Returns the resource of a scope in the form of managed identity endpoints: without `/.default`.
std::string_view resource_of(std::string_view scope) noexcept;

}  // namespace corochain::codec
