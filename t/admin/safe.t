#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Values that would steer a terminal, break a table, or break SQL, from the rows to the screen.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

# What others wrote: an audit row by a stranger, a name past our own checks.
sub strangers {
    my ($db, $company) = @_;
    $db->dbh->do('INSERT INTO braze_event (id, company_id, at, name, user_name, code, actor, ip, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', {},
        'f0000000-00000000-00000000-00000001', $company, 4102444800000, 'Failed Login', "eve\e]0;owned\a\nroot  yes", 'x', "saml:\x{202e}idp", '192.0.2.1',
        "two\nlines\r\e[2J");
    my $plain = $db->works(qw(event list));
    unlike $plain, qr/[^\n\x20-\x7e]/, 'the table has no control character';
    like $plain, qr/eve\\x1b\]0;owned\\x07\\x0aroot  yes/, 'they are made visible';
    like $plain, qr/saml:\\u\{202e\}idp/, 'marks of direction, too';
    is scalar(grep {/Failed Login/} split /\n/, $plain), 1, 'one row is one line';
    my $json = $db->works(qw(event list --json));
    unlike $json, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'JSON escapes them';
    is decoded($json)->[0]{detail}, "two\nlines\r\e[2J", 'and loses nothing';
    is decoded($json)->[0]{at}, '2100-01-01T00:00:00.000Z', 'newest first';
    return;
}

on_each_engine {
    my ($db) = @_;
    my @names = (q{Robert'); DROP TABLE braze_company;--}, q{100%s %d %n "quoted" \\ back}, '<b>&amp;</b>', '${HOME} `id` $(id)');
    my $company = $db->data(qw(company add Decorumsoft))->{id};
    $db->works('workspace', 'add', $_) for @names;
    is_deeply [ sort map { $_->{name} } @{ $db->data(qw(workspace list)) } ], [ sort @names ], 'names are only names';
    $db->fails(3, qr/has no workspace "' OR 1=1 --"/, 'workspace', 'delete', q{' OR 1=1 --});
    $db->fails(2, qr/workspace "a\\x1b\[31mb" of company/, 'workspace', 'add', "a\e[31mb");
    $db->fails(2, qr/workspace "x{1024}\S*" of company/, 'workspace', 'add', 'x' x 5000);
    is scalar @{ $db->data(qw(workspace list)) }, @names, 'those are not kept';
    strangers($db, $company);
    $db->fails(2, qr/--count 10001: say a whole number from 1 to 10000/, qw(event list --count 10001));
    $db->works('workspace', 'add', "w$_") for 1 .. 5;
    is scalar @{ $db->data(qw(event list --count 3)) }, 3, '--count';
};

done_testing;
