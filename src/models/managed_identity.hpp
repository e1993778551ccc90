// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/entra_credentials.hpp"
#include "corochain/models/token_provider.hpp"
#include "models/environment.hpp"

namespace corochain::models {

// The identity of the machine or service that the program runs on. A service on the machine, which only the
// platform can offer, gives the tokens: no secret is configured. entra_credentials.cpp makes it a credential.

/// The identity that the environment determines, as `ManagedIdentityOptions` says. Throws a `ConfigError`
/// that names the option or variable.
TokenProvider managed_identity(const ManagedIdentityOptions& options, const environment& variables);

/// The scope to ask for: the option's, else the request's, else the scope of dated versions. For credentials
/// of all kinds.
std::string scope_to_ask(const EntraOptions& options, const TokenRequest& request);

}  // namespace corochain::models
