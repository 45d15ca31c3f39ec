# TUNNELD_CHECK_FLAGS(VARIABLE, FLAGS)
# Puts those of the flags into the variable, and substitutes it, that the
# compiler takes without a warning. Flags in one pair of quotes go together.
AC_DEFUN([TUNNELD_CHECK_FLAGS], [
$1=
for flag in m4_normalize([$2]); do
	AC_MSG_CHECKING([whether $CC takes $flag])
	tunneld_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $flag -Werror"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("");]])],
		[$1="$$1 $flag"; AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])])
	CFLAGS=$tunneld_saved_CFLAGS
done
AC_SUBST([$1])
])
