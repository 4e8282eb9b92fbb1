#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The manual page is what tools/make-man makes of its template and --help, and says what --help says: every
# command, each with exactly its options; and mandoc finds nothing wrong with it.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

my $page = top() . '/docs/braze-admin.8';
my $man  = slurp($page);

is do { my $make = top() . '/tools/make-man'; my $program = program(); scalar `'$make' '$page.in' '$program'` }, $man, '"make man" has nothing to change';

# { "company add" => { google => 1 } } of both.
my (%man, %help);
while ($man =~ /^\.It Xo\n(.*?)^\.Xc$/msg) {
    my $entry = $1;
    my ($name) = $entry =~ /^\.Cm (.+)$/m or next;
    $man{$name} = { map { $_ => 1 } $entry =~ /\bFl -([\w-]+)/g };
    $man{$name}{"words $_"} = 1 for $entry =~ /^\.(?:Op )?Ar (.+)$/mg;
}

my ($commands, $globals) = braze_admin('help')->{out} =~ /^Commands:\n(.*?)^Options of every command:\n(.*?)^$/ms;
for my $line (split /\n/, $commands) {
    my ($usage) = $line =~ /^  (\S+(?: \S+)*)/ or next;
    next if $usage =~ /^help/;
    my ($name) = $usage =~ /^([a-z-]+(?: [a-z-]+)?)/;
    my ($own) = braze_admin('help', split / /, $name)->{out} =~ /\A(.*?)^\nOptions of every command/ms;
    $help{$name} = { map { $_ => 1 } $own =~ /^  (?:-\w, )?--([\w-]+)/mg };
}
cmp_ok scalar keys %help, '>', 40, 'help lists commands';
is_deeply [ sort grep { $_ ne 'help' } keys %man ], [ sort keys %help ], 'the same commands';
ok $man{help}, 'and help itself';
for my $name (sort keys %help) {
    is_deeply [ sort grep { !/^words/ } keys %{ $man{$name} } ], [ sort keys %{ $help{$name} } ], "options of $name";
}

my %man_global  = map { $_ => 1 } map {/ -([\w-]{2,})/g} $man =~ /^\.It Fl(.+)$/mg;
my %help_global = map { $_ => 1 } $globals =~ /--([\w-]+)/g;
is_deeply [ sort keys %man_global ], [ sort keys %help_global ], 'options of every command';
cmp_ok scalar keys %help_global, '>=', 7, 'help lists those';

my ($exits) = $man =~ /^\.Sh EXIT STATUS\n(.*?)^\.Sh/ms;
is_deeply [ $exits =~ /^\.It (\d+)$/mg ], [ 0 .. 5 ], 'exit codes';
like braze_admin('help')->{out}, qr/\b$_ /, "help names exit code $_" for 0 .. 5;

# Every option in the examples exists.
my ($examples) = $man =~ /^\.Sh EXAMPLES\n(.*?)^\.Sh/ms;
my %known = map { $_ => 1 } keys %help_global, map { keys %$_ } values %help;
is_deeply [ grep { !$known{$_} } $examples =~ /\s--([\w-]+)/g ], [], 'the examples use options that there are';

# Without mandoc the suite ends: a missing tool must not look like a page in order.
{
    (grep { -x "$_/mandoc" } split /:/, $ENV{PATH} // '') or die "mandoc is not here: apt-get install mandoc\n";
    my @said = grep { !/referenced manual not found|outdated mandoc\.db/ } `mandoc -Tlint '$page' 2>&1`;
    is "@said", '', 'mandoc finds nothing';
}
like $man, qr/\A\.\\" SPDX-License-Identifier: Apache-2\.0\n/, 'licence';

done_testing;
