// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace corochain::benchmark {

/// The address of one behaviour of the server.
struct target {
  std::string url() const {
    return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port);
  }

  bool tls = true;
  std::uint16_t port = 0;
  std::string ca_pem;
  std::string deployment;
};

/// The server's counts since the last call.
struct server_counts {
  long requests = 0, max_in_flight = 0, full_handshakes = 0, resumed_handshakes = 0;
};

/// The server in a process of its own, on core 0. It ends with this object.
class server_process {
 public:
  explicit server_process(const std::string& program);
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  target at(bool tls, std::string deployment) const;
  server_counts counts() const;
  const std::string& ca_pem() const noexcept { return ca_pem_; }

 private:
  pid_t process_ = -1;
  // The server ends when this is closed.
  int leash_ = -1;
  std::uint16_t ports_[2]{};
  std::string ca_pem_;
};

}  // namespace corochain::benchmark
