#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Who may include whom, downwards only and never a sibling:
#   mod_*.c -> src/httpd -> {scim, saml, jit, page, store} -> include + src/core
# A room sees its own files and include/; a header named *_int.h is its room's alone. Foreign
# headers are each some rooms' only, and mod_dbd.h is one file's.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More;

# header => the files that may see it
my @foreign = (
    [ qr/\Ajansson\.h\z/                               => qr{\Asrc/core/json\w*\.c\z} ],
    [ qr{\A(?:utf8proc\.h|idn2\.h)\z}                  => qr{\Asrc/core/} ],
    [ qr{\Aopenssl/}                                   => qr{\A(?:src/core|src/saml|t/unit|t/fuzz)/} ],
    [ qr{\A(?:libxml|libxslt|xmlsec|lasso|glib|gobject)\b} => qr{\A(?:src/saml|t/unit|t/fuzz)/} ],
    [ qr{\A(?:httpd|http_\w+|ap_\w+|util_\w+|mod_\w+|mpm_common|scoreboard)\.h\z}
                                                       => qr{\A(?:src/httpd/|mod_\w+\.c\z|bench/)} ],
    [ qr{\Aapr_dbd(?:_internal)?\.h\z} => qr{\A(?:src/store/|src/httpd/|tools/|t/unit/|bench/|include/braze_store\.h\z)} ],
    [ qr{\A(?:cmocka)\.h\z}                            => qr{\At/unit/} ],
);

my %rank = (top => 3, httpd => 2, (map { $_ => 1 } qw(scim saml jit page store settings)), core => 0);

sub room {
    my ($file) = @_;
    return $1 if $file =~ m{\Asrc/(\w+)/};
    return 'top' if $file =~ m{\Amod_\w+\.c\z};
    return $file =~ m{\A(t/\w+|\w+)/} ? $1 : die "$file is in no room";
}

# The file that #include "name" finds: beside the includer, in include/, or by a path from the top.
sub resolved {
    my ($file, $name, $exists) = @_;
    (my $dir = $file) =~ s{/?[^/]*\z}{};
    my @tries = (length $dir ? "$dir/$name" : $name, "include/$name", $name,
        $dir eq '' ? "src/httpd/$name" : ());
    for my $try (@tries) {
        1 while $try =~ s{(?:\A|/)(?!\.\.)[^/]+/\.\./}{/};
        $try =~ s{\A/}{};
        return $try if $exists->($try);
    }
    return;
}

# What is wrong with one include, or nothing.
sub wrong {
    my ($file, $kind, $name, $exists) = @_;
    if ($kind eq '<') {
        for my $rule (@foreign) {
            my ($header, $who) = @$rule;
            return "may not see <$name>" if $name =~ $header && $file !~ $who;
        }
        return $name =~ /\Abraze_/ ? "include ours in quotes: $name" : ();
    }
    my $target = resolved($file, $name, $exists) // return "cannot find \"$name\"";
    my ($from, $to) = (room($file), room($target));
    return if $from eq $to || $to eq 'include' || $from eq 't/unit' || $from eq 't/fuzz';
    return "$from may not include $to" if $from eq 'include' || !exists $rank{$to};
    return "$from may not include $to" if !exists $rank{$from} || $rank{$from} <= $rank{$to};
    return "$target is private to $to" if $target =~ /_int\.h\z/ && $from ne 'top';
    return;
}

sub includes {
    my ($text) = @_;
    return map { [ $_->[0], $_->[1] =~ /include\s*(["<])([^">]+)/ ] }
        lines_of(code($text), qr/^\s*#\s*include\s*["<][^">]+/m);
}

my %there = map { $_ => 1 } qw(src/core/core_int.h src/scim/x.h src/httpd/httpd_int.h include/braze_err.h);
my $fake = sub { $there{ $_[0] } };
for my $bad ([ 'src/scim/a.c', '"', '../core/core_int.h' ], [ 'src/saml/a.c', '"', '../scim/x.h' ],
    [ 'src/core/a.c', '"', '../scim/x.h' ], [ 'include/a.h', '"', '../src/scim/x.h' ],
    [ 'src/core/key.c', '<', 'jansson.h' ], [ 'src/jit/a.c', '<', 'httpd.h' ],
    [ 'src/store/a.c', '<', 'mod_dbd.h' ], [ 'src/scim/a.c', '<', 'libxml/tree.h' ],
    [ 'tools/a.c', '<', 'http_log.h' ], [ 'src/jit/a.c', '"', 'absent.h' ]) {
    ok wrong(@$bad, $fake), "finds $bad->[0] including $bad->[2]";
}
for my $good ([ 'mod_braze_jit.c', '"', 'httpd_int.h' ], [ 'src/httpd/a.c', '"', '../scim/x.h' ],
    [ 'src/scim/a.c', '"', 'braze_err.h' ], [ 'src/core/json_parse.c', '<', 'jansson.h' ],
    [ 'src/httpd/a.c', '<', 'httpd.h' ]) {
    is wrong(@$good, $fake), undef, "allows $good->[0] including $good->[2]";
}

my (@findings, @dbd, $number);
my @sources = sources();
for my $file (@sources) {
    next if $file =~ m{\Abench/} && $file !~ m{\Abench/mod_};
    for my $include (includes(text($file))) {
        my ($line, $kind, $name) = @$include;
        $number++;
        my $wrong = wrong($file, $kind, $name, sub { -f $_[0] });
        push @findings, "$file:$line: $wrong" if defined $wrong;
        push @dbd, $file if $name eq 'mod_dbd.h' && $file !~ m{\Abench/};
    }
}
looked_at($number // 0, 'includes');
none('every include goes downwards', @findings);
is scalar @dbd, 1, 'one file sees mod_dbd.h' or diag "@dbd";

# A call of httpd's that no header declared would be an implicit one; the names are looked for too.
my @calls = map { my $f = $_; map {"$f:$_->[0]: $_->[1])"} lines_of(code(text($f), strings => 0), qr/\bap_\w+\s*\(/) }
    grep { m{\A(?:include|src|tools)/} && !m{\Asrc/httpd/} } @sources;
none('no call of httpd below the glue', @calls);
done_testing;
