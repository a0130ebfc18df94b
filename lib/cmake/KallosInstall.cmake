# What `cmake --install` and `cpack -G DEB` make: programs with their manual pages and completion,
# headers, static libraries, and the CMake package Kallos, whose components are the folders. A project
# that adds Kallos by add_subdirectory installs its own things only.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The library TARGET as kallos::NAME of the package; those of the tests stay here.
function(kallos_install_library TARGET NAME)
  if(NOT PROJECT_IS_TOP_LEVEL OR CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/tests")
    return()
  endif()
  set_target_properties(${TARGET} PROPERTIES EXPORT_NAME ${NAME})
  install(TARGETS ${TARGET} EXPORT KallosTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# The program NAME, and what it says about itself, by `NAME --describe FORM` (lib/run/documents.h).
function(kallos_install_app NAME)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  install(TARGETS ${NAME} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(share ${PROJECT_BINARY_DIR}/share)
  set(outputs)
  foreach(form_and_file man:man/man1/${NAME}.1 bash:bash-completion/completions/${NAME}
          zsh:zsh/site-functions/_${NAME} fish:fish/vendor_completions.d/${NAME}.fish
          markdown:markdown/${NAME}.md common:markdown/common.${NAME}.md)
    string(REPLACE ":" ";" parts ${form_and_file})
    list(GET parts 0 form)
    list(GET parts 1 file)
    cmake_path(GET file PARENT_PATH folder)
    file(MAKE_DIRECTORY ${share}/${folder})
    add_custom_command(OUTPUT ${share}/${file} DEPENDS ${NAME} VERBATIM
      COMMAND ${NAME} --describe ${form} > ${share}/${file})
    list(APPEND outputs ${share}/${file})
    if(NOT folder STREQUAL markdown)
      install(FILES ${share}/${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
    endif()
  endforeach()
  add_custom_target(${NAME}-documents ALL DEPENDS ${outputs})
endfunction()

# Headers, notices and the package itself. After all targets.
function(kallos_install_package)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  foreach(folder lib data extract pca train eval ga)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}
      DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/kallos FILES_MATCHING PATTERN "*.h" PATTERN cmake EXCLUDE)
  endforeach()
  install(FILES ${PROJECT_SOURCE_DIR}/docs/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Kallos)
  install(EXPORT KallosTargets NAMESPACE kallos:: DESTINATION ${package})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/lib/cmake/KallosConfig.cmake.in
    ${PROJECT_BINARY_DIR}/KallosConfig.cmake INSTALL_DESTINATION ${package})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/KallosConfigVersion.cmake
    VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/KallosConfig.cmake
    ${PROJECT_BINARY_DIR}/KallosConfigVersion.cmake DESTINATION ${package})
endfunction()

if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_PACKAGE_NAME kallos)
  set(CPACK_PACKAGE_CONTACT "Kallos developers <kallos@localhost>")
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
  set(CPACK_PACKAGE_DESCRIPTION "Extracts deep features of photographs, reduces and selects them,
trains classifiers and small networks, and measures them with confidence
intervals. Programs, C++ headers, static libraries and a CMake package.")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  include(CPack)
endif()
