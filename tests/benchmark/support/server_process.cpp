// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "support/server_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

namespace corochain::benchmark {

server_process::server_process(const std::string& program) {
  int to[2], from[2];
  if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("no process");
  if (process_ == 0) {
    ::dup2(to[0], STDIN_FILENO);
    ::dup2(from[1], STDOUT_FILENO);
    ::execl(program.c_str(), program.c_str(), nullptr);
    _exit(127);
  }
  ::close(to[0]);
  ::close(from[1]);
  leash_ = to[1];
  std::FILE* const said = ::fdopen(from[0], "r");
  int http = 0, https = 0;
  if (std::fscanf(said, "%d %d\n", &http, &https) == 2) {
    char line[256];
    while (std::fgets(line, sizeof line, said)) {
      ca_pem_ += line;
      if (std::string_view(line).starts_with("-----END")) break;
    }
  }
  std::fclose(said);
  if (ca_pem_.empty()) throw std::runtime_error("the server did not start: " + program);
  ports_[0] = static_cast<std::uint16_t>(http);
  ports_[1] = static_cast<std::uint16_t>(https);
}

server_process::~server_process() {
  ::close(leash_);
  ::waitpid(process_, nullptr, 0);
}

target server_process::at(bool tls, std::string deployment) const {
  return {tls, ports_[tls ? 1 : 0], ca_pem_, std::move(deployment)};
}

server_counts server_process::counts() const {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), ports_[0]});
  asio::write(socket, asio::buffer(std::string_view("GET /counts HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  const auto counts = nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n")));
  return {counts.at("requests"), counts.at("max_in_flight"), counts.at("full"), counts.at("resumed")};
}

}  // namespace corochain::benchmark
