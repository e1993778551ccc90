// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/core/tls_options.hpp"
#include "corochain/models/connection_options.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain {

/// What all credentials of Microsoft Entra ID have in common. What is left empty comes from the environment, as named
/// at each field, when the credential is made; what is missing or wrong is a `ConfigError` that names it.
///
/// A fetch asks up to three times, within `timeout`. It throws `AuthenticationError` when the endpoint refuses, with
/// the AADSTS code in its text and the endpoint's words in `server_message()`; `RateLimitError` or `ServerError` when
/// it could not answer for the time being; `ResponseFormatError` when the answer is no token; `ConnectError`,
/// `TlsError`, `TimeoutError`, `ProtocolError`, `TruncatedError` or `TooLargeError` when no sound answer came; and
/// `CancelledError`. None of them holds a secret.
class COROCHAIN_EXPORT EntraOptions {
 public:
  EntraOptions();

  std::string client_id;  ///< of the application, or of a user-assigned identity; AZURE_CLIENT_ID
  /// The scope that tokens are asked for. Empty: the scope that the model asks for, else
  /// `https://cognitiveservices.azure.com/.default`. Set, it is asked for whatever the model says.
  std::string scope;
  /// How long one fetch may take, its retries (two, after failures that pass) included.
  std::chrono::steady_clock::duration timeout = std::chrono::seconds(30);
  TlsOptions tls;
  ProxyOptions proxy;  ///< not for managed identity, whose endpoint is on the machine
};

/// An application that proves itself by a secret.
class COROCHAIN_EXPORT ClientSecretOptions : public EntraOptions {
 public:
  ClientSecretOptions();
  ClientSecretOptions(const ClientSecretOptions& other);
  ClientSecretOptions(ClientSecretOptions&& other) noexcept;
  ClientSecretOptions& operator=(const ClientSecretOptions& other);
  ClientSecretOptions& operator=(ClientSecretOptions&& other) noexcept;
  ~ClientSecretOptions();
  std::string tenant_id;  ///< AZURE_TENANT_ID
  Secret client_secret;   ///< AZURE_CLIENT_SECRET
  /// The host that issues the token; AZURE_AUTHORITY_HOST. `https://` may be left out. Neither set: that of the scope's
  /// cloud, which is `https://login.microsoftonline.com` but for sovereign clouds.
  std::string authority_host;
};
class COROCHAIN_EXPORT ClientSecretCredential : public TokenProvider {
 public:
  explicit ClientSecretCredential(const ClientSecretOptions& options = ClientSecretOptions());
};

/// A workload, such as a pod of Kubernetes, that proves itself by a token in a file, which is read for each fetch:
/// where it cannot be read then, or is empty, the fetch throws a `ConfigError`.
class COROCHAIN_EXPORT WorkloadIdentityOptions : public EntraOptions {
 public:
  WorkloadIdentityOptions();
  WorkloadIdentityOptions(const WorkloadIdentityOptions& other);
  WorkloadIdentityOptions(WorkloadIdentityOptions&& other) noexcept;
  WorkloadIdentityOptions& operator=(const WorkloadIdentityOptions& other);
  WorkloadIdentityOptions& operator=(WorkloadIdentityOptions&& other) noexcept;
  ~WorkloadIdentityOptions();
  std::string tenant_id;        ///< AZURE_TENANT_ID
  std::string token_file_path;  ///< AZURE_FEDERATED_TOKEN_FILE
  /// The host that issues the token; AZURE_AUTHORITY_HOST. `https://` may be left out. Neither set: that of the scope's
  /// cloud, which is `https://login.microsoftonline.com` but for sovereign clouds.
  std::string authority_host;
};
class COROCHAIN_EXPORT WorkloadIdentityCredential : public TokenProvider {
 public:
  explicit WorkloadIdentityCredential(const WorkloadIdentityOptions& options = WorkloadIdentityOptions());
};

/// The identity of the machine or service the program runs on. The environment tells which, the first that fits:
/// - App Service, and all that imitate it: IDENTITY_ENDPOINT and IDENTITY_HEADER are set.
/// - Azure Machine Learning: MSI_ENDPOINT and MSI_SECRET are set. Its default identity is DEFAULT_IDENTITY_CLIENT_ID.
/// - A machine of Azure Arc: IDENTITY_ENDPOINT and IMDS_ENDPOINT are set. It has one identity: a `client_id` is a
///   `ConfigError`. The endpoint names a file of `arc_key_directory`, which the program must be allowed to read: a file
///   elsewhere, of another kind than `.key`, larger than 4,096 bytes or unreadable is an `AuthenticationError`.
/// - Else a virtual machine, and its instance metadata endpoint.
///
/// `client_id` is sent only if it is set in the options.
class COROCHAIN_EXPORT ManagedIdentityOptions : public EntraOptions {
 public:
  ManagedIdentityOptions();
  ManagedIdentityOptions(const ManagedIdentityOptions& other);
  ManagedIdentityOptions(ManagedIdentityOptions&& other) noexcept;
  ManagedIdentityOptions& operator=(const ManagedIdentityOptions& other);
  ManagedIdentityOptions& operator=(ManagedIdentityOptions&& other) noexcept;
  ~ManagedIdentityOptions();
  /// Of the instance metadata service: `http://169.254.169.254`.
  std::string metadata_endpoint = "http://169.254.169.254";
  /// Where the agent of Azure Arc leaves its keys; of no meaning elsewhere.
  std::string arc_key_directory = "/var/opt/azcmagent/tokens";
};
class COROCHAIN_EXPORT ManagedIdentityCredential : public TokenProvider {
 public:
  explicit ManagedIdentityCredential(const ManagedIdentityOptions& options = ManagedIdentityOptions());
};

/// A token from elsewhere that never changes.
class COROCHAIN_EXPORT StaticTokenCredential : public TokenProvider {
 public:
  explicit StaticTokenCredential(Secret token);
};

}  // namespace corochain
