// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/service_protocol.hpp"

namespace corochain::codec {

service_protocol::~service_protocol() = default;

}  // namespace corochain::codec
