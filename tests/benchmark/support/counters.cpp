// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "support/counters.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>

namespace {
constinit corochain::benchmark::call_counts counts;
}

namespace corochain::benchmark {
call_counts counts_now() noexcept { return counts; }
}  // namespace corochain::benchmark

// The program defines these, so they replace the functions of the C library for shared libraries, too.
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  ++counts.allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++counts.allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++counts.allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {  // Asio's, for the frames of coroutines
  ++counts.allocations;
  return __libc_memalign(alignment, size);
}

ssize_t send(int socket, const void* data, std::size_t size, int flags) {
  ++counts.send;
  return syscall(SYS_sendto, socket, data, size, flags, nullptr, 0);
}
ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  ++counts.send;
  return syscall(SYS_sendmsg, socket, message, flags);
}
ssize_t write(int file, const void* data, std::size_t size) {
  ++counts.send;
  return syscall(SYS_write, file, data, size);
}
ssize_t writev(int file, const iovec* data, int count) {
  ++counts.send;
  return syscall(SYS_writev, file, data, count);
}
ssize_t recv(int socket, void* data, std::size_t size, int flags) {
  ++counts.recv;
  return syscall(SYS_recvfrom, socket, data, size, flags, nullptr, nullptr);
}
ssize_t recvmsg(int socket, msghdr* message, int flags) {
  ++counts.recv;
  return syscall(SYS_recvmsg, socket, message, flags);
}
ssize_t read(int file, void* data, std::size_t size) {
  ++counts.recv;
  return syscall(SYS_read, file, data, size);
}
ssize_t readv(int file, const iovec* data, int count) {
  ++counts.recv;
  return syscall(SYS_readv, file, data, count);
}
int epoll_ctl(int set, int how, int file, epoll_event* event) noexcept {
  ++counts.epoll_ctl;
  return static_cast<int>(syscall(SYS_epoll_ctl, set, how, file, event));
}
int epoll_wait(int set, epoll_event* events, int most, int timeout) {
  ++counts.epoll_wait;
  return static_cast<int>(syscall(SYS_epoll_pwait, set, events, most, timeout, nullptr, _NSIG / 8));
}
int timerfd_settime(int timer, int flags, const itimerspec* fresh, itimerspec* old) noexcept {
  ++counts.timerfd_settime;
  return static_cast<int>(syscall(SYS_timerfd_settime, timer, flags, fresh, old));
}

}  // extern "C"
