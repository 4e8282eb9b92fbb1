#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# token and api-key: the secret is shown once and kept as SHA-256 only.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::Local qw(timegm);

my $id     = qr/[0-9a-f]{8}(?:-[0-9a-f]{8}){3}/;
my $secret = qr/[A-Za-z0-9_-]{43}/;

# Is the text anywhere in the table?
sub stands_in {
    my ($db, $text, $table) = @_;
    my $rows = $db->dbh->selectall_arrayref("SELECT * FROM $table");
    return scalar grep { ($_ // '') =~ /\Q$text\E/ } map {@$_} @$rows;
}

sub tokens {
    my ($db) = @_;
    $db->fails(2, qr/--origin is missing/, qw(token add));
    $db->fails(3, qr/company "Decorumsoft" has no workspace yet: braze-admin workspace add NAME/, qw(token add --origin okta));
    $db->works(qw(workspace add Marketing));
    my $got = $db->command(qw(token add --origin okta));
    is $got->{code}, 0, 'token add: the only workspace is taken' or diag $got->{err};
    like $got->{out}, qr/\A$secret\n\z/, 'the secret, alone on standard output';
    like $got->{err}, qr/\Abraze-admin: token $id added; its secret is not kept/, 'what is to be known, beside it';
    chomp(my $first = $got->{out});
    unlike $got->{err}, qr/\Q$first\E/, 'without it';
    is $db->value('SELECT count(*) FROM braze_token WHERE token_hash = ?', sha256_hex($first)), 1, 'its SHA-256 is kept';
    ok !stands_in($db, $first, $_), "it is not in $_" for qw(braze_token braze_event);

    $db->works(qw(workspace add Sales));
    $db->fails(2, qr/has several workspaces: choose with --workspace/, qw(token add --origin okta));
    my $token = $db->data(qw(token add --workspace sales --origin entra-1 --profile entra --allow), '192.0.2.7,10.0.0.0/8',
        qw(--allow 2001:db8::1-2001:db8::ff --expires 90d));
    is_deeply [ @$token{qw(workspace origin profile allowlist last_used_at last_used_from)} ],
        [ 'Sales', 'entra-1', 'entra', '192.0.2.7,10.0.0.0/8,2001:db8::1-2001:db8::ff', undef, undef ], 'with everything';
    like $token->{secret}, qr/\A$secret\z/, 'the secret in JSON';
    isnt $token->{secret}, $first, 'each has its own';
    is_deeply [ sort map { $_->{origin} } @{ $db->data(qw(token list)) } ], [qw(entra-1 okta)], 'token list';
    is_deeply [ grep { exists $_->{secret} } @{ $db->data(qw(token list)) } ], [], 'shows no secret';
    unlike $db->works(qw(token list)), qr/\Q$first\E|\Q$token->{secret}\E/, 'nor plain';

    $db->works(qw(user add ada@b.example));
    my $hers = $db->data(qw(token add --workspace Sales --origin hers --user ADA@b.example));
    is $hers->{user}, 'ada@b.example', 'a token of a user';
    is_deeply [ map { $_->{user} } grep { $_->{id} eq $hers->{id} } @{ $db->data(qw(token list)) } ], ['ada@b.example'], 'token list shows whose it is';
    is $token->{user}, undef, 'others are nobody\'s';
    $db->fails(3, qr/has no user "bob"/, qw(token add --workspace Sales --origin x --user bob));
    $db->works(qw(user delete ada@b.example));
    is_deeply [ grep { $_->{id} eq $hers->{id} } @{ $db->data(qw(token list)) } ], [], 'it ends with its user';

    $db->fails(2, qr/--profile google: say strict, entra or okta/, qw(token add --origin x --workspace Sales --profile google));
    $db->fails(2, qr/--origin "$_": use 1 to 255 ASCII characters/, qw(token add --workspace Sales --origin), $_)
        for '', 'a b', 'x' x 256;
    $db->fails(2, qr/--allow: .*10\.0\.0\.1\/8/, qw(token add --workspace Sales --origin x --allow 10.0.0.1/8));
    $db->fails(2, qr/--allow: the list is empty/, qw(token add --workspace Sales --origin x --allow), '');
    $db->fails(3, qr/has no workspace "X"/, qw(token add --origin x --workspace X));
    is scalar @{ $db->data(qw(token list)) }, 2, 'nothing was made of those';

    $db->fails(3, qr/company "Decorumsoft" has no token $token->{id}x: see/, qw(token revoke), "$token->{id}x");
    $db->works(qw(company add Otherco));
    $db->fails(3, qr/company "Otherco" has no token/, qw(token revoke), $token->{id}, qw(--company Otherco));
    is $db->works(qw(token revoke), $token->{id}, qw(--company Decorumsoft)), "token $token->{id} revoked\n", 'token revoke';
    $db->fails(3, qr/has no token/, qw(token revoke), $token->{id}, qw(--company Decorumsoft));
    is scalar @{ $db->data(qw(token list --company Decorumsoft)) }, 1, 'it is gone';
    my @events = map {"$_->{name}: $_->{detail}"} grep { $_->{name} =~ /Token/ } @{ $db->data(qw(event list --company Decorumsoft)) };
    is scalar(grep {/\ARemoved Token: token $token->{id}\z/} @events), 1, 'revoked, says the audit trail';
    is scalar(grep {/\AAdded Token: token $token->{id}, origin "entra-1", profile entra\z/} @events), 1, 'added, too';
    return;
}

sub expiry {
    my ($db) = @_;
    my @add = qw(token add --company Decorumsoft --workspace Sales --origin x --expires);
    my $in  = sub {
        my $at = $db->data(@add, $_[0])->{expires_at};
        my ($y, $m, $d, $h, $i, $s) = $at =~ /\A(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/ or return "? $at";
        return timegm($s, $i, $h, $d, $m - 1, $y) - time;
    };
    cmp_ok abs($in->('12h') - 12 * 3600), '<', 30, '12h';
    cmp_ok abs($in->('90d') - 90 * 86400), '<', 30, '90d';
    my $year = (gmtime)[5] + 1900 + 1;
    is $db->data(@add, "$year-01-31")->{expires_at}, "$year-01-31T00:00:00.000Z", 'a date';
    is $db->data(@add, "$year-01-31T12:30:00+02:00")->{expires_at}, "$year-01-31T10:30:00.000Z", 'a time with a zone';
    $db->fails(2, qr/--expires \Q$_\E: write 90d, 12h/, @add, $_) for '', '90', 'd', '0d', '-1d', '1x', '1dd', '2027-13-01', '99999999999999999999d';
    $db->fails(2, qr/--expires 2001-01-01: this is past/, @add, '2001-01-01');
    return;
}

sub keys_too {
    my ($db) = @_;
    my @c   = qw(--company Decorumsoft);
    my $got = $db->command(qw(api-key add portal), @c);
    like $got->{out}, qr/\A$secret\n\z/, 'api-key add: the secret alone';
    like $got->{err}, qr/\Abraze-admin: api-key $id added/, 'and what is to be known';
    chomp(my $first = $got->{out});
    is $db->value('SELECT count(*) FROM braze_api_key WHERE key_hash = ?', sha256_hex($first)), 1, 'its SHA-256 is kept';
    ok !stands_in($db, $first, $_), "it is not in $_" for qw(braze_api_key braze_event);
    my ($key) = @{ $db->data(qw(api-key list), @c) };
    is_deeply [ @$key{qw(name permissions last_used_at)} ], [ 'portal', ['sso.saml.login'], undef ], 'it is for signing in';
    my $two = $db->data(qw(api-key add other --permission users.track --permission sso.saml.login), @c);
    is_deeply $two->{permissions}, [qw(users.track sso.saml.login)], '--permission';
    like $two->{secret}, qr/\A$secret\z/, 'JSON has the secret';
    $db->fails(2, qr/"a b" is no permission/, qw(api-key add bad --permission), 'a b', @c);
    $db->fails(2, qr/api-key "[^"]*": The name /, qw(api-key add), $_, @c) for '', ' ', "a\nb", 'x' x 1025;
    $db->fails(3, qr/company "Otherco" has no api-key "portal": see/, qw(api-key revoke portal --company Otherco));
    $db->works(qw(api-key revoke portal), @c);
    $db->works('api-key', 'revoke', $two->{id}, @c);
    is_deeply $db->data(qw(api-key list), @c), [], 'api-key revoke by name and by id';
    $db->fails(3, qr/has no api-key "portal"/, qw(api-key revoke portal), @c);
    return;
}

on_each_engine {
    my ($db) = @_;
    $db->works(qw(company add Decorumsoft));
    tokens($db);
    expiry($db);
    keys_too($db);
};

done_testing;
