# How every target of this project is compiled: strict warnings, sanitizers on request, ccache where present.
add_library(bellwether_compile_options INTERFACE)
target_compile_options(bellwether_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 sees an overlap or an overflow in `"text" + string` when it optimizes (its bug 105651), and, with a
  # sanitizer's instructions in between, members of a variant that nobody set. Plain builds keep the last warning.
  target_compile_options(bellwether_compile_options INTERFACE -Wno-restrict -Wno-stringop-overflow)
  if(BELLWETHER_SANITIZE)
    target_compile_options(bellwether_compile_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(BELLWETHER_SANITIZE STREQUAL "thread")
    # The thread sanitizer does not understand Asio's fences. It understands the mutex of Asio's queue, which orders the same.
    target_compile_options(bellwether_compile_options INTERFACE -Wno-tsan)
  endif()
endif()
target_include_directories(bellwether_compile_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(bellwether_compile_options INTERFACE BELLWETHER_VERSION="${PROJECT_VERSION}")

if(BELLWETHER_SANITIZE)
  add_compile_options(-fsanitize=${BELLWETHER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BELLWETHER_SANITIZE})
endif()

if(BELLWETHER_FUZZ)  # what is compiled tells the fuzzer which way it went
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# bellwether_works_without_descriptors(TARGET): the sanitizer's check of an object's type opens a pipe to see whether an
# address may be read, and takes a process that is out of file descriptors for one with a broken object.
function(bellwether_works_without_descriptors target)
  if(BELLWETHER_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=vptr)
  endif()
endfunction()

find_program(BELLWETHER_CCACHE ccache)
if(BELLWETHER_CCACHE)
  # A precompiled header is only shared between builds when ccache may ignore its time stamps. No CCACHE_BASEDIR: a
  # precompiled header that another checkout made once drove the compiler out of memory.
  set(ccache_command ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${BELLWETHER_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache_command})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_command})
endif()
