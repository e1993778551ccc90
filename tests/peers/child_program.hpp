// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace corochain::test {

/// Polls until `there` is true. Returns false if it is not true within half a minute.
template <class Condition>
bool wait_until(Condition there) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!there()) {
    if (std::chrono::steady_clock::now() > end) return false;
    // Polls another process, which sends no notification.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A directory that is removed with this object.
class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "corochain-peer-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = name;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream out(file(name), std::ios::binary);
    if (!(out << text << std::flush)) throw std::runtime_error("cannot write " + file(name));
    return file(name);
  }
  std::string read(const std::string& name) const {
    std::ostringstream all;
    all << std::ifstream(file(name), std::ios::binary).rdbuf();
    return all.str();
  }

 private:
  std::filesystem::path path_;
};

/// A program of the system as a child process. It ends with this object, or with this process if that ends
/// first.
class child_program {
 public:
  /// `arguments` begins with the path of the program. Its output goes to the file `output`. It inherits only
  /// the file `inherited`, as number 3, unless that is -1. `variables` ("NAME=value") are its whole
  /// environment.
  child_program(std::vector<std::string> arguments, const std::string& output, int inherited = -1,
                std::vector<std::string> variables = {}) {
    if (::access(arguments.front().c_str(), X_OK) != 0)
      throw std::runtime_error(arguments.front() + " is not installed: run cmake/setup.sh peers");
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> environment = pointers(variables);
    const ::pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (id_ == 0) {  // a copy of one thread of many: only what is safe in a signal handler
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      const int out = ::open(output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
      const int in = ::open("/dev/null", O_RDONLY);
      const bool ready = ::getppid() == parent && out >= 0 && in >= 0 && ::dup2(in, 0) == 0 &&
                         ::dup2(out, 1) == 1 && ::dup2(out, 2) == 2 && (inherited < 0 || place(inherited));
      if (ready && ::close_range(inherited < 0 ? 3 : 4, ~0U, 0) == 0)
        ::execve(argv.front(), argv.data(), environment.data());
      ::_exit(127);
    }
  }
  ~child_program() { end(); }
  child_program(const child_program&) = delete;
  child_program& operator=(const child_program&) = delete;

  bool running() {
    if (id_ > 0 && ::waitpid(id_, nullptr, WNOHANG) == id_) id_ = 0;
    return id_ > 0;
  }
  /// The state of the process, for the message of a failure.
  std::string state() {
    if (!running()) return "it has ended";
    const std::string process = "/proc/" + std::to_string(id_);
    std::error_code error;
    std::ostringstream all;
    all << std::filesystem::read_symlink(process + "/exe", error).string() << " waits in "
        << std::ifstream(process + "/wchan").rdbuf() << ", system call "
        << std::ifstream(process + "/syscall").rdbuf();
    return all.str();
  }
  void signal(int number) {
    if (running()) ::kill(id_, number);
  }
  /// Ends it in an orderly way, or kills it if it does not end.
  void end() {
    signal(SIGTERM);
    if (!wait_until([this] { return !running(); })) {
      ::kill(id_, SIGKILL);
      ::waitpid(id_, nullptr, 0);
      id_ = 0;
    }
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& each : texts) all.push_back(each.data());
    all.push_back(nullptr);
    return all;
  }
  static bool place(int inherited) {
    if (inherited != 3) return ::dup2(inherited, 3) == 3;
    return ::fcntl(3, F_SETFD, 0) == 0;
  }

  ::pid_t id_ = 0;
};

}  // namespace corochain::test
