#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# make install puts everything where httpd and an operator look for it, under DESTDIR too, and make
# uninstall takes the same away. In the build folder that BRAZE_BUILDDIR names.
use strict;
use warnings;
use File::Find ();
use File::Temp ();
use FindBin ();
use Test::More;

my $build = $ENV{BRAZE_BUILDDIR} // '.';
my $place = File::Temp->newdir('/tmp/braze-i.XXXXXX');
my $dest  = "$place/a folder"; # its blank is part of the test
my $top   = "$FindBin::Bin/..";

sub make {
    my @words = @_;
    my $said = `make -s -C '$build' DESTDIR='$dest' @words 2>&1`;
    return $? == 0 ? '' : $said;
}

sub installed {
    my @found;
    File::Find::find(sub { push @found, $File::Find::name if -f }, "$dest");
    return map { substr $_, length "$dest" } sort @found;
}

is make('install'), '', 'make install';
chomp(my $libexec = `apxs -q LIBEXECDIR`);
my %there = map { $_ => 1 } installed();
ok $there{"$libexec/mod_braze_$_.so"}, "mod_braze_$_.so stands beside httpd's modules" for qw(jit scim);
ok -x "$dest/usr/local/sbin/braze-admin", 'braze-admin can be run';
like scalar `'$dest/usr/local/sbin/braze-admin' help 2>&1`, qr/migrate/, 'and speaks';
ok $there{'/usr/local/share/man/man8/braze-admin.8'}, 'its man page';
ok $there{'/usr/local/share/bash-completion/completions/braze-admin'}, 'its completion';
for my $example (glob "$top/conf-examples/*.conf") {
    my ($name) = $example =~ m{([^/]+)\z};
    ok $there{"/usr/local/share/doc/mod_braze/examples/$name"}, "example $name";
}
is make('uninstall'), '', 'make uninstall';
is join(' ', installed()), '', 'leaves nothing';

# make dist: what is committed and configure, from a clone as from what was unpacked.
SKIP: {
    skip 'no clone', 6 if !-e "$top/.git" && !-e "$top/MANIFEST";
    my $work = File::Temp->newdir('/tmp/braze-i.XXXXXX');
    my $list = sub { return join '', sort map { s{\A[^/]+/}{}r } grep { !m{/\n\z} } `tar -tzf '$_[0]'` };
    my $here = -e "$top/.git" ? join '', map {"$_\n"} sort grep { $_ ne 'configure' } split /\n/, `git -C '$top' ls-tree -r --name-only HEAD` : undef;
    is make('dist'), '', 'make dist';
    my ($tar) = glob "$build/*.tar.gz";
    my $files = $list->($tar);
    like $files, qr/^$_$/m, "$_ is in it" for qw(configure MANIFEST);
    is $files =~ s/^(?:configure|MANIFEST)\n//gmr, $here // $files =~ s/^(?:configure|MANIFEST)\n//gmr, 'and what is committed';
    my $said = `tar -C '$work' -xzf '$tar' && mkdir '$work/b' && cd '$work/b' && ../*/configure -q 2>&1 && make -s dist 2>&1`;
    is $?, 0, 'unpacked, it is configured without autoconf and packed again' or diag $said;
    is $list->(glob "$work/b/*.tar.gz"), $files, 'the same files';
    unlink $tar;
}
done_testing;
