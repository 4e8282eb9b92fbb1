#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# migrate, schema, check, and databases that are not as they should be.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

on_each_engine {
    my ($db) = @_;
    if ($db->{engine} eq 'sqlite') {
        $db->fails(5, qr/braze-admin migrate/, 'check');
        ok !-e $db->{params}, 'check makes no file';
    }
    else {
        $db->fails(5, qr/braze-admin migrate/, 'check');
    }
    my $first = $db->command('migrate');
    is $first->{code}, 0, 'migrate' or diag $first->{err};
    is $first->{out}, "schema version 4: made\n", 'says what it did';
    if ($db->{engine} eq 'sqlite') {
        is sprintf('%o', (stat $db->{params})[2] & 07777), '640', 'the file is for its owner and group';
        like $first->{err}, qr/give it to the user that httpd runs as/, 'reminds root of httpd\'s user' if !$>;
    }
    is $db->works('migrate'), "schema version 4: nothing to do\n", 'a second run does nothing';
    is $db->command('migrate')->{err}, '', 'and reminds of nothing';
    is_deeply $db->data('migrate'), { engine => $db->{engine}, from => 4, to => 4 }, 'JSON';
    is_deeply $db->data('check'), { engine => $db->{engine}, version => 4, companies => 0 }, 'check';
    is $db->works('check'), "Database        $db->{engine}\nSchema version  4\nCompanies       0\n", 'check, plain';

    $db->dbh->do('UPDATE braze_schema SET version = 99 WHERE version = 4');
    $db->fails(5, qr/schema: .*99/, 'check');
    $db->fails(5, qr/schema: /, qw(company list));
    $db->dbh->do('DROP TABLE braze_schema');
    $db->fails(5, qr/braze-admin migrate/, qw(company list));
} fresh => 1;

# The DDL is one that the engine takes, and the one that migrate uses.
for my $engine (qw(sqlite pgsql)) {
    my $got = braze_admin('schema', $engine);
    is $got->{code}, 0, "schema $engine";
    like $got->{out}, qr/CREATE TABLE\s+(?:IF NOT EXISTS\s+)?braze_$_\b/, "$engine: braze_$_"
        for qw(company user session token event);
    my $json = decoded(braze_admin('schema', $engine, '--json')->{out});
    is_deeply [ @$json{qw(engine version ddl)} ], [ $engine, 4, $got->{out} ], "schema $engine --json";
}
is braze_admin('schema')->{out}, braze_admin(qw(schema sqlite))->{out}, 'sqlite is the default';

# What cannot be reached.
my $no = AdminTest::sqlite();
my $dir = scratch();
{
    local $no->{params} = "$dir/no/such/folder/braze.db";
    $no->fails(5, qr{the folder \Q$dir\E/no/such/folder is not there: make it}, 'migrate');
}
{
    local $no->{params} = spew("$dir/garbage.db", 'x' x 8192);
    $no->fails(5, qr/database \(sqlite3\)|schema/, 'check');
}
{
    local @$no{qw(driver params)} = ('pgsql', "host=$dir port=1 user=u password=s3cret dbname=none");
    my $got = $no->command('check');
    is $got->{code}, 5, 'no server: exit 5';
    like $got->{err}, qr/\Abraze-admin: database \(pgsql\): /, 'no server: message';
    unlike $got->{err}, qr/s3cret/, 'no password in it';
}
{
    local @$no{qw(driver params)} = ('oracle', 'x');
    $no->fails(5, qr/database \(oracle\): /, 'check');
}

# The environment, and what goes before what.
my $db = AdminTest::sqlite();
$db->works('migrate');
{
    local @ENV{qw(BRAZE_DB_DRIVER BRAZE_DB_PARAMS)} = ('sqlite3', $db->{params});
    is braze_admin('check')->{code}, 0, 'the environment names the database';
    is braze_admin('check', '--driver', 'sqlite3', '--params', "$dir/absent.db")->{code}, 5, 'options go before it';
    is braze_admin('check', '-f', spew("$dir/other.conf", "DBDriver sqlite3\nDBDParams $dir/absent.db\n"))->{code}, 5,
        'so does a file';
    is braze_admin('check', '-f', "$dir/other.conf", '--driver', 'sqlite3', '--params', $db->{params})->{code}, 0,
        'options go before a file';
}

done_testing;
