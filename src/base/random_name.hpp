// base/random_name.hpp: numbers and names that nobody else has, from the system's source of randomness.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

namespace bellwether {

std::uint64_t random_number();
std::string random_name();  // 128 bits as 32 hexadecimal digits

}  // namespace bellwether
