// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <vector>

// The texts of errors in core and prompts name variables this way, so that users can search for them.
namespace corochain::detail {

/// Names for the text of an error: "'a', 'b'", or "none" if there are none.
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace corochain::detail
