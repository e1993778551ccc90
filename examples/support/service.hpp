// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "arguments.hpp"

namespace example {

/// A deployment that neither Azure nor the mock server has.
inline constexpr const char* missing_deployment = "no-such-deployment";

/// The service that the example asks: Azure OpenAI where the environment names it, else a mock server in this
/// process.
class Service {
 public:
  /// How long the mock server takes for a question.
  using Latency = std::function<std::chrono::milliseconds(const std::string& question)>;

  Service() {
    if (is_set("AZURE_OPENAI_ENDPOINT") &&
        (is_set("AZURE_OPENAI_API_KEY") || is_set("AZURE_OPENAI_AD_TOKEN"))) {
      description_ = std::string("Talking to Azure OpenAI at ") + std::getenv("AZURE_OPENAI_ENDPOINT");
      return;  // AzureChatOpenAI reads these variables by itself
    }
    server_ = std::make_unique<corochain::testing::MockServer>();
    description_ = "Talking to a mock server in this process at " + server_->endpoint() + why_not_azure();
    options_.azure_endpoint = server_->endpoint();
    options_.azure_deployment = "mock-model";
    options_.api_version = "2024-10-21";
    options_.api_key = "the mock server takes any key";
    options_.tls.ca_pem = server_->ca_pem();  // the server made this CA, and its certificate, just now
  }

  const std::string& description() const { return description_; }
  bool is_mock() const { return server_ != nullptr; }
  /// Checks what Azure needs beyond an endpoint and a key.
  void check_settings() const {
    if (!is_mock() && !is_set("AZURE_OPENAI_DEPLOYMENT"))
      throw UsageError(
          "AZURE_OPENAI_DEPLOYMENT is not set: set it to the name of your deployment, such as gpt-4o-mini");
  }
  corochain::AzureOptions options() const { return options_; }

  /// Azure takes the time it takes.
  void set_latency(Latency latency) {
    if (!server_) return;
    server_->respond_with([latency = std::move(latency)](const corochain::testing::RecordedRequest& request) {
      using corochain::testing::MockReply;
      if (request.target.find(missing_deployment) != std::string::npos)
        return MockReply::error(404, "DeploymentNotFound",
                                "The API deployment for this resource does not exist.");
      const std::string question = last_message(request.body);
      return MockReply::chat(answer_to(question)).latency(latency(question));
    });
  }

 private:
  static bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value && *value;
  }
  static const char* why_not_azure() {
    if (is_set("AZURE_OPENAI_ENDPOINT"))
      return " (AZURE_OPENAI_ENDPOINT is set, but neither AZURE_OPENAI_API_KEY nor AZURE_OPENAI_AD_TOKEN)";
    return " (set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY to ask Azure OpenAI)";
  }
  static std::string last_message(const std::string& request_body) {
    const auto body = nlohmann::json::parse(request_body);
    return body.at("messages").back().at("content").get<std::string>();
  }
  static std::string answer_to(const std::string& question) {
    if (question == "What is a coroutine?")
      return "A function that can pause and go on later without holding a thread.";
    if (question == "What does an event loop do?")
      return "It waits for many things at once and runs what is ready.";
    if (question == "What is a deadline good for?")
      return "It bounds how long a caller waits, whatever goes wrong.";
    if (question == "Why keep connections open?")
      return "It spares the next request a TCP and a TLS handshake.";
    return "You asked: " + question;
  }

  std::unique_ptr<corochain::testing::MockServer> server_;  // none when it is Azure
  corochain::AzureOptions options_;
  std::string description_;
};

}  // namespace example
