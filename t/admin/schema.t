#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What applications read: tables and columns are the same on each engine and after each way to make them, and docs/schema.md names
# every one of them and nothing that there is not.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use Test::More;
use AdminTest;

my $page = slurp(top() . '/docs/schema.md');

# The parts of the page about a table: what stands under a heading with its name, or in its row of a table of tables.
sub about {
    my ($table) = @_;
    my @parts = grep {/\A### [^\n]*\b\Q$table\E\b/} split /^(?=##)/m, $page;
    push @parts, grep {/\A\| `\Q$table\E` \|/} split /\n/, $page;
    return join "\n", map {/`([^`\n]+)`/g} @parts;
}

sub tables_of {
    my ($db) = @_;
    my $sql = $db->{engine} eq 'sqlite'
        ? q{SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'}
        : qq{SELECT table_name FROM information_schema.tables WHERE table_schema = '$db->{schema}'};
    my %columns;
    for my $table (@{ $db->dbh->selectcol_arrayref($sql) }) {
        my $empty = $db->dbh->prepare("SELECT * FROM $table WHERE 1 = 0");
        $empty->execute;
        $columns{$table} = [ sort @{ $empty->{NAME_lc} } ];
    }
    return \%columns;
}

my %made;
on_each_engine {
    my ($db) = @_;
    my $tables = $made{ $db->{engine} } = tables_of($db);
    cmp_ok scalar keys %$tables, '>', 20, 'tables and views';
    is join(' ', grep { !/\Abraze_/ } sort keys %$tables), '', 'each is named braze_…';
    for my $table (sort keys %$tables) {
        my $said = about($table);
        is join(' ', grep { $said !~ /(?<!\w)\Q$_\E(?!\w)/ } @{ $tables->{$table} }), '', "docs/schema.md tells every column of $table";
    }
};
is_deeply $made{pgsql}, $made{sqlite}, 'the engines have the same tables and columns' if $made{pgsql};

my $ddl = join '', map { braze_admin('schema', $_)->{out} } qw(sqlite pgsql);
my %there = map { $_ => 1 } $ddl =~ /\b(braze_\w+)/g;
my %said = map { $_ => 1 } $page =~ /\b(braze_\w+)/g;
is join(' ', grep { !$there{$_} } sort keys %said), '', 'docs/schema.md names nothing that there is not';

# The version that is made is the last that the page tells of.
my ($versions) = $page =~ /^## Versions\n(.*?)^## /ms;
my @versions = $versions =~ /^\| (\d+) \|/mg;
is_deeply \@versions, [ 1 .. decoded(braze_admin('schema', '--json')->{out})->{version} ], 'and each version';
done_testing;
