// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/arc_challenge.hpp"

#include <fcntl.h>

#include <string_view>

#include "codec/ascii.hpp"
#include "core/secret_buffer.hpp"
#include "corochain/core/error.hpp"
#include "models/opened_file.hpp"

namespace corochain::models {
namespace {

/// Quotes nothing of the challenge: an endpoint that asks for another file is not to choose the error's text.
[[noreturn]] void refuse_key(const std::string& why) {
  throw AuthenticationError("the identity endpoint of Azure Arc " + why);
}

/// The path in `Basic realm=path`, which may be in quotes.
std::string_view path_in(const codec::header_fields& challenge) {
  constexpr std::string_view scheme = "Basic realm=";
  // Another scheme, such as Bearer, is that of an endpoint that is none of Arc's.
  const auto header = challenge.find("www-authenticate");
  if (!header || !codec::equal_ignoring_case(header->substr(0, scheme.size()), scheme))
    refuse_key("refused without naming a key file; check that IDENTITY_ENDPOINT is that of the Arc agent");
  std::string_view path = codec::trim(header->substr(scheme.size()));
  if (path.size() > 1 && path.front() == '"' && path.back() == '"') path = path.substr(1, path.size() - 2);
  return path;
}

/// Whether a path is that of a `.key` file directly in the directory. The texts are compared, so `..` does
/// not lead out of it.
bool is_key_in(std::string_view path, std::string_view directory) noexcept {
  constexpr std::string_view kind = ".key";
  while (directory.ends_with('/')) directory.remove_suffix(1);
  if (!path.starts_with(directory) || path.find('\0') != std::string_view::npos) return false;
  path.remove_prefix(directory.size());
  return path.size() > 1 + kind.size() && path.front() == '/' && path.ends_with(kind) &&
         path.find('/', 1) == std::string_view::npos;
}

}  // namespace

Secret read_arc_key(const codec::header_fields& challenge, const std::string& directory) {
  const std::string path(path_in(challenge));
  if (!is_key_in(path, directory))
    refuse_key("names a key file that is no .key file of " + directory +
               "; it is not read: check that IDENTITY_ENDPOINT is that of the Arc agent");
  // A link could lead to another file, and opening a pipe would block until it has a writer.
  const opened_file file(path, O_NOFOLLOW | O_NONBLOCK);
  // One byte more than is allowed tells a file that is too large. All of the memory is wiped.
  detail::secret_buffer text(std::string(largest_arc_key + 1, '\0'));
  if (!file.is_plain_file() || !file.read(text.text))
    refuse_key("names a key file that this program cannot read; add its user to the group himds");
  if (text.text.size() > largest_arc_key)
    refuse_key("names a key file that is larger than " + std::to_string(largest_arc_key) +
               " bytes; it is not sent");
  std::string_view key = text.view();
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!key.empty() && blank(key.back())) key.remove_suffix(1);
  while (!key.empty() && blank(key.front())) key.remove_prefix(1);
  // The agent may be about to write it.
  if (key.empty()) refuse_key("names a key file that is empty; try again");
  // The key becomes part of a header.
  codec::check_no_control_bytes("the key file of Azure Arc", key);
  return Secret(key);
}

}  // namespace corochain::models
