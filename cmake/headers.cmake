# Target `headers`: every header of src/ is compiled alone, so that none leans on what its includer happened to include.
# Not part of `all`; tools/test builds it once.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/*.hpp)
set(header_sources)
foreach(header ${headers})
  set(source ${PROJECT_BINARY_DIR}/headers/${header}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")  # twice: is it guarded?
  list(APPEND header_sources ${source})
endforeach()
add_library(headers OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_compile_options(headers PRIVATE -O0)
target_link_libraries(headers PRIVATE bellwether_compile_options bellwether_asio bellwether_xxhash tl::expected
  nlohmann_json::nlohmann_json spdlog::spdlog CLI11::CLI11)
