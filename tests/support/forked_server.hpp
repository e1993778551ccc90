// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "support/raw_server.hpp"

namespace corochain::test {

/// A server in a process of its own, so that its requests are not in the test's memory. It serves one
/// connection after the other, each with `serve`, and has no threads.
class forked_server {
 public:
  using tcp = boost::asio::ip::tcp;

  explicit forked_server(const std::function<void(raw_connection&)>& serve, bool tls) {
    if (tls) shown_.emplace();
    boost::asio::io_context context;
    tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    port_ = acceptor.local_endpoint().port();
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      boost::asio::ssl::context settings(boost::asio::ssl::context::tls_server);
      if (tls) {
        settings.use_certificate_chain(boost::asio::buffer(shown_->issued.certificate));
        settings.use_private_key(boost::asio::buffer(shown_->issued.private_key),
                                 boost::asio::ssl::context::pem);
      }
      for (;;) {
        raw_connection connection(acceptor.accept(), tls ? &settings : nullptr);
        if (connection.shake_hands()) serve(connection);
      }
    } catch (...) {
    }
    ::_exit(1);
  }
  ~forked_server() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  forked_server(const forked_server&) = delete;
  forked_server& operator=(const forked_server&) = delete;

  std::string endpoint() const {
    return (shown_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
  }
  std::string ca_pem() const { return shown_ ? shown_->issued.ca : std::string(); }

 private:
  std::optional<raw_tls> shown_;
  unsigned short port_ = 0;
  pid_t child_ = -1;
};

}  // namespace corochain::test
