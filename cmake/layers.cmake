# bellwether_layer(NAME SOURCES ... DEPENDS ...): one static library for one folder of src/.
# Only the layers named in DEPENDS are linked, so the dependencies point one way; tests/layering checks the includes.
function(bellwether_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${LAYER_SOURCES})
  target_link_libraries(${name} PUBLIC bellwether_compile_options ${LAYER_DEPENDS} ${LAYER_LIBRARIES})
endfunction()

# bellwether_test(NAME SOURCES ... DEPENDS ...): one GoogleTest program for one folder of tests/. ctest runs and counts
# each of its tests alone, so that a crash or a hang has a name; `ctest -L NAME` runs the tests of one program.
function(bellwether_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_DEPENDS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES PROPERTIES LABELS ${name} TIMEOUT 300)
endfunction()
