// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "soak/fault.hpp"

namespace corochain::soak {

/// A model service over HTTP and HTTPS with faults. It has a process of its own, so its memory does not count
/// for the client. It ends with this object, or with the process that made it.
class fault_server {
 public:
  /// To be made before the process has other threads. `seen` must be shared memory for all calls.
  fault_server(ledger& seen, std::size_t calls, std::uint64_t seed);
  ~fault_server();
  fault_server(const fault_server&) = delete;
  fault_server& operator=(const fault_server&) = delete;

  std::string endpoint(bool tls) const {
    return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(tls ? tls_port_ : plain_port_);
  }
  const std::string& ca_pem() const { return ca_; }
  bool running() const;

 private:
  ::pid_t process_ = 0;
  unsigned short plain_port_ = 0;
  unsigned short tls_port_ = 0;
  std::string ca_;
};

}  // namespace corochain::soak
