// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/openai_settings.hpp"

#include "codec/azure_url.hpp"
#include "corochain/core/error.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

chat_settings openai_settings(const OpenAIOptions& options, const environment& variables) {
  if (options.model.empty()) throw ConfigError("no model: set OpenAIOptions::model, such as gpt-4o-mini");
  const std::string base = or_variable(options.base_url, variables, "OPENAI_BASE_URL");
  service_place place;
  place.options_name = "OpenAIOptions";
  place.where = codec::parse_url(base.empty() ? "https://api.openai.com/v1" : base,
                                 options.base_url.empty() ? "OPENAI_BASE_URL" : "OpenAIOptions::base_url");
  place.target = codec::chat_target(place.where);
  place.credential_header = "Authorization";
  place.credential_prefix = "Bearer ";
  place.credential = options.api_key;
  // The key of the environment is OpenAI's, or that of the server the environment names: it goes nowhere else.
  const bool base_is_explicit = !options.base_url.empty() && options.base_url != variables("OPENAI_BASE_URL");
  if (place.credential.empty() && !base_is_explicit) {
    auto key = variables("OPENAI_API_KEY");
    if (key) {
      place.credential = Secret(*key);
      wipe(*key);
    } else if (base.empty()) {
      throw ConfigError("no credential: set OpenAIOptions::api_key, or OPENAI_API_KEY in the environment");
    }
  }
  const std::string organization = or_variable(options.organization, variables, "OPENAI_ORG_ID");
  const std::string project = or_variable(options.project, variables, "OPENAI_PROJECT_ID");
  if (!organization.empty()) place.headers.add("OpenAI-Organization", organization);
  if (!project.empty()) place.headers.add("OpenAI-Project", project);
  place.stream_idle = options.stream_idle_timeout;
  return {make_service(options, std::move(place), variables),
          codec::chat_request_writer(chat_parameters_of(options, "OpenAIOptions", options.model)),
          options.streaming};
}

}  // namespace corochain::models
