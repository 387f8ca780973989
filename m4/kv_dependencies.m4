# Dependencies. What is missing is named by its Debian package.

# KV_REQUIRE_LIBRARY(PREFIX, MODULE AND VERSION, DEBIAN-PACKAGE)
AC_DEFUN([KV_REQUIRE_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([the library $2 is missing or too old: install the Debian package $3])])
])

# KV_LINK_URING
# The shared library of liburing 2.3 (Debian 12) leaves out two functions that its header declares,
# io_uring_enable_rings and io_uring_register_restrictions; the archive of the same package has them.
AC_DEFUN([KV_LINK_URING], [
  AC_CACHE_CHECK([how to link all of liburing], [kv_cv_uring_libs],
    [kv_cv_uring_libs=no
     kv_saved_LIBS=$LIBS
     for kv_libs in "$URING_LIBS" "-l:liburing.a"; do
       LIBS="$kv_libs $kv_saved_LIBS"
       AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <liburing.h>]],
           [[struct io_uring ring = {0};
             return io_uring_register_restrictions(&ring, 0, 0) + io_uring_enable_rings(&ring);]])],
         [kv_cv_uring_libs=$kv_libs; break])
     done
     LIBS=$kv_saved_LIBS])
  AS_IF([test "$kv_cv_uring_libs" = no],
    [AC_MSG_ERROR([liburing lacks io_uring_enable_rings: install the Debian package liburing-dev])])
  URING_LIBS=$kv_cv_uring_libs
])

# KV_TEST_LIBRARY(PREFIX, MODULE AND VERSION, DEBIAN-PACKAGE)
AC_DEFUN([KV_TEST_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_RESULT([no; `make check` needs it])
     KV_TESTS_MISSING="$KV_TESTS_MISSING $3"])
])

# KV_TEST_PYTHON
# The script tests speak to the server through redis-py, so the interpreter must have it. The
# distribution's own comes first: it is the one that the package python3-redis belongs to.
AC_DEFUN([KV_TEST_PYTHON], [
  AC_ARG_VAR([PYTHON], [Python 3 that can import redis, for the tests])
  AC_CACHE_CHECK([for a Python that can import redis], [kv_cv_python],
    [kv_cv_python=no
     for kv_python in "$PYTHON" /usr/bin/python3 python3; do
       AS_IF([test -n "$kv_python" && "$kv_python" -c 'import redis' >/dev/null 2>&1],
             [kv_cv_python=$kv_python; break])
     done])
  AS_IF([test "$kv_cv_python" = no],
    [PYTHON=${PYTHON:-python3}
     KV_TESTS_MISSING="$KV_TESTS_MISSING python3 python3-redis"],
    [PYTHON=$kv_cv_python])
])

# KV_TEST_READY: the programs that the tests call, and the sum.
# redis-server may also be found as redis-check-rdb, which is the same program in redis-tools.
AC_DEFUN([KV_TEST_READY], [
  for kv_program in redis-cli redis-benchmark; do
    AS_IF([command -v $kv_program >/dev/null 2>&1], [],
      [AS_CASE([$KV_TESTS_MISSING], [*redis-tools*], [],
               [KV_TESTS_MISSING="$KV_TESTS_MISSING redis-tools"])])
  done
  AS_IF([command -v promtool >/dev/null 2>&1], [],
        [KV_TESTS_MISSING="$KV_TESTS_MISSING prometheus"])
  AS_IF(["$PYTHON" -c 'import prometheus_client' >/dev/null 2>&1], [],
        [KV_TESTS_MISSING="$KV_TESTS_MISSING python3-prometheus-client"])
  AS_IF([test -z "$KV_TESTS_MISSING"], [kv_tests=yes],
        [kv_tests="no, missing:$KV_TESTS_MISSING"])
  AC_SUBST([KV_TESTS_MISSING])
  AM_CONDITIONAL([KV_TESTS], [test -z "$KV_TESTS_MISSING"])
])
