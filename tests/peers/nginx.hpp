// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <corochain/corochain.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "peers/child_program.hpp"
#include "testing/certificates.hpp"

namespace corochain::test {

/// One line of the access log of nginx.
struct nginx_access {
  /// The number of the connection.
  std::string connection;
  /// The number of the request on that connection, from 1.
  int request = 0;
  /// `"r"` or `"."`.
  std::string session_reused;
  /// For example `"TLSv1.3"`.
  std::string tls;
  /// For example `"HTTP/1.1"`.
  std::string protocol;
  /// `"-"` if there is none.
  std::string accept_encoding;
  int status = 0;
};

/// The settings of nginx that differ between tests.
struct nginx_setup {
  nginx_setup(unsigned short to, std::string for_all = "", std::string for_location = "")
      : upstream("http://127.0.0.1:" + std::to_string(to)),
        http(std::move(for_all)),
        location(std::move(for_location)) {}

  /// The URL of the server behind nginx.
  std::string upstream;
  /// More directives for all requests.
  std::string http;
  /// More directives for requests that nginx passes on.
  std::string location;
  std::string protocols = "TLSv1.2 TLSv1.3";
};

/// nginx as a TLS-terminating reverse proxy: https on 127.0.0.1, plain HTTP to the server behind it, no
/// buffering, compressed answers for clients that accept them.
///
/// This process makes the listening socket and nginx inherits it, as when nginx replaces a running nginx. So
/// the test guesses no port, and the socket accepts connections from the start, also while nginx is stopped.
class nginx {
 public:
  nginx(const nginx_setup& setup)
      : certificates_(testing::detail::issue_certificates(testing::MockServerOptions::Certificate::valid,
                                                          "127.0.0.1")) {
    listen();
    directory_.write("certificate.pem", certificates_.certificate);
    directory_.write("key.pem", certificates_.private_key);
    directory_.write("nginx.conf", configuration(setup));
    start();
  }
  ~nginx() {
    program_ = nullptr;
    ::close(socket_);
  }
  nginx(const nginx&) = delete;
  nginx& operator=(const nginx&) = delete;

  unsigned short port() const { return port_; }
  std::string endpoint() const { return "https://127.0.0.1:" + std::to_string(port_); }
  /// Options of a model that calls the server behind nginx.
  AzureOptions options() const {
    AzureOptions made;
    made.azure_endpoint = endpoint();
    made.azure_deployment = "gpt-4o-mini";
    made.api_version = "2024-10-21";
    made.api_key = "canary-key-0123456789";
    made.tls.ca_pem = certificates_.ca;
    made.proxy.from_environment = false;
    return made;
  }

  void start() {
    const std::size_t workers = workers_started();
    program_ = std::make_unique<child_program>(
        std::vector<std::string>{"/usr/sbin/nginx", "-p", directory_.file(""), "-e",
                                 directory_.file("error.log"), "-c", directory_.file("nginx.conf")},
        directory_.file("output"), socket_, std::vector<std::string>{"NGINX=3;"});
    if (!wait_until([&] { return workers_started() > workers || !program_->running(); }) ||
        !program_->running())
      throw std::runtime_error("nginx does not start: " + program_->state() + "; " +
                               directory_.read("output") + directory_.read("error.log"));
  }
  /// Ends it with all connections. New connections wait.
  void stop() { program_ = nullptr; }
  /// Makes it read its configuration again. New workers start; the old ones end after their calls.
  void reload() {
    const std::size_t before = workers_started();
    program_->signal(SIGHUP);
    if (!wait_until([&] { return workers_started() > before; }))
      throw std::runtime_error("nginx does not reload");
  }

  /// The served requests, when there are at least `at_least`. nginx writes a line just after the answer.
  std::vector<nginx_access> accesses(std::size_t at_least) const {
    std::vector<nginx_access> all;
    wait_until([&] {
      all.clear();
      std::istringstream lines(directory_.read("access.log"));
      for (std::string line; std::getline(lines, line) && !lines.eof();) {
        nginx_access each;
        std::istringstream(line) >> each.connection >> each.request >> each.session_reused >> each.tls >>
            each.protocol >> each.accept_encoding >> each.status;
        all.push_back(std::move(each));
      }
      return all.size() >= at_least;
    });
    return all;
  }
  std::string errors() const { return directory_.read("error.log"); }

 private:
  void listen() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0 || ::bind(socket_, plain, size) != 0 || ::listen(socket_, 511) != 0 ||
        ::getsockname(socket_, plain, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "a socket for nginx");
    port_ = ntohs(address.sin_port);
  }
  std::size_t workers_started() const {
    const std::string log = errors();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find("start worker process ", at)) != std::string::npos; ++at) ++count;
    return count;
  }
  std::string configuration(const nginx_setup& setup) const {
    std::string text =
        ::geteuid() == 0 ? "user root;\n" : "";  // else its workers may not enter the directory
    text +=
        "daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log error.log notice;\n"
        "events { worker_connections 512; }\nhttp {\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      text += std::string(kind) + "_temp_path " + directory_.file(kind) + ";\n";
    text +=
        "log_format peers '$connection $connection_requests $ssl_session_reused $ssl_protocol "
        "$server_protocol \"$http_accept_encoding\" $status';\n"
        "access_log " +
        directory_.file("access.log") +
        " peers;\n"
        "gzip on; gzip_min_length 1; gzip_proxied any; gzip_types application/json text/event-stream;\n"
        "client_max_body_size 64m;\n" +
        setup.http + "\nserver {\nlisten 127.0.0.1:" + std::to_string(port_) +
        " ssl;\n"
        "ssl_certificate " +
        directory_.file("certificate.pem") +
        ";\n"
        "ssl_certificate_key " +
        directory_.file("key.pem") + ";\nssl_session_tickets on; ssl_protocols " + setup.protocols +
        ";\n"
        "location / {\nproxy_pass " +
        setup.upstream +
        ";\n"
        "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffering off;\n" +
        setup.location + "\n}\n}\n}\n";
    return text;
  }

  temporary_directory directory_;
  testing::detail::server_certificates certificates_;
  int socket_ = -1;
  unsigned short port_ = 0;
  std::unique_ptr<child_program> program_;
};

}  // namespace corochain::test
