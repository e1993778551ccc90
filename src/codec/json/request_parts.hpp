// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// The parts that requests of chats and of embeddings have in common: members of JSON, and errors about
// options and inputs.
namespace corochain::codec {

// Functions that write members of a request's JSON object, each with the comma before it. Unset or empty
// values are not written. A `ConfigError` names the option for values that JSON does not have: numbers that
// are not finite and text that is not UTF-8.

// `append_name` writes `,"name":` and trusts the name, which is one of our own.
void append_name(std::string& out, std::string_view name);
void append_option(std::string& out, std::string_view name, const std::optional<double>& value);
void append_option(std::string& out, std::string_view name, const std::optional<std::int64_t>& value);
void append_option(std::string& out, std::string_view name, const std::string& text);
void append_option(std::string& out, std::string_view name, std::optional<bool> value);
/// Appends the members of the JSON object `extra`, an option `extra_body`. Throws a `ConfigError` if it is no
/// object, and for members that the library writes itself: `own`.
void append_extra(std::string& out, const std::string& extra, std::span<const std::string_view> own);

/// Throws a `ConfigError` that names the option for text that is not UTF-8.
void check_option_text(std::string_view name, std::string_view text);
/// Throws the `PromptError` "<kind> <index> <complaint>" about one of a request's inputs. `column` counts its
/// bytes from 1.
[[noreturn]] void refuse_input(std::string_view kind, std::size_t index, std::string_view complaint,
                               std::optional<std::size_t> column = std::nullopt);
/// Throws the error of `refuse_input` for text of an input that is not UTF-8. Servers refuse a body with such
/// a text without saying where, so each text is checked before it is written. `what` begins the complaint,
/// such as "has a tool call whose id ", or is empty.
void check_text(std::string_view kind, std::size_t index, std::string_view what, std::string_view text);
/// Throws a `ConfigError` for text that is no JSON object.
void check_object(std::string_view option, std::string_view text);

}  // namespace corochain::codec
