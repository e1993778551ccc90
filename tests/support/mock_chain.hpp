// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <string>

namespace corochain::test {

/// Options that reach an endpoint and do not read the environment.
inline AzureOptions options_to(const std::string& endpoint, const std::string& ca_pem = "") {
  AzureOptions options;
  options.azure_endpoint = endpoint;
  options.azure_deployment = "gpt-4o-mini";
  options.api_version = "2024-10-21";
  options.api_key = "canary-key-0123456789";
  options.tls.ca_pem = ca_pem;
  return options;
}

/// The same for a server of the tests.
template <class Server>
AzureOptions options_for(const Server& server) {
  return options_to(server.endpoint(), server.ca_pem());
}

inline Runnable<Dict, std::string> chain_for(const AzureOptions& options) {
  return ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}}) |
         AzureChatOpenAI(options) | StrOutputParser();
}

inline Runnable<Dict, std::string> chain_for(const testing::MockServer& server) {
  return chain_for(options_for(server));
}

inline testing::MockServerOptions with_tls(bool tls) {
  testing::MockServerOptions options;
  options.tls = tls;
  return options;
}
inline testing::MockServerOptions plain_http() { return with_tls(false); }

}  // namespace corochain::test
