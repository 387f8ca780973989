# Debug and sanitizer builds, and builds for valgrind.

# KV_ARG_DEBUG: the assertions that check whole structures.
AC_DEFUN([KV_ARG_DEBUG], [
  AC_ARG_ENABLE([debug],
    [AS_HELP_STRING([--enable-debug], [expensive assertions (KV_DEBUG), -Og, no LTO])],
    [], [enable_debug=no])
  AS_IF([test "$enable_debug" = yes], [KV_CPPFLAGS="$KV_CPPFLAGS -DKV_DEBUG"])
])

# KV_ARG_SANITIZERS: a finding ends the program, so that a test cannot pass over it.
AC_DEFUN([KV_ARG_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers],
       [AddressSanitizer and UndefinedBehaviorSanitizer; no LTO, no fortify])],
    [], [enable_sanitizers=no])
  AS_IF([test "$enable_sanitizers" = yes],
    [KV_CFLAGS="$KV_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=all"
     KV_CFLAGS="$KV_CFLAGS -fno-omit-frame-pointer"
     KV_LDFLAGS="$KV_LDFLAGS -fsanitize=address,undefined"])
  AM_CONDITIONAL([KV_SANITIZERS], [test "$enable_sanitizers" = yes])
])

# KV_ARG_BOUNDED_MALLOC
# valgrind puts its malloc in the place of the C library's and would not see ours. The sanitizers
# bring one too; src/memory/malloc.c finds that out itself.
AC_DEFUN([KV_ARG_BOUNDED_MALLOC], [
  AC_ARG_ENABLE([bounded-malloc],
    [AS_HELP_STRING([--disable-bounded-malloc],
       [the C library's malloc in place of the bounded heap, unbounded and not sealed;
        for valgrind])],
    [], [enable_bounded_malloc=yes])
  AS_IF([test "$enable_bounded_malloc" = no],
    [KV_CPPFLAGS="$KV_CPPFLAGS -DKV_NO_BOUNDED_MALLOC"])
])
