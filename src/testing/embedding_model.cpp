// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/embedding_model.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testing/chat_completion.hpp"
#include "testing/embedding_list.hpp"
#include "testing/model_request.hpp"

// The embedding model of a server without a script. It refuses what the service refuses, so that tests of
// batches see a client that sends too many texts.
namespace corochain::testing::detail {

namespace {

using json = nlohmann::json;

// The limits of text-embedding-3-large and of the service. The usual number is that of
// text-embedding-3-small.
constexpr std::size_t usual_dimensions = 1536;
constexpr std::size_t most_dimensions = 3072;
constexpr std::size_t most_texts = 2048;

MockReply refusal(const std::string& message) { return MockReply::error(400, "BadRequest", message); }

}  // namespace

std::optional<MockReply> embedding_reply(const RecordedRequest& request) {
  const auto deployment = deployment_in(request.target, "/embeddings");
  if (!deployment || request.method != "POST") return std::nullopt;
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return refusal("We could not parse the JSON body of your request.");

  const json& input = member(body, "input");
  if (!input.is_string() && (!input.is_array() || input.empty()))
    return refusal("'input' is a required property and must be a text or a list of texts.");
  // One text is answered as a list of one.
  const json texts = input.is_string() ? json::array({input}) : input;
  if (texts.size() > most_texts) return refusal("'input' has more than 2048 elements.");

  const json& dimensions = member(body, "dimensions");
  // A member of null is refused as well, unlike one that is missing.
  if (body.contains("dimensions") && (!dimensions.is_number_unsigned() || dimensions == 0))
    return refusal("'dimensions' must be a positive number.");
  const std::size_t size = dimensions.is_null() ? usual_dimensions : dimensions.get<std::size_t>();
  if (size > most_dimensions) return refusal("This model has at most 3072 dimensions.");

  std::vector<std::vector<float>> vectors;
  std::size_t tokens = 0;
  for (const json& text : texts) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty())
      return refusal("'input' has an element that is empty or no text.");
    vectors.push_back(vector_of(text.get_ref<const std::string&>(), size));
    tokens += token_count(text.get_ref<const std::string&>());
  }
  const bool base64 = member(body, "encoding_format") == "base64";
  MockReply reply;
  reply.body(embedding_list(vectors, base64, model_of(*deployment, body), tokens));
  return reply;
}

}  // namespace corochain::testing::detail
