// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/entra/azure_scope.hpp"

#include "codec/ascii.hpp"
#include "codec/http/url.hpp"

// The names are those of Microsoft's documentation of its national clouds. A new cloud is a line in `clouds`
// and its lines in `domains`.
namespace corochain::codec {
namespace {

/// In the order of `azure_cloud`.
struct cloud_facts {
  std::string_view foundry_scope, cognitive_services_scope, authority, foundry_hosts;
};
constexpr cloud_facts clouds[] = {
    {"https://ai.azure.com/.default", "https://cognitiveservices.azure.com/.default",
     "https://login.microsoftonline.com", ".services.ai.azure.com"},
    {"https://ai.azure.us/.default", "https://cognitiveservices.azure.us/.default",
     "https://login.microsoftonline.us", ".services.ai.azure.us"},
    {"https://ai.azure.cn/.default", "https://cognitiveservices.azure.cn/.default",
     "https://login.chinacloudapi.cn", ".services.ai.azure.cn"},
};

constexpr const cloud_facts& facts_of(azure_cloud cloud) noexcept {
  return clouds[static_cast<std::size_t>(cloud)];
}

/// Domains of resources (also behind API Management), authorities and scopes.
struct cloud_domain {
  std::string_view name;
  azure_cloud cloud;
};
constexpr cloud_domain domains[] = {
    {"azure.com", azure_cloud::common},
    {"azure-api.net", azure_cloud::common},
    {"microsoft.com", azure_cloud::common},
    {"microsoftonline.com", azure_cloud::common},
    {"azure.us", azure_cloud::us_government},
    {"azure-api.us", azure_cloud::us_government},
    {"microsoft.us", azure_cloud::us_government},
    {"microsoftonline.us", azure_cloud::us_government},
    {"azure.cn", azure_cloud::china},
    {"azure-api.cn", azure_cloud::china},
    {"chinacloudapi.cn", azure_cloud::china},
    {"microsoftonline.cn", azure_cloud::china},
};

/// A name may be written with the dot of the root of the name system.
std::string_view without_final_dot(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

}  // namespace

std::optional<azure_cloud> cloud_of_host(std::string_view host) noexcept {
  for (const cloud_domain& each : domains)
    if (is_in_domain(without_final_dot(host), each.name)) return each.cloud;
  return std::nullopt;
}

std::optional<azure_cloud> cloud_of_url(std::string_view text) noexcept {
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  // The host ends at a port, a path or a query.
  return cloud_of_host(text.substr(0, text.find_first_of(":/?")));
}

bool is_foundry_host(std::string_view host) noexcept {
  for (const cloud_facts& each : clouds)
    if (ends_with_ignoring_case(without_final_dot(host), each.foundry_hosts)) return true;
  return false;
}

std::string_view foundry_scope(azure_cloud cloud) noexcept { return facts_of(cloud).foundry_scope; }

std::string_view cognitive_services_scope(azure_cloud cloud) noexcept {
  return facts_of(cloud).cognitive_services_scope;
}

std::string_view scope_in(azure_cloud cloud, std::string_view scope) noexcept {
  for (const cloud_facts& each : clouds) {
    if (scope == each.foundry_scope) return foundry_scope(cloud);
    if (scope == each.cognitive_services_scope) return cognitive_services_scope(cloud);
  }
  return scope;
}

std::string_view token_authority(azure_cloud cloud) noexcept { return facts_of(cloud).authority; }

std::string_view resource_of(std::string_view scope) noexcept {
  // "/.default" means all permissions that were granted. Managed identity endpoints take the resource alone.
  constexpr std::string_view all = "/.default";
  if (scope.ends_with(all)) scope.remove_suffix(all.size());
  return scope;
}

}  // namespace corochain::codec
