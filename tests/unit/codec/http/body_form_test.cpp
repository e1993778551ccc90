// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/body_form.hpp"

#include <gtest/gtest.h>

namespace corochain::codec::body_form_test {
namespace {

TEST(body_form, the_first_bytes_tell_a_stream_from_a_whole_answer) {
  const auto form = [](std::string_view start, bool complete = false,
                       std::string_view type = "application/json") {
    header_fields headers;
    headers.add("content-type", type);
    return form_of(start, complete, headers);
  };
  for (const char* start :
       {"data: {", "data:", ": ping", "\n\nevent: x", "id: 1", "retry: 5", "\xEF\xBB\xBF data:"})
    EXPECT_EQ(form(start), body_form::events) << start;
  for (const char* start : {"{", " [", "\r\n{", "<html>", "datum", "\xEF\xBB\xBF{"})
    EXPECT_EQ(form(start), body_form::whole) << start;
  for (const char* start : {"", " ", "d", "dat", "even", "\n"})
    EXPECT_EQ(form(start), body_form::unknown) << start;
  EXPECT_EQ(form("", true), body_form::whole);
  EXPECT_EQ(form("", true, "text/event-stream"), body_form::events);
  EXPECT_EQ(form("dat", true), body_form::whole);
  EXPECT_EQ(form("<html>", false, "text/event-stream"), body_form::events);
  EXPECT_EQ(form("{", false, "text/event-stream"), body_form::whole);
}

TEST(body_form, knows_a_stream_by_its_content_type) {
  const auto with_type = [](std::string_view type) {
    header_fields headers;
    headers.add("Content-Type", type);
    return is_event_stream(headers);
  };
  EXPECT_TRUE(with_type("text/event-stream"));
  EXPECT_TRUE(with_type("Text/Event-Stream; charset=utf-8"));
  EXPECT_FALSE(with_type("application/json"));
  EXPECT_FALSE(is_event_stream(header_fields()));
}

}  // namespace
}  // namespace corochain::codec::body_form_test
