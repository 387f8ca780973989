# Dependencies. What is missing is named by its Debian package.

# KV_REQUIRE_LIBRARY(PREFIX, MODULE AND VERSION, DEBIAN-PACKAGE)
AC_DEFUN([KV_REQUIRE_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([the library $2 is missing or too old: install the Debian package $3])])
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
  AS_IF([test -z "$KV_TESTS_MISSING"], [kv_tests=yes],
        [kv_tests="no, missing:$KV_TESTS_MISSING"])
  AC_SUBST([KV_TESTS_MISSING])
  AM_CONDITIONAL([KV_TESTS], [test -z "$KV_TESTS_MISSING"])
])
