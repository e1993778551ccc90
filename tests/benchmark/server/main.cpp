// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The server of the benchmarks: one thread, HTTP and HTTPS (TLS 1.3), keep-alive. It is faster than the
// clients, so the clients are measured. It writes its two ports and its certificate to standard output, and
// ends when standard input ends.
#include <arpa/inet.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <queue>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "server/answers.hpp"
#include "server/certificate.hpp"
#include "server/peer.hpp"

namespace corochain::benchmark {
namespace {

using clock = std::chrono::steady_clock;

int listener(int& port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (made < 0 || ::bind(made, any, size) != 0 || ::listen(made, 4096) != 0 ||
      ::getsockname(made, any, &size) != 0)
    throw std::runtime_error("the server cannot listen");
  port = ntohs(address.sin_port);
  return made;
}

class server {
 public:
  server() : tls_(SSL_CTX_new(TLS_server_method())), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!tls_ || epoll_ < 0) throw std::runtime_error("the server cannot be set up");
    SSL_CTX_set_min_proto_version(tls_, TLS1_3_VERSION);
    SSL_CTX_set_mode(
        tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    const std::string pem = use_new_certificate(tls_);
    int ports[2];
    for (int i = 0; i < 2; ++i) {
      listeners_[i] = listener(ports[i]);
      watch(listeners_[i], EPOLLIN, EPOLL_CTL_ADD);
    }
    watch(STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
    std::printf("%d %d\n%s\n", ports[0], ports[1], pem.c_str());
    std::fflush(stdout);
  }

  void run() {
    std::array<epoll_event, 512> ready{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), time_to_wait());
      for (int i = 0; i < count; ++i) {
        const int which = ready[static_cast<std::size_t>(i)].data.fd;
        if (which == STDIN_FILENO) return;
        if (which == listeners_[0] || which == listeners_[1])
          accept(which);
        else
          serve(which, ready[static_cast<std::size_t>(i)].events);
      }
      act_on_time();
    }
  }

 private:
  struct due {
    clock::time_point when;
    int socket;
    std::uint64_t number;
    bool operator<(const due& other) const noexcept { return when > other.when; }  // the nearest on top
  };

  void watch(int socket, std::uint32_t events, int how) {
    epoll_event event{};
    event.events = events;
    event.data.fd = socket;
    ::epoll_ctl(epoll_, how, socket, &event);
  }

  int time_to_wait() const {
    if (due_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.top().when - clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left);
  }

  void accept(int listening) {
    for (;;) {
      const int socket = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
      auto made = std::make_unique<peer>(socket, listening == listeners_[1] ? tls_ : nullptr);
      made->number = ++accepted_;
      made->watched = EPOLLIN;
      watch(socket, EPOLLIN, EPOLL_CTL_ADD);
      peers_[socket] = std::move(made);
    }
  }

  void drop(peer& gone) {
    if (gone.busy) --in_flight_;
    peers_.erase(gone.socket());
  }

  void serve(int socket, std::uint32_t events) {
    const auto found = peers_.find(socket);
    if (found == peers_.end()) return;
    peer& one = *found->second;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !one.receive()) return drop(one);
    if (one.established() && one.is_tls() && !one.counted) {
      one.counted = true;
      ++(one.resumed() ? resumed_ : full_);
    }
    while (!one.busy) {
      const auto request = one.next_request();
      if (!request) break;
      one.current = *request;
      begin(one);
    }
    push(one);
  }

  void begin(peer& one) {
    if (one.current.what == behaviour::kind::report) return report(one);
    one.busy = true;
    ++requests_;
    max_in_flight_ = std::max(max_in_flight_, ++in_flight_);
    if (one.current.what == behaviour::kind::stream) {
      one.events_left = one.current.events;
      one.send(texts_.stream_head);
    } else if (one.current.delay.count() == 0) {
      return finish(one);
    }
    due_.push({clock::now() + one.current.delay, one.socket(), one.number});
  }

  void finish(peer& one) {
    one.busy = false;
    --in_flight_;
    if (one.current.what == behaviour::kind::stream)
      one.send(texts_.stream_end);
    else
      one.send(one.current.big ? texts_.big : one.current.close ? texts_.closing : texts_.whole);
    one.close_when_sent = one.current.close;
  }

  void act_on_time() {
    const auto now = clock::now();
    while (!due_.empty() && due_.top().when <= now) {
      const due next = due_.top();
      due_.pop();
      const auto found = peers_.find(next.socket);
      if (found == peers_.end() || found->second->number != next.number) continue;
      peer& one = *found->second;
      if (one.events_left > 0) {
        one.send(one.current.fat ? texts_.fat_event : texts_.event);
        --one.events_left;
        due_.push({next.when + one.current.delay, next.socket, next.number});
      } else {
        finish(one);
      }
      push(one);
    }
  }

  void push(peer& one) {
    if (!one.flush()) return drop(one);
    if (one.close_when_sent && !one.wants_to_write()) return drop(one);
    const std::uint32_t wanted = one.wants_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (wanted == one.watched) return;
    one.watched = wanted;
    watch(one.socket(), wanted, EPOLL_CTL_MOD);
  }

  /// Sends the figures since the last report.
  void report(peer& one) {
    const std::string body = R"({"requests":)" + std::to_string(requests_) + R"(,"max_in_flight":)" +
                             std::to_string(max_in_flight_) + R"(,"full":)" + std::to_string(full_) +
                             R"(,"resumed":)" + std::to_string(resumed_) + "}";
    one.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\n\r\n" + body);
    one.close_when_sent = true;
    requests_ = full_ = resumed_ = 0;
    max_in_flight_ = in_flight_;
  }

  SSL_CTX* tls_;
  int epoll_;
  int listeners_[2]{};
  answers texts_;
  std::unordered_map<int, std::unique_ptr<peer>> peers_;
  std::priority_queue<due> due_;
  std::uint64_t accepted_ = 0;
  long requests_ = 0, in_flight_ = 0, max_in_flight_ = 0, full_ = 0, resumed_ = 0;
};

}  // namespace
}  // namespace corochain::benchmark

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  cpu_set_t core;
  CPU_ZERO(&core);
  CPU_SET(0, &core);
  sched_setaffinity(0, sizeof core, &core);
  try {
    corochain::benchmark::server().run();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "benchmark server: %s\n", problem.what());
    return EXIT_FAILURE;
  }
}
