#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What the built objects show and need. httpd loads modules with global symbols: a module that shows
# more than its record would lend its copy of libbraze to the other one. mod_braze_scim does without
# the SAML libraries, and nothing of libbraze or braze-admin needs httpd.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More tests => 14;

my $dir  = builddir();
my $saml = qr/\b(?:lasso|xmlSec|xmlsec|g_object|libxml)/;

sub symbols { my ($which, $file) = @_; return map { /(\S+)\s*\z/ ? $1 : () } split /\n/, output_of('nm', '-D', $which, $file) }
sub needed { my ($file) = @_; return output_of('readelf', '-d', $file) =~ /NEEDED.*\[(\S+)\]/g }

for my $name (qw(jit scim)) {
    my $file = "$dir/mod_braze_$name.so";
    ok -f $file, "$file is built";
    my @defined = grep { !/\A(?:_init|_fini|__asan_|__odr_asan|__ubsan|__start|__stop|_edata|_end|__bss_start)/ }
        symbols('--defined-only', $file);
    is "@defined", "braze_${name}_module", "mod_braze_$name shows its record and nothing else";
    my @undefined = symbols('--undefined-only', $file);
    looked_at(scalar @undefined, 'undefined symbols');
    none("mod_braze_$name needs nothing of ours from outside", grep {/\Abraze_/} @undefined);
}
none('mod_braze_scim needs no SAML library',
    grep {/$saml|xmlsec|lasso|libxml2|gobject/} needed("$dir/mod_braze_scim.so"));
none('and calls none', grep {/\A(?:lasso|xmlSec|xml[A-Z]|g_)/} symbols('--undefined-only', "$dir/mod_braze_scim.so"));
ok scalar(grep {/libxmlsec1/} needed("$dir/mod_braze_jit.so")), 'mod_braze_jit needs xmlsec: the look at NEEDED sees something';

ok -x "$dir/braze-admin", 'braze-admin is built';
none('braze-admin calls nothing of httpd', grep {/\Aap_/} symbols('--undefined-only', "$dir/braze-admin"));
my @archive = map { /\bU (\S+)/ ? $1 : () } split /\n/, output_of('nm', '--undefined-only', "$dir/libbraze.a");
none('libbraze calls nothing of httpd', @archive ? grep {/\Aap_/} @archive : 'libbraze.a has no symbols');
