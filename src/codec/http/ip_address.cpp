// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/ip_address.hpp"

#include <arpa/inet.h>

#include <string>

// The system's reader does the work: it refuses what resolvers would take for something else.
namespace corochain::codec {

ip_address read_ip_address(std::string_view text) {
  ip_address address;
  // A longer text is no address, and a copy of this length needs no memory of its own in most cases. For
  // `inet_pton` a text ends at its first zero byte.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return address;
  const std::string copy(text);
  if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1)
    address.bits = 32;
  else if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1)
    address.bits = 128;
  return address;
}

}  // namespace corochain::codec
