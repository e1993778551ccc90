// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/embeddings_settings.hpp"

#include "codec/embeddings/openai_embeddings_protocol.hpp"
#include "corochain/core/error.hpp"
#include "models/azure_settings.hpp"
#include "models/openai_settings.hpp"

namespace corochain::models {
namespace {

constexpr const char* operation = "/embeddings";
// The largest number of texts that a service takes, Azure's and OpenAI's alike.
constexpr std::size_t most_texts = 2048;

/// Checks the options that all providers have in common. Errors name the provider's class of options, which
/// is the one that the user filled.
embeddings_settings make_settings(const EmbeddingsOptions& options, service_access access,
                                  const environment& variables) {
  const std::string name = access.options_name;
  if (options.dimensions && *options.dimensions < 1)
    throw ConfigError(name + "::dimensions must be at least 1");
  if (!options.encoding_format.empty() && options.encoding_format != "base64" &&
      options.encoding_format != "float")
    throw ConfigError(name + "::encoding_format must be base64, float or empty");
  if (options.chunk_size < 1 || options.chunk_size > most_texts)
    throw ConfigError(name + "::chunk_size must be from 1 to " + std::to_string(most_texts));
  if (options.max_tokens_per_request == 0)
    throw ConfigError(name + "::max_tokens_per_request must not be zero");

  codec::embedding_parameters parameters;
  parameters.model = access.model;
  parameters.dimensions = options.dimensions;
  parameters.encoding_format = options.encoding_format;
  parameters.user = options.user;
  parameters.extra_body = options.extra_body;
  // Azure and OpenAI speak the same language here; address and credential differ.
  auto protocol = std::make_shared<const codec::openai_embeddings_protocol>(parameters);
  access.protocol = protocol;
  return {.service = make_service(options, std::move(access), variables),
          .protocol = std::move(protocol),
          .max_texts = options.chunk_size,
          .max_tokens = options.max_tokens_per_request,
          .max_concurrency = options.max_concurrency,
          .skip_empty = options.skip_empty};
}

}  // namespace

embeddings_settings azure_embeddings_settings(const AzureOpenAIEmbeddingsOptions& options,
                                              const environment& variables) {
  static constexpr azure_operation embeddings = {"AzureOpenAIEmbeddingsOptions",
                                                 "AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT", operation};
  return make_settings(options, azure_access(options, embeddings, variables), variables);
}

embeddings_settings openai_embeddings_settings(const OpenAIEmbeddingsOptions& options,
                                               const environment& variables) {
  if (options.model.empty())
    throw ConfigError("no model: set OpenAIEmbeddingsOptions::model, such as text-embedding-3-small");
  service_access access = openai_access(options, "OpenAIEmbeddingsOptions", operation, variables);
  access.model = options.model;
  return make_settings(options, std::move(access), variables);
}

}  // namespace corochain::models
