#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Every command answers in JSON when it is asked to: one line on standard output, and nothing else there.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

my $dir  = scratch();
my $csv  = spew("$dir/people.csv", "email\ncarl\@decorumsoft.com\n");
my $cert = "$dir/idp.crt";
my $made = `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=idp -keyout '$dir/idp.key' -out '$cert' 2>&1`;
die $made if $? != 0;

# In this order each finds what it needs; ID: the id in the answer of the command before it.
my @WALK = (
    ['migrate'], ['schema'], ['check'],
    [qw(company add Decorumsoft)], [qw(company list)], [qw(company show)], [qw(company set --google off)],
    [qw(workspace add Marketing)], [qw(workspace add Sales)], [qw(workspace list)], [qw(workspace rename Sales Selling)], [qw(workspace delete Selling)],
    [qw(team add Berlin)], [qw(team add Rome)], [qw(team list)], [qw(team rename Rome Milan)], [qw(team delete Milan)],
    [qw(permission-set add Viewer view_campaigns)], [qw(permission-set add Old view_campaigns)], [qw(permission-set list)], [qw(permission-set edit Old view_segments)], [qw(permission-set delete Old)],
    [qw(role add Auditor view_campaigns)], [qw(role add Old view_campaigns)], [qw(role list)], [qw(role edit Old view_segments)], [qw(role delete Old)],
    [qw(user add ann@decorumsoft.com --confirmed)], [qw(user list)], [qw(user show ann@decorumsoft.com)], [qw(user confirm ann@decorumsoft.com)],
    [qw(user suspend ann@decorumsoft.com)], [qw(user restore ann@decorumsoft.com)], [qw(user permit ann@decorumsoft.com --workspace Marketing --permission view_campaigns)],
    [ qw(user import), $csv ], [qw(user delete carl@decorumsoft.com)],
    [qw(session list)], [qw(session end --all)],
    [qw(identity list)], [qw(identity add ann@decorumsoft.com --entity-id https://idp.example/)], [qw(identity remove ann@decorumsoft.com)],
    [qw(token add --origin hr)], [qw(token revoke ID)], [qw(token list)],
    [qw(api-key add portal --permission sso.saml.login)], [qw(api-key revoke portal)], [qw(api-key list)],
    [ qw(jit idp --entity-id https://idp.example/ --target-url https://idp.example/sso --certificate), $cert ],
    [qw(jit default --workspace Marketing --permission-set Viewer)], [qw(jit on)], [qw(jit show)], [qw(jit off)],
    [qw(jit allow-domain a.example)], [qw(jit list-domains)], [qw(jit disallow-domain a.example)],
    [qw(domain allow b.example)], [qw(domain list)], [qw(domain remove b.example)],
    [qw(event list)], ['sweep'],
);

# Those that are looked at elsewhere: saml.t, and help, which is for people.
my %elsewhere = map { $_ => 1 } qw(saml-check help);
my ($commands) = braze_admin('help')->{out} =~ /^Commands:\n(.*?)^$/ms;
my %missing = map { $_ => 1 } grep { !$elsewhere{$_} } $commands =~ /^  ([a-z-]+(?: [a-z-]+)?)/mg;
delete $missing{ @$_ > 1 && $missing{"$_->[0] $_->[1]"} ? "$_->[0] $_->[1]" : $_->[0] } for @WALK;
is join(', ', sort keys %missing), '', 'every command is in this walk';

on_each_engine {
    my ($db) = @_;
    my $last;
    for my $step (@WALK) {
        my @words = map { $_ eq 'ID' ? $last->{id} : $_ } @$step;
        $last = $db->data(@words);
    }
    my $got = $db->command(qw(user show nobody@decorumsoft.com --json));
    is $got->{out}, '', 'an error is no answer';
    like $got->{err}, qr/\Abraze-admin: [^\n]+\n\z/, 'but a line for whoever reads the log';
};
done_testing;
