#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Completion in bash: every command and every option that help knows, values, files.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

my $file    = top() . '/tools/braze-admin.bash';
my $program = ($ENV{BRAZE_BUILDDIR} // '.') . '/braze-admin';

# What bash offers for the last of these words.
sub offers {
    my @words = @_;
    my $script = 'set -u; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _braze_admin "$1"; printf "%s\n" "${COMPREPLY[@]}"';
    open my $bash, '-|', 'bash', '-c', $script, 'bash', $file, $program, @words or die "bash: $!";
    my @offered = map { chomp; $_ } <$bash>;
    ok close $bash, "bash: @words";
    return sort grep {length} @offered;
}

my %verbs;
my ($commands) = braze_admin('help')->{out} =~ /^Commands:\n(.*?)^$/ms;
for my $line (split /\n/, $commands) {
    my ($group, $verb) = $line =~ /^  ([a-z-]+)(?: ([a-z-]+))?/ or next;
    $verbs{$group}{$verb} = 1 if defined $verb;
    $verbs{$group} //= {};
}
cmp_ok scalar keys %verbs, '>', 12, 'help lists groups';
is_deeply [ offers('') ], [ sort keys %verbs ], 'the groups';
for my $group (sort keys %verbs) {
    is_deeply [ offers($group, '') ], [ sort keys %{ $verbs{$group} } ], "verbs of $group" if $group ne 'help';
}

for my $command ([qw(user add)], [qw(event list)], ['check']) {
    my %known = map { $_ => 1 } braze_admin('help', @$command)->{out} =~ /^  (?:-\w, )?(--[\w-]+)/mg;
    is_deeply [ offers(@$command, '--') ], [ sort keys %known ], "options of @$command";
}
is_deeply [ offers(qw(us)) ],                             ['user'],                    'a beginning';
is_deeply [ offers(qw(token add --profile), '') ],        [qw(entra okta strict)],     'values that help names';
is_deeply [ offers(qw(token add --origin), '') ],         [],                          'nothing for a free text';
is_deeply [ offers(qw(--driver sqlite3 event list --si)) ], ['--since'],               'behind options of every command';
is_deeply [ offers(qw(-f a.conf sess)) ],                 ['session'],                 'behind -f';
is_deeply [ offers(qw(help ses)) ],                       ['session'],                 'behind help';

my $dir = scratch();
spew("$dir/new people.csv", '');
is_deeply [ offers(qw(user import), "$dir/new") ],            ["$dir/new people.csv"], 'a file to import, with a blank in its name';
is_deeply [ offers('jit', 'idp', '--certificate', "$dir/new") ], ["$dir/new people.csv"], 'a file for an option';

done_testing;
