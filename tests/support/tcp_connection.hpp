// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace corochain::test {

/// The kernel's counters of a connection: its own `struct tcp_info`. The C library declares the beginning
/// only, and its header and the kernel's cannot both be included.
struct tcp_counts {
  std::uint8_t state, others[99];
  std::uint32_t retransmitted;
  std::uint64_t rates[2], bytes_acknowledged, bytes_received;
  std::uint32_t all_out, all_in, not_sent, least_rtt, data_in, data_out;
};
inline tcp_counts counts_of(int socket) {
  tcp_counts seen{};
  socklen_t size = sizeof seen;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &seen, &size) != 0 || size < sizeof seen) return {};
  return seen;
}

/// The sockets of this process that are connected to a loopback port: those of clients, not of the server.
/// Connections that an earlier server on the port has closed do not count.
inline std::vector<int> sockets_to(unsigned short port) {
  std::vector<int> found;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(each.path().filename().string());
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == port &&
        counts_of(descriptor).state == TCP_ESTABLISHED)
      found.push_back(descriptor);
  }
  return found;
}

/// The value of a socket option that is a number; -1 if there is none.
inline int option_of(int socket, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, level, option, &value, &size) == 0 ? value : -1;
}
inline bool sends_at_once(int socket) { return option_of(socket, IPPROTO_TCP, TCP_NODELAY) > 0; }

/// The number of segments with data that a socket has sent, repeated segments counted once. Without Nagle's
/// delay that is the number of writes, if each fits into a segment (64 KB on loopback).
inline std::uint32_t segments_sent(int socket) {
  const tcp_counts seen = counts_of(socket);
  return seen.data_out - seen.retransmitted;
}

/// The number of received bytes that the owner of the socket has read.
inline std::uint64_t bytes_taken(int socket) {
  int left = 0;
  const std::uint64_t received =
      // Read before the unread bytes, because more may arrive meanwhile.
      counts_of(socket).bytes_received;
  if (::ioctl(socket, FIONREAD, &left) != 0) return 0;
  const auto untaken = static_cast<std::uint64_t>(left);
  return received > untaken ? received - untaken : 0;
}

}  // namespace corochain::test
