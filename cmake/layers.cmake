# bellwether_layer(NAME SOURCES ... DEPENDS ...): one static library for one folder of src/.
# Only the layers named in DEPENDS are linked, so the dependencies point one way; tests/layering checks the includes.
function(bellwether_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${LAYER_SOURCES})
  target_link_libraries(${name} PUBLIC bellwether_compile_options ${LAYER_DEPENDS} ${LAYER_LIBRARIES})
endfunction()

# bellwether_test(NAME SOURCES ... DEPENDS ...): one GoogleTest program for one folder of tests/, run by ctest.
function(bellwether_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_DEPENDS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
