# kallos_library, kallos_app, kallos_bench and kallos_test: one declaration per target.
#
# A target names what it links. Names that do not exist, because an optional dependency is missing, skip the target and
# appear in the summary that the configure step ends with.

set_property(GLOBAL PROPERTY KALLOS_BUILT "")
set_property(GLOBAL PROPERTY KALLOS_SKIPPED "")

# Sets OUT to the first of the given link names that no target provides, or to the empty string.
function(kallos_first_missing OUT)
  set(${OUT} "" PARENT_SCOPE)
  foreach(name IN LISTS ARGN)
    if(name MATCHES "::" AND NOT TARGET ${name})
      set(${OUT} ${name} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# kallos_library(NAME SOURCES ... [PUBLIC ...] [PRIVATE ...]): the static library kallos::NAME of one folder.
function(kallos_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  kallos_first_missing(missing ${ARG_PUBLIC} ${ARG_PRIVATE})
  if(missing)
    set_property(GLOBAL APPEND PROPERTY KALLOS_SKIPPED "${NAME} (needs ${missing})")
    return()
  endif()
  add_library(kallos_${NAME} STATIC ${ARG_SOURCES})
  add_library(kallos::${NAME} ALIAS kallos_${NAME})
  target_include_directories(kallos_${NAME} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/kallos>)
  target_compile_features(kallos_${NAME} PUBLIC cxx_std_20)
  target_link_libraries(kallos_${NAME} PUBLIC ${ARG_PUBLIC}
    PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:kallos_warnings>)
  kallos_install_library(kallos_${NAME} ${NAME})
  set_property(GLOBAL APPEND PROPERTY KALLOS_BUILT ${NAME})
endfunction()

# What `cmake --build . --target programs` builds: every kallos_app.
add_custom_target(programs)

# kallos_app(NAME SOURCES ... LINK ...): the executable bin/NAME.
function(kallos_app NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  kallos_first_missing(missing ${ARG_LINK})
  if(missing)
    set_property(GLOBAL APPEND PROPERTY KALLOS_SKIPPED "${NAME} (needs ${missing})")
    return()
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} kallos_warnings)
  add_dependencies(programs ${NAME})
  kallos_install_app(${NAME})
  set_property(GLOBAL APPEND PROPERTY KALLOS_BUILT ${NAME})
endfunction()

# kallos_bench(NAME SOURCES ... LINK ...): the benchmark bin/NAME, which is not installed.
function(kallos_bench NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} kallos_warnings)
endfunction()

# Tests are compiled once and run once, so that they are not optimised further than to -O1. The
# libraries that they test are. GCC 12 at -O1 falsely sees std::string written beyond its end.
function(kallos_test_compilation TARGET)
  target_compile_options(${TARGET} PRIVATE $<$<CONFIG:Release>:-O1> -Wno-array-bounds
                         -Wno-stringop-overflow -Wno-stringop-overread)
endfunction()

# kallos_test_precompiled(HEADER...): the headers that every test includes anyway, parsed once.
function(kallos_test_precompiled)
  set(source ${PROJECT_BINARY_DIR}/kallos_test_headers.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Carries the precompiled headers of the tests.\n")
  add_library(kallos_test_headers OBJECT ${source})
  target_link_libraries(kallos_test_headers PRIVATE fmt::fmt GTest::gmock kallos_warnings)
  kallos_test_compilation(kallos_test_headers)
  target_precompile_headers(kallos_test_headers PRIVATE ${ARGN})
endfunction()

# kallos_test(FOLDER/NAME [LINK ...] [LABELS unit|e2e|gpu|slow ...] [SOURCES ...]): the GoogleTest program of
# tests/FOLDER/NAME_test.cc, as the ctest entry FOLDER/NAME. It links the library of that folder, where there is one, and
# what LINK names besides. Labels default to unit. The target tests_FOLDER builds the tests of a folder and those inside.
function(kallos_test TEST)
  cmake_parse_arguments(ARG "" "" "LINK;LABELS;SOURCES" ${ARGN})
  cmake_path(GET TEST PARENT_PATH folder)
  string(REPLACE "/" "_" library kallos::${folder})
  if(TARGET ${library})
    list(PREPEND ARG_LINK ${library})
  endif()
  kallos_first_missing(missing ${ARG_LINK})
  if(missing)
    set_property(GLOBAL APPEND PROPERTY KALLOS_SKIPPED "test ${TEST} (needs ${missing})")
    return()
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  string(REPLACE "/" "_" target ${TEST}_test)
  add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/${TEST}_test.cc ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main kallos_warnings)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  kallos_test_compilation(${target})
  if(NOT "OpenMP::OpenMP_CXX" IN_LIST ARG_LINK)  # -fopenmp needs headers precompiled with it
    target_precompile_headers(${target} REUSE_FROM kallos_test_headers)
  endif()
  target_compile_definitions(${target} PRIVATE
    KALLOS_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KALLOS_BIN_DIR="${PROJECT_BINARY_DIR}/bin")
  string(REGEX REPLACE "/.*" "" top ${TEST})
  if(NOT TARGET tests_${top})
    add_custom_target(tests_${top})
  endif()
  add_dependencies(tests_${top} ${target})
  add_test(NAME ${TEST} COMMAND ${target})
  set_tests_properties(${TEST} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600
    ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan_suppressions.txt")
endfunction()

function(kallos_print_summary)
  get_property(built GLOBAL PROPERTY KALLOS_BUILT)
  get_property(skipped GLOBAL PROPERTY KALLOS_SKIPPED)
  list(JOIN built " " built)
  message(STATUS "Kallos builds: ${built}")
  foreach(line IN LISTS skipped)
    message(STATUS "Kallos skips:  ${line}")
  endforeach()
endfunction()
