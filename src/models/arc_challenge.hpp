// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>

#include "codec/http/header_fields.hpp"
#include "corochain/core/secret.hpp"

namespace corochain::models {

/// The largest key file of Azure Arc that is read; Azure's own clients have the same limit.
inline constexpr std::size_t largest_arc_key = 4096;

/// Answers the challenge of Azure Arc's identity endpoint, `WWW-Authenticate: Basic realm={path}`: reads the
/// key from the file at `path`, without blanks and line ends around it. The agent lets only its group read
/// the file: the key is the proof that the program belongs to it.
///
/// `managed_identity` gives it to a `token_request`, which calls it after a 401. It blocks for one small
/// read.
///
/// Only a plain file directly in `directory`, whose name ends in `.key` and which is no larger than
/// `largest_arc_key`, is read, so that no endpoint can have another file sent to it. Any other path is an
/// `AuthenticationError` that quotes nothing of the challenge.
Secret read_arc_key(const codec::header_fields& challenge, const std::string& directory);

}  // namespace corochain::models
