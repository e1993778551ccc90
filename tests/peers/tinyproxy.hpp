// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "peers/child_program.hpp"

namespace corochain::test {

/// A loopback port that was free a moment ago.
inline unsigned short free_port() {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor probe(context, {boost::asio::ip::address_v4::loopback(), 0});
  return probe.local_endpoint().port();
}

/// tinyproxy on a loopback port.
class tinyproxy {
 public:
  /// `directives` are added to its configuration: `BasicAuth`, `ConnectPort`.
  explicit tinyproxy(const std::string& directives = "") {
    for (int tries = 0; tries < 20; ++tries) {  // another program may take the port before it does
      port_ = free_port();
      directory_.write("tinyproxy.conf", "Listen 127.0.0.1\nPort " + std::to_string(port_) +
                                             "\nTimeout 60\nMaxClients 100\nAllow 127.0.0.1\nLogLevel Info\n"
                                             "LogFile \"" +
                                             directory_.file("log") + "\"\n" + directives + "\n");
      program_ = std::make_unique<child_program>(
          std::vector<std::string>{"/usr/bin/tinyproxy", "-d", "-c", directory_.file("tinyproxy.conf")},
          directory_.file("output"));
      const auto is_up = [this] { return log().find("Accepting connections") != std::string::npos; };
      wait_until([&] { return is_up() || !program_->running(); });
      if (is_up() && program_->running()) return;
    }
    throw std::runtime_error("tinyproxy does not start: " + program_->state() + "; " + log() +
                             directory_.read("output"));
  }

  unsigned short port() const { return port_; }
  std::string url(const std::string& credentials = "") const {
    return "http://" + (credentials.empty() ? "" : credentials + "@") + "127.0.0.1:" + std::to_string(port_);
  }
  std::string log() const { return directory_.read("log"); }
  /// The number of occurrences of the text in the log.
  std::size_t logged(const std::string& text) const {
    const std::string all = log();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; ++at) ++count;
    return count;
  }

 private:
  temporary_directory directory_;
  unsigned short port_ = 0;
  std::unique_ptr<child_program> program_;
};

}  // namespace corochain::test
