// node/printable.hpp: bytes that a stranger chose, made safe to show on one line of a terminal or in a JSON
// string.
#pragma once

#include <string>
#include <string_view>

namespace bellwether::node {

// A line break becomes \n; other control characters and bytes that are not UTF-8 become \xNN.
std::string printable(std::string_view bytes);
void append_printable(std::string& line, std::string_view bytes);

std::string json_escaped(std::string_view text);  // without the quotes; what is not UTF-8 becomes U+FFFD

// Length of the valid UTF-8 sequence at the front; 0: none. Overlong forms, surrogates and what lies beyond
// U+10FFFF are not valid.
std::size_t utf8_length(std::string_view bytes);

}  // namespace bellwether::node
