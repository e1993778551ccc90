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

/// The options that all credentials of Microsoft Entra ID have in common. When the credential is made, an
/// empty field is filled from the environment variable that is named at the field. A value that is missing or
/// wrong is a `ConfigError` that names it.
///
/// A fetch asks up to three times, within `timeout`. It throws:
/// - `AuthenticationError` if the endpoint refuses, with the AADSTS code in its text and the endpoint's words
///   in `server_message()`;
/// - `RateLimitError` or `ServerError` if the endpoint could not answer for the time being;
/// - `ResponseFormatError` if the answer is no token;
/// - `ConnectError`, `TlsError`, `TimeoutError`, `ProtocolError`, `TruncatedError` or `TooLargeError` if no
///   valid answer came;
/// - `CancelledError`.
///
/// None of them holds a secret.
class COROCHAIN_EXPORT EntraOptions {
 public:
  EntraOptions();

  /// The id of the application, or of a user-assigned identity; AZURE_CLIENT_ID.
  std::string client_id;
  /// The scope that tokens are asked for. Empty means the scope that the model asks for, or else
  /// `https://cognitiveservices.azure.com/.default`. A scope that is set here is asked for whatever the model
  /// says.
  std::string scope;
  /// The time limit of one fetch, with its retries (two, after failures that pass).
  std::chrono::steady_clock::duration timeout = std::chrono::seconds(30);
  TlsOptions tls;
  /// Not used for managed identity, whose endpoint is on the machine.
  ProxyOptions proxy;
};

/// The options of an application that proves its identity with a secret.
class COROCHAIN_EXPORT ClientSecretOptions : public EntraOptions {
 public:
  ClientSecretOptions();
  /// AZURE_TENANT_ID.
  std::string tenant_id;
  /// AZURE_CLIENT_SECRET.
  Secret client_secret;
  /// The host that issues the token; AZURE_AUTHORITY_HOST. `https://` may be left out. If neither is set, it
  /// is the host of the scope's cloud: `https://login.microsoftonline.com` except for sovereign clouds.
  std::string authority_host;
};
class COROCHAIN_EXPORT ClientSecretCredential : public TokenProvider {
 public:
  explicit ClientSecretCredential(const ClientSecretOptions& options = ClientSecretOptions());
};

/// The options of a workload, such as a pod of Kubernetes, that proves its identity with a token in a file.
/// Each fetch reads the file, and throws a `ConfigError` if the file cannot be read or is empty.
class COROCHAIN_EXPORT WorkloadIdentityOptions : public EntraOptions {
 public:
  WorkloadIdentityOptions();
  /// AZURE_TENANT_ID.
  std::string tenant_id;
  /// AZURE_FEDERATED_TOKEN_FILE.
  std::string token_file_path;
  /// The host that issues the token; AZURE_AUTHORITY_HOST. `https://` may be left out. If neither is set, it
  /// is the host of the scope's cloud: `https://login.microsoftonline.com` except for sovereign clouds.
  std::string authority_host;
};
class COROCHAIN_EXPORT WorkloadIdentityCredential : public TokenProvider {
 public:
  explicit WorkloadIdentityCredential(const WorkloadIdentityOptions& options = WorkloadIdentityOptions());
};

/// The options of the identity of the machine or service that the program runs on. The environment determines
/// the endpoint; the first that fits is used:
/// - App Service, and the services that imitate it: IDENTITY_ENDPOINT and IDENTITY_HEADER are set.
/// - Azure Machine Learning: MSI_ENDPOINT and MSI_SECRET are set. Its default identity is
///   DEFAULT_IDENTITY_CLIENT_ID.
/// - A machine of Azure Arc: IDENTITY_ENDPOINT and IMDS_ENDPOINT are set. It has one identity: a `client_id`
///   is a `ConfigError`. The endpoint names a file of `arc_key_directory`, which the program must be allowed
///   to read: a file elsewhere, of another kind than `.key`, larger than 4,096 bytes or unreadable is an
///   `AuthenticationError`.
/// - Otherwise a virtual machine, and its instance metadata endpoint.
///
/// `client_id` is sent only if it is set in the options.
class COROCHAIN_EXPORT ManagedIdentityOptions : public EntraOptions {
 public:
  ManagedIdentityOptions();
  /// The address of the instance metadata service.
  std::string metadata_endpoint = "http://169.254.169.254";
  /// The directory in which the agent of Azure Arc leaves its keys; not used elsewhere.
  std::string arc_key_directory = "/var/opt/azcmagent/tokens";
};
class COROCHAIN_EXPORT ManagedIdentityCredential : public TokenProvider {
 public:
  explicit ManagedIdentityCredential(const ManagedIdentityOptions& options = ManagedIdentityOptions());
};

/// A token from another source that never changes.
class COROCHAIN_EXPORT StaticTokenCredential : public TokenProvider {
 public:
  explicit StaticTokenCredential(Secret token);
};

}  // namespace corochain
