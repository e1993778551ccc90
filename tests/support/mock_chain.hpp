// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <string>

namespace corochain::test {

/// Options that reach a mock server and need nothing of the environment.
inline AzureOptions options_for(const testing::MockServer& server) {
  AzureOptions options;
  options.azure_endpoint = server.endpoint();
  options.azure_deployment = "gpt-4o-mini";
  options.api_version = "2024-10-21";
  options.api_key = "canary-key-0123456789";
  options.tls.ca_pem = server.ca_pem();
  return options;
}

inline Runnable<Dict, std::string> chain_for(const AzureOptions& options) {
  return ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}}) |
         AzureChatOpenAI(options) | StrOutputParser();
}

inline Runnable<Dict, std::string> chain_for(const testing::MockServer& server) {
  return chain_for(options_for(server));
}

inline testing::MockServerOptions plain_http() {
  testing::MockServerOptions options;
  options.tls = false;
  return options;
}

}  // namespace corochain::test
