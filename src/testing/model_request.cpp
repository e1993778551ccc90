// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/model_request.hpp"

#include <nlohmann/json.hpp>

// The paths of the services: "/v1/..." of OpenAI, "/openai/v1/..." and "/openai/deployments/NAME/..." of
// Azure. The query, which has the api-version, is not looked at.
namespace corochain::testing::detail {

std::optional<std::string_view> deployment_in(std::string_view target, std::string_view operation) {
  std::string_view path = target.substr(0, target.find('?'));
  if (!path.ends_with(operation)) return std::nullopt;
  path.remove_suffix(operation.size());
  if (path == "/v1" || path == "/openai/v1") return std::string_view();

  constexpr std::string_view before = "/openai/deployments/";
  if (!path.starts_with(before)) return std::nullopt;
  path.remove_prefix(before.size());
  // A name with a slash would be another path of the service.
  if (path.empty() || path.find('/') != std::string_view::npos) return std::nullopt;
  return path;
}

const nlohmann::json& member(const nlohmann::json& object, const char* name) {
  // One null for all callers, since the result is a reference.
  static const nlohmann::json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_of(const nlohmann::json& message) {
  const nlohmann::json& content = member(message, "content");
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const nlohmann::json& part : content) {
    const nlohmann::json& chunk = member(part, "text");
    if (chunk.is_string()) text += chunk.get_ref<const std::string&>();
  }
  return text;
}

std::string model_of(std::string_view deployment, const nlohmann::json& body) {
  if (!deployment.empty()) return std::string(deployment);
  const nlohmann::json& model = member(body, "model");
  return model.is_string() ? model.get<std::string>() : "mock-model";
}

}  // namespace corochain::testing::detail
