// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace corochain::benchmark {

/// Makes a key and a self-signed certificate for 127.0.0.1, installs them in `context`, and returns the
/// certificate as PEM.
std::string use_new_certificate(SSL_CTX* context);

}  // namespace corochain::benchmark
