// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>
#include <tuple>

#include "corochain/core/chat_parameters.hpp"

// The one list of the request's parameters, so that a new one is a field of `ChatParameters` and a line here.
// `chat_completions/chat_request.cpp` writes requests from it; `models/chat_settings.cpp` merges the
// parameters of a model with those of a call.
namespace corochain::codec {

/// How a parameter is written into a request.
enum class parameter_form {
  /// As a JSON value: a number, a text, a list.
  value,
  /// As it is, because it is the text of a JSON object.
  json_object,
  /// As members of the request: the members of the JSON object whose text it is.
  members
};

/// A field of `ChatParameters`. `name` is the name of its member in a request.
template <class T>
struct chat_parameter {
  std::string_view name;
  T ChatParameters::* field;
  parameter_form form = parameter_form::value;
};
template <class T>
chat_parameter(std::string_view, T ChatParameters::*, parameter_form = parameter_form::value)
    -> chat_parameter<T>;

/// All fields of `ChatParameters`, in their order in requests. Requests, `merge` and the check of
/// `extra_body` are made from this table.
inline constexpr std::tuple chat_parameter_table{
    chat_parameter{"temperature", &ChatParameters::temperature},
    chat_parameter{"top_p", &ChatParameters::top_p},
    chat_parameter{"presence_penalty", &ChatParameters::presence_penalty},
    chat_parameter{"frequency_penalty", &ChatParameters::frequency_penalty},
    chat_parameter{"max_completion_tokens", &ChatParameters::max_tokens},
    chat_parameter{"seed", &ChatParameters::seed},
    chat_parameter{"n", &ChatParameters::n},
    chat_parameter{"logprobs", &ChatParameters::logprobs},
    chat_parameter{"top_logprobs", &ChatParameters::top_logprobs},
    chat_parameter{"logit_bias", &ChatParameters::logit_bias},
    chat_parameter{"reasoning_effort", &ChatParameters::reasoning_effort},
    chat_parameter{"verbosity", &ChatParameters::verbosity},
    chat_parameter{"service_tier", &ChatParameters::service_tier},
    chat_parameter{"store", &ChatParameters::store},
    chat_parameter{"parallel_tool_calls", &ChatParameters::parallel_tool_calls},
    chat_parameter{"response_format", &ChatParameters::response_format, parameter_form::json_object},
    chat_parameter{"stop", &ChatParameters::stop},
    chat_parameter{"user", &ChatParameters::user},
    chat_parameter{"extra_body", &ChatParameters::extra_body, parameter_form::members},
};

/// Calls `use` with each entry of the table, in order. The fields have different types, so `use` is generic:
/// a template or an overload set.
template <class Use>
constexpr void for_each_chat_parameter(Use use) {
  std::apply([&](const auto&... each) { (use(each), ...); }, chat_parameter_table);
}

/// Returns the parameters, with the fields that are set in `over` replaced.
ChatParameters merge(ChatParameters parameters, const ChatParameters& over);

}  // namespace corochain::codec
