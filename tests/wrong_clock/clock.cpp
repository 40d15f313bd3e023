// tests/wrong_clock/clock.cpp: the wall clock, off by WRONG_CLOCK_S seconds. The other clocks are as they are.
#include <dlfcn.h>

#include <cstdlib>
#include <ctime>

namespace {

using ClockGetTime = int (*)(clockid_t, timespec*);

ClockGetTime real_clock() {
  static const auto found = reinterpret_cast<ClockGetTime>(dlsym(RTLD_NEXT, "clock_gettime"));
  return found;
}

time_t offset() {
  static const char* const text = std::getenv("WRONG_CLOCK_S");
  static const long long seconds = text == nullptr ? 0 : std::atoll(text);
  return static_cast<time_t>(seconds);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec* time) noexcept {
  const int result = real_clock()(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += offset();
  return result;
}
