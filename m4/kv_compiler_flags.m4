# Compiler and linker flags: each is tried alone, and used when the compiler takes it silently.

# KV_DEFAULT_CFLAGS
# The user's CFLAGS always win; without them the kind of build decides. Before AC_PROG_CC, which
# would otherwise set its own default.
AC_DEFUN([KV_DEFAULT_CFLAGS], [
  AS_IF([test "${CFLAGS+set}" != set],
    [AS_IF([test "$enable_debug" = yes], [CFLAGS="-g -Og"],
           [test "$enable_sanitizers" = yes], [CFLAGS="-g -O1"],
           [CFLAGS="-g -O2"])])
])

# KV_TRY_FLAGS(FLAGS, COMPILE|LINK, IF-TAKEN, IF-NOT)
# -Werror turns "unknown option, ignored" and "needs optimisation" into a refusal.
AC_DEFUN([KV_TRY_FLAGS], [
  AS_VAR_PUSHDEF([cache], [kv_cv_flags_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [cache],
    [kv_saved_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS -Werror $1"
     m4_if([$2], [LINK],
       [AC_LINK_IFELSE([KV_FLAGS_PROGRAM], [AS_VAR_SET([cache], [yes])],
                       [AS_VAR_SET([cache], [no])])],
       [AC_COMPILE_IFELSE([KV_FLAGS_PROGRAM], [AS_VAR_SET([cache], [yes])],
                          [AS_VAR_SET([cache], [no])])])
     CFLAGS=$kv_saved_CFLAGS])
  AS_VAR_IF([cache], [yes], [$3], [$4])
  AS_VAR_POPDEF([cache])
])

m4_define([KV_FLAGS_PROGRAM],
  [AC_LANG_SOURCE([[#include <string.h>
int main(int argc, char **argv) { return argc > 99 && strlen(argv[0]) == 0; }]])])

# KV_ADD_CFLAGS(FLAGS...) and KV_ADD_LDFLAGS(FLAGS...), a list in the sense of m4.
AC_DEFUN([KV_ADD_CFLAGS], [m4_foreach([kv_flag], [$@],
  [KV_TRY_FLAGS(kv_flag, [COMPILE], [KV_CFLAGS="$KV_CFLAGS kv_flag"])
])])
AC_DEFUN([KV_ADD_LDFLAGS], [m4_foreach([kv_flag], [$@],
  [KV_TRY_FLAGS(kv_flag, [LINK], [KV_LDFLAGS="$KV_LDFLAGS kv_flag"])
])])

# KV_WARNING_FLAGS
# --enable-werror is for CI and developers: a newer compiler's new warning must not stop a user.
AC_DEFUN([KV_WARNING_FLAGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])],
                [], [enable_werror=no])
  KV_TRY_FLAGS([-std=gnu17], [COMPILE], [KV_CFLAGS="$KV_CFLAGS -std=gnu17"],
    [AC_MSG_ERROR([the compiler $CC does not know C17: install the Debian package gcc])])
  KV_ADD_CFLAGS([-Wall], [-Wextra], [-Wshadow], [-Wconversion], [-Wsign-conversion],
    [-Wstrict-prototypes], [-Wmissing-prototypes], [-Wold-style-definition], [-Wpointer-arith],
    [-Wundef], [-Wvla], [-Wformat=2],
    [-Wduplicated-cond], [-Wimplicit-fallthrough=5])
  AS_IF([test "$enable_werror" = yes], [KV_CFLAGS="$KV_CFLAGS -Werror"])
  AC_SUBST([KV_CPPFLAGS])
  AC_SUBST([KV_CFLAGS])
  AC_SUBST([KV_LDFLAGS])
])

# KV_HARDENING_FLAGS
# Fortify counts sizes itself and disturbs the sanitizers; it also needs optimisation, which the
# trial with the user's CFLAGS finds out.
AC_DEFUN([KV_HARDENING_FLAGS], [
  KV_ADD_CFLAGS([-fPIE], [-fstack-protector-strong], [-fstack-clash-protection],
    [-fcf-protection], [-fno-common])
  KV_ADD_LDFLAGS([-pie], [-z relro], [-z now], [-z noexecstack])
  AS_IF([test "$enable_sanitizers" != yes],
    [KV_TRY_FLAGS([-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2], [COMPILE],
       [KV_CPPFLAGS="$KV_CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])])
])

# KV_LTO_FLAGS
# The libraries of the layers are archives of LTO objects, so the archiver must be the compiler's
# own: with a plain `ar` the link would find no symbols.
AC_DEFUN([KV_LTO_FLAGS], [
  AC_ARG_ENABLE([lto], [AS_HELP_STRING([--disable-lto], [no optimisation across files])],
                [], [enable_lto=yes])
  kv_lto=no
  # Clang's LTO objects need LLVM's archiver.
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#ifdef __clang__
#error
#endif]])], [], [enable_lto=no])
  AS_IF([test "$enable_lto" = yes && test "$enable_sanitizers" != yes &&
         test "$enable_debug" != yes],
    [AS_CASE([$KV_AR], [*gcc-ar],
       [KV_TRY_FLAGS([-flto=auto], [LINK],
          [kv_lto=yes
           KV_CFLAGS="$KV_CFLAGS -flto=auto"
           # At the link, functions of other files are inlined with constants that their own checks
           # exclude, and these two then see what cannot be. They stay on for each file.
           KV_LDFLAGS="$KV_LDFLAGS -Wno-stringop-overflow -Wno-array-bounds"
           AR=$KV_AR
           RANLIB=$KV_RANLIB])])])
  AC_SUBST([ARFLAGS], [cr])
  AC_SUBST([AR])
  AC_SUBST([RANLIB], [${RANLIB:-$KV_RANLIB}])
])
