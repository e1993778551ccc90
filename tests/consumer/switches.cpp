// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The smallest program that shares Asio with the library.
#include <corochain/core/awaitable.hpp>

int main() {}
