// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/openai_settings.hpp"

#include "codec/http/url.hpp"
#include "corochain/core/error.hpp"

namespace corochain::models {

service_access openai_access(const OpenAIAccess& access, const char* options_name, const char* path,
                             const environment& variables) {
  const std::string name = options_name;
  const std::string base = or_variable(access.base_url, variables, "OPENAI_BASE_URL");
  service_access made;
  made.options_name = options_name;
  made.where = codec::parse_url(base.empty() ? "https://api.openai.com/v1" : base,
                                access.base_url.empty() ? "OPENAI_BASE_URL" : name + "::base_url");
  // A base URL has a path, such as /v1, which stays in front of the operation's.
  made.target = codec::target_below(made.where, path);
  // A server on the user's own machine often wants no key, so that none is an error for OpenAI's address
  // alone.
  if (!access.api_key.empty() && access.api_key_provider)
    throw ConfigError("both " + name + "::api_key and api_key_provider are set; set the one to be used");
  made.credential = {"Authorization", "Bearer ", access.api_key, key_source_of(access.api_key_provider)};
  const bool is_own = is_own_endpoint(access.base_url, variables, "OPENAI_BASE_URL");
  if (made.credential.secret.empty() && !made.credential.tokens && is_own) {
    made.credential.secret = secret_variable(variables, "OPENAI_API_KEY");
    if (made.credential.secret.empty() && base.empty())
      throw ConfigError("no credential: set " + name +
                        "::api_key or api_key_provider, or OPENAI_API_KEY in the environment");
  }
  const auto own = [&](const std::string& option, const char* variable) {
    return is_own ? or_variable(option, variables, variable) : option;
  };
  const std::string organization = own(access.organization, "OPENAI_ORG_ID");
  const std::string project = own(access.project, "OPENAI_PROJECT_ID");
  if (!organization.empty()) made.headers.add("OpenAI-Organization", organization);
  if (!project.empty()) made.headers.add("OpenAI-Project", project);
  return made;
}

chat_settings openai_settings(const OpenAIOptions& options, const environment& variables) {
  if (options.model.empty()) throw ConfigError("no model: set OpenAIOptions::model, such as gpt-4o-mini");
  service_access made = openai_access(options, "OpenAIOptions", "/chat/completions", variables);
  made.model = options.model;
  return make_chat_settings(options, std::move(made), chat_completions(options, options.model), "ChatOpenAI",
                            variables);
}

}  // namespace corochain::models
