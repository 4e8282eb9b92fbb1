#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# migrate, schema, check, and databases that are not as they should be.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use File::Temp ();
use POSIX ();
use Test::More;

# closed([fd …], words…): the exit status with these streams closed, the others on /dev/null.
sub closed {
    my ($fds, @words) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<', '/dev/null' or die;
        open STDOUT, '>', '/dev/null' or die;
        open STDERR, '>', '/dev/null' or die;
        POSIX::close($_) for @$fds;
        exec { program() } program(), @words or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

# as_nobody(file, program, words…): { code, err }, run by somebody who is not root; the file gets what it says.
sub as_nobody {
    my ($file, @words) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', $file       or die;
        open STDOUT, '>', '/dev/null' or die;
        if (!$>) {
            $) = '65534 65534';
            POSIX::setuid(65534) or die "setuid: $!";
        }
        exec { $words[0] } @words or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return { code => $? & 127 ? 128 + ($? & 127) : $? >> 8, err => slurp($file) };
}

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
    is $first->{out}, "schema version 5: made\n", 'says what it did';
    if ($db->{engine} eq 'sqlite') {
        is sprintf('%o', (stat $db->{params})[2] & 07777), '640', 'the file is for its owner and group';
        like $first->{err}, qr/give it to the user that httpd runs as/, 'reminds root of httpd\'s user' if !$>;
    }
    is $db->works('migrate'), "schema version 5: nothing to do\n", 'a second run does nothing';
    is $db->command('migrate')->{err}, '', 'and reminds of nothing';
    is_deeply $db->data('migrate'), { engine => $db->{engine}, from => 5, to => 5 }, 'JSON';
    is_deeply $db->data('check'), { engine => $db->{engine}, version => 5, companies => 0 }, 'check';
    is $db->works('check'), "Database        $db->{engine}\nSchema version  5\nCompanies       0\n", 'check, plain';

    # The version alone does not make it right.
    $db->dbh->do('ALTER TABLE braze_event RENAME COLUMN correlation TO lost');
    $db->fails(5, qr/schema: .* version 5 .*correlation.*"braze-admin schema"/, 'check');
    $db->dbh->do('ALTER TABLE braze_event RENAME COLUMN lost TO correlation');
    $db->works('check');
    $db->dbh->do('DROP TABLE braze_saml_request');
    $db->fails(5, qr/schema: .* version 5 .*braze_saml_request/, 'check');

    $db->dbh->do('UPDATE braze_schema SET version = 99 WHERE version = 5');
    $db->fails(5, qr/schema: .*99/, 'check');
    $db->fails(5, qr/schema: .*99, newer than this build's/, 'migrate');
    $db->fails(5, qr/schema: /, qw(company list));
    $db->dbh->do('DROP TABLE braze_schema');
    $db->fails(5, qr/braze-admin migrate/, qw(company list));
} fresh => 1;

# A standard stream that is closed: the database's socket must not come in its place, or the secret goes there.
on_each_engine {
    my ($db) = @_;
    $db->works(qw(company add C));
    $db->works(qw(workspace add W));
    for my $closed ([1], [ 0, 1 ], [ 0, 1, 2 ]) {
        is closed($closed, '--driver', $db->{driver}, '--params', $db->{params}, qw(token add --origin), "o@$closed" =~ tr/ //dr), 1,
            "a secret that nobody can have got is a failure, streams @$closed closed";
    }
    is @{ $db->data(qw(token list)) }, 3, 'the tokens are there, to be revoked';
    is closed([ 0, 2 ], '--driver', $db->{driver}, '--params', $db->{params}, 'check'), 0, 'what needs none of the closed ones works';
    isnt closed([0], '--driver', $db->{driver}, '--params', $db->{params}, qw(user import -)), 0, 'an input that is closed is not an empty one';
};

# The DDL is one that the engine takes, and the one that migrate uses.
for my $engine (qw(sqlite pgsql)) {
    my $got = braze_admin('schema', $engine);
    is $got->{code}, 0, "schema $engine";
    like $got->{out}, qr/CREATE TABLE\s+(?:IF NOT EXISTS\s+)?braze_$_\b/, "$engine: braze_$_"
        for qw(company user session token event);
    my $json = decoded(braze_admin('schema', $engine, '--json')->{out});
    is_deeply [ @$json{qw(engine version ddl)} ], [ $engine, 5, $got->{out} ], "schema $engine --json";
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
    $no->fails(5, qr/database \(sqlite3\)|schema/, $_) for qw(check migrate);
}
{
    local @$no{qw(driver params)} = ('pgsql', "host=$dir port=1 user=u password=s3cret dbname=none");
    my $got = $no->command('check');
    is $got->{code}, 5, 'no server: exit 5';
    like $got->{err}, qr/\Abraze-admin: database \(pgsql\): /, 'no server: message';
    unlike $got->{err}, qr/s3cret/, 'no password in it';
    unlike $got->{err}, qr/\\x0|  /, 'libpq\'s lines are made one, without their line ends';
    like $got->{err}, qr/\S \(BRAZE-0110\): see that the database runs/, 'no server: what to do';
}
{
    local @$no{qw(driver params)} = ('oracle', 'x');
    $no->fails(5, qr/database \(oracle\): /, 'check');
}

# What this user may not use: SQLite says "unable to open" or "readonly", we say whose it is and what to do.
{
    my $place = File::Temp->newdir('braze-admin.XXXXXX', TMPDIR => 1);
    chmod 0755, $place;
    my $program = "$place/braze-admin";
    system('cp', program(), $program) == 0 or die "cp: $?";
    my $mine = AdminTest::sqlite();
    $mine->{params} = "$place/mine.db";
    $mine->works('migrate');
    my $refused = sub {
        my ($path, $file, @words) = @_;
        my $got = as_nobody(scratch() . "/nobody.err", $program, '--driver', 'sqlite3', '--params', $file, @words);
        is $got->{code}, 5, "@words: exit 5";
        like $got->{err}, qr{\Abraze-admin: [^\n]*: \Q$path\E cannot be read and written by \S+ \(Permission denied\): run this as the user that httpd runs as, or as root\n\z},
            "@words: what is in the way";
    };
    chmod 0444, $mine->{params};
    chmod 0555, $place if $>;
    $refused->($mine->{params}, $mine->{params}, @$_) for ['check'], ['migrate'], [qw(company list)];
    chmod 0000, $mine->{params};
    $refused->($mine->{params}, $mine->{params}, @$_) for ['check'], ['migrate'];
    chmod 0666, $mine->{params};
    $refused->("$place", $mine->{params}, 'check');
    $refused->("$place", "$place/new.db", 'migrate');
    chmod 0755, $place;
    mkdir "$place/closed" or die;
    spew("$place/closed/x.db", '');
    chmod 0000, "$place/closed";
    $refused->("$place/closed/x.db", "$place/closed/x.db", 'check');
    chmod 0755, "$place/closed";
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
