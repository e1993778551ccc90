// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/arc_challenge.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "corochain/core/error.hpp"
#include "support/temporary_folder.hpp"

namespace corochain::models::arc_challenge_test {
namespace {

class arc_challenge : public ::testing::Test {
 protected:
  const test::temporary_folder folder;

  std::string read(const std::string& challenge, const std::string& end_of_directory = "") {
    codec::header_fields head;
    head.add("WWW-Authenticate", challenge);
    return std::string(read_arc_key(head, folder.path() + end_of_directory).reveal());
  }
  void expect_refused(const std::string& challenge, std::string_view said) {
    try {
      read(challenge);
      ADD_FAILURE() << challenge;
    } catch (const AuthenticationError& error) {
      EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
    }
  }
};

TEST_F(arc_challenge, reads_the_key_that_is_named) {
  folder.file("one.key", "canary-key\r\n");
  const std::string path = folder.path() + "/one.key";
  EXPECT_EQ(read("Basic realm=" + path), "canary-key");
  EXPECT_EQ(read("basic REALM=" + path), "canary-key");
  EXPECT_EQ(read("Basic realm=\"" + path + "\""), "canary-key");
  EXPECT_EQ(read("Basic realm=" + path, "/"), "canary-key");
}

TEST_F(arc_challenge, takes_keys_up_to_the_limit) {
  folder.file("largest.key", std::string(largest_arc_key, 'k'));
  EXPECT_EQ(read("Basic realm=" + folder.path() + "/largest.key").size(), largest_arc_key);
  folder.file("larger.key", std::string(largest_arc_key + 1, 'k'));
  expect_refused("Basic realm=" + folder.path() + "/larger.key", "larger than 4096 bytes");
}

TEST_F(arc_challenge, reads_no_other_file) {
  std::filesystem::create_directories(folder.path() + "/sub.key");
  std::filesystem::create_directories(folder.path() + "/sub");
  folder.file("canary.txt", "canary");
  folder.file("sub/canary.key", "canary");
  folder.file(".key", "canary");
  const std::string& path = folder.path();
  for (const std::string& other :
       {path + "/canary.txt", path + "/sub/canary.key", path + "/sub/../canary.key", path + "/../canary.key",
        path + "//canary.key", path + "/.key", path + ".key", path + "/", path, std::string("canary.key"),
        std::string("/etc/canary.key"), std::string(), path + "canary.key", path + "/canary.key\t.txt"})
    expect_refused("Basic realm=" + other, "no .key file of");
}

TEST_F(arc_challenge, reads_plain_files_only) {
  const std::string& path = folder.path();
  std::filesystem::create_directories(path + "/folder.key");
  const std::string target = folder.file("canary.txt", "canary");
  ASSERT_EQ(::symlink(target.c_str(), (path + "/link.key").c_str()), 0);
  ASSERT_EQ(::mkfifo((path + "/pipe.key").c_str(), 0600), 0);
  for (const char* name : {"folder.key", "link.key", "pipe.key", "missing.key"})
    expect_refused("Basic realm=" + path + "/" + name, "cannot read");
  folder.file("empty.key", " \n");
  expect_refused("Basic realm=" + path + "/empty.key", "is empty");
}

TEST_F(arc_challenge, wants_a_challenge_of_its_kind) {
  for (const char* other : {"", "Basic", "Bearer realm=/canary.key", "Negotiate", "Basic path=/canary.key"})
    expect_refused(other, "without naming a key file");
  EXPECT_THROW(read_arc_key(codec::header_fields(), folder.path()), AuthenticationError);
}

TEST_F(arc_challenge, sends_no_control_bytes) {
  folder.file("one.key", "canary\r\nx: y");
  EXPECT_THROW(read("Basic realm=" + folder.path() + "/one.key"), ConfigError);
}

}  // namespace
}  // namespace corochain::models::arc_challenge_test
