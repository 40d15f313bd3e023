// A replicated state as a checkpoint or another member's snapshot brings it. What is read as one is written as the same bytes.
#include "base/assert.hpp"
#include "input.hpp"
#include "state/state_encoding.hpp"
#include "storage/checkpoint_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellwether;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto state = state::decode_state(bytes)) {
    const std::string again = state::encode(*state);
    BELLWETHER_ASSERT(again.size() == size &&
                      std::equal(again.begin(), again.end(), reinterpret_cast<const char*>(data)));
  }
  static_cast<void>(storage::decode_checkpoint(storage::LogId{7}, 5, bytes));
  return 0;
}
