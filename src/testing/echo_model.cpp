// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/echo_model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "testing/chat_completion.hpp"
#include "testing/model_request.hpp"

// The chat model of a server without a script. It answers a request as the service would: the paths of Azure
// and of OpenAI, streamed or whole, and the service's own errors for requests that are wrong. Tests of the
// client can then compare the answer with the question.
namespace corochain::testing::detail {

namespace {

using json = nlohmann::json;

// The words, each with the blank before it, as models send them.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start + 1), text.size());
    words.push_back(text.substr(start, end - start));
    start = end;
  }
  return words;
}

}  // namespace

// The texts of the errors are those of the services, so that tests of error texts see real ones.
MockReply echo_reply(const RecordedRequest& request) {
  const auto name = deployment_in(request.target, "/chat/completions");
  if (!name || request.method != "POST") {
    return MockReply::error(
        404, "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment "
        "within the last 5 minutes, please wait a moment and try again.");
  }
  // Does not throw: a body that is no JSON gives a value that is no object.
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return MockReply::error(400, "BadRequest", "We could not parse the JSON body of your request.");
  }
  const json& messages = member(body, "messages");
  if (!messages.is_array()) {
    return MockReply::error(400, "BadRequest", "'messages' is a required property and must be a list.");
  }

  std::string question;
  std::size_t prompt_tokens = 0;
  for (const json& message : messages) {
    std::string text = text_of(message);
    prompt_tokens += token_count(text);
    // The last one counts: a conversation has several.
    if (member(message, "role") == "user") question = std::move(text);
  }
  const std::string model = model_of(*name, body);
  const std::string id = "chatcmpl-mock-" + std::to_string(request.index);
  if (member(body, "stream") == true) {
    const bool with_usage = member(member(body, "stream_options"), "include_usage") == true;
    return MockReply::events(
        chat_events(words_of("echo: " + question), model, id, prompt_tokens, with_usage));
  }
  MockReply reply;
  reply.body(chat_completion("echo: " + question, model, id, prompt_tokens));
  return reply;
}

}  // namespace corochain::testing::detail
