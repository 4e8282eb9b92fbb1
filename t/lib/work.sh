# SPDX-License-Identifier: Apache-2.0
# Sourced (bash) by what starts an httpd of its own with our modules: a fresh work folder under /tmp that
# nobody owns, with modules, keys, database and seed in it. Sets and uses:
#   top      the source tree            builddir  where the modules are
#   work     the work folder            engine    sqlite | pgsql
#   mpm      event | worker | prefork   asan      not empty: a build with sanitizers
#   httpd    Debian's httpd             apxs
# and exports the BRAZE_T_* variables that t/lib/BrazeTest.pm reads.

die() { echo "${0##*/}: $*" >&2; exit 1; }

if [ "$(id -u)" -eq 0 ]; then
    as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
    give_nobody() { chown -R nobody:nogroup "$@"; }
else
    as_nobody() { "$@"; }
    give_nobody() { :; }
fi

# Where the modules are: named, or here, or where ./check builds.
work_find_build() {
    local d
    for d in "$builddir" "$PWD" "$top" "$top/.check/gcc"; do
        [ -n "$d" ] && [ -f "$d/mod_braze_jit.so" ] && break
        [ -z "$builddir" ] || die "no mod_braze_jit.so in $builddir: run make there first"
        d=
    done
    [ -n "$d" ] || die "no mod_braze_jit.so here or in .check/gcc: build first, or name --builddir"
    builddir=$(cd "$d" && pwd)
    for d in mod_braze_scim.so braze-admin; do
        [ -f "$builddir/$d" ] || die "$builddir/$d is not built"
    done
    if readelf -d "$builddir/mod_braze_jit.so" | grep -q 'NEEDED.*libasan'; then asan=1; fi
    apxs=$(command -v apxs || command -v apxs2) || die "no apxs: apt-get install apache2-dev"
    modules=$($apxs -q LIBEXECDIR)
    httpd=$($apxs -q SBINDIR)/$($apxs -q PROGNAME)
    [ -x "$httpd" ] || die "no $httpd: apt-get install apache2-bin"
    perl -MApache::TestRun -e1 2>/dev/null || die "no Apache::Test: apt-get install libapache2-mod-perl2"
}

# The folder's path is short, because a unix socket's path has little room.
work_make() {
    local d m
    work=$(mktemp -d /tmp/braze-t.XXXXXX) || exit 1
    trap work_finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir -p "$work/t/logs" "$work/modules" "$work/bin" "$work/idp" "$work/db"
    for d in conf jit scim settings lib cases TEST.PL seed; do
        [ ! -e "$top/t/$d" ] || cp -R "$top/t/$d" "$work/t/"
    done
    # t/cases/saml/make-cases reads the reason codes where they stand.
    mkdir -p "$work/src/saml"
    cp "$top/src/saml/reasons.h" "$work/src/saml/"
    cp "$builddir/mod_braze_jit.so" "$builddir/mod_braze_scim.so" "$work/modules/"
    cp "$builddir/braze-admin" "$work/bin/"
    {
        echo "LoadModule mpm_${mpm}_module $modules/mod_mpm_$mpm.so"
        grep -v '^#' "$top/t/conf/modules.list" | while read -r m; do
            [ -z "$m" ] || echo "LoadModule ${m}_module $modules/mod_$m.so"
        done
    } >"$work/t/conf/base.conf"
    # A build with sanitizers needs their runtime in httpd before anything else; Perl goes without.
    # httpd keeps pools to its end: leaks are valgrind's part.
    {
        echo '#!/bin/sh'
        if [ -n "$asan" ]; then
            echo "LD_PRELOAD=$(gcc -print-file-name=libasan.so)"
            echo "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_odr_violation=0:log_path=$work/t/logs/asan"
            echo "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:log_path=$work/t/logs/ubsan"
            echo 'export LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS'
        fi
        echo "exec $httpd \"\$@\""
    } >"$work/bin/httpd"
    [ -z "$asan" ] || export ASAN_OPTIONS=detect_leaks=0
    chmod 755 "$work" "$work/bin/httpd"
    give_nobody "$work"
}

# shellcheck disable=SC2317 # called by the trap
work_finish() {
    local status=$?
    trap - EXIT INT TERM
    if [ -f "$work/t/logs/httpd.pid" ]; then
        # Only where the run was interrupted: Apache::Test stops its server itself.
        kill "$(cat "$work/t/logs/httpd.pid")" 2>/dev/null && sleep 1
    fi
    "$top/t/run-pgsql" stop "$work/pg" || status=1
    if [ -n "${keep-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
    exit "$status"
}

# Keys, database and what stands in it before httpd starts; then the current folder is the work folder.
work_fill() {
    local driver=sqlite3 params=$work/db/braze.db
    if [ "$engine" = pgsql ]; then
        params=$("$top/t/run-pgsql" start "$work/pg") || die "no PostgreSQL"
        driver=pgsql
    fi
    export BRAZE_T_WORK=$work BRAZE_T_MODULES=$work/modules BRAZE_T_IDP=$work/idp \
        BRAZE_T_ADMIN=$work/bin/braze-admin BRAZE_T_ENGINE=$engine BRAZE_T_MPM=$mpm \
        BRAZE_T_DBDRIVER=$driver BRAZE_T_DBDPARAMS=$params BRAZE_T_HTTPD=$work/bin/httpd \
        BRAZE_T_BASECONF=$work/t/conf/base.conf PERL5LIB=$work/t/lib HOME=$work TMPDIR=$work \
        APACHE_TEST_ULIMIT_SET=1
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY all_proxy ALL_PROXY
    cd "$work" || exit 1
    as_nobody perl -MBrazeTest::Idp -e 'BrazeTest::Idp::write_all()' ||
        die "no keys for the identity providers"
    as_nobody "$work/bin/braze-admin" --driver "$driver" --params "$params" migrate \
        >"$work/migrate.log" 2>&1 || { cat "$work/migrate.log" >&2; die "braze-admin migrate failed"; }
    as_nobody /bin/sh "$work/t/seed" >"$work/seed.log" 2>&1 ||
        { cat "$work/seed.log" >&2; die "t/seed failed"; }
}

# A free port far from the usual ones; virtual hosts take those that follow.
work_port() {
    perl -MIO::Socket::INET -e 'for (1 .. 200) { my $p = 20000 + 10 * int rand 1000;
        print($p), exit 0 if IO::Socket::INET->new(LocalAddr => "127.0.0.1:$p", Listen => 1) }
        exit 1' || die "no free port on 127.0.0.1"
}

# Words for t/TEST.PL that say which server it is.
work_test_pl() {
    as_nobody perl t/TEST.PL -apxs "$apxs" -httpd "$work/bin/httpd" -httpd_conf "$BRAZE_T_BASECONF" \
        -servername 127.0.0.1 -port "$(work_port)" "$@"
}
