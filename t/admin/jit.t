#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# jit: the switch and what it needs, the identity provider, domains.
use strict;
use warnings;
use utf8;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Encode ();
use Test::More;

my $dir = scratch();
my ($yes, $no) = (JSON::PP::true(), JSON::PP::false());

# A certificate of its own making: "$dir/NAME.pem" and NAME.key.
sub certificate {
    my ($name, @key) = @_;
    my @openssl = (qw(openssl req -x509 -nodes -days 2 -subj /CN=idp -keyout), "$dir/$name.key", '-out', "$dir/$name.pem", @key);
    my $pid = fork // die;
    if (!$pid) {
        open STDERR, '>', '/dev/null' or die;
        exec @openssl or exit 127;
    }
    waitpid $pid, 0;
    die "openssl: $?" if $?;
    return "$dir/$name.pem";
}

sub fingerprint {
    my ($file) = @_;
    my ($hex) = `openssl x509 -in $file -noout -fingerprint -sha256` =~ /=([0-9A-F:]+)/;
    return lc $hex =~ tr/://dr;
}

my $good = certificate('good', qw(-newkey rsa:2048));
my $weak = certificate('weak', qw(-newkey rsa:1024));

sub switching {
    my ($db) = @_;
    is $db->data(qw(jit show))->{provisioning}, $no, 'off at first';
    $db->fails(4, qr/company "Decorumsoft" has no default workspace for new users: braze-admin jit default --workspace/, qw(jit on));
    $db->fails(2, qr/default what\?/, qw(jit default));
    $db->fails(3, qr/has no workspace "Marketing"/, qw(jit default --workspace Marketing));
    $db->works(qw(workspace add Marketing));
    $db->works(qw(permission-set add Editors view_campaigns));
    $db->works(qw(jit default --workspace marketing));
    $db->fails(4, qr/has no default permission set for new users/, qw(jit on));
    $db->fails(2, qr/give --permission-set once/, qw(jit default --permission-set Editors --permission-set Editors));
    my $set = $db->data(qw(jit default --permission-set Editors));
    is_deeply [ @$set{qw(default_workspace default_permission_set)} ], [ 'Marketing', 'Editors' ], 'jit default keeps the other one';
    is $db->works(qw(jit on)), qq(company "Decorumsoft": automatic user provisioning is on\n), 'jit on';
    is $db->data(qw(jit show))->{provisioning}, $yes, 'on';
    is $db->value('SELECT provisioning FROM braze_company'), 1, 'the row';
    $db->fails(4, qr/company "Decorumsoft": automatic user provisioning is on, .*braze-admin jit off first/, qw(company set --google on));
    is $db->data(qw(jit off))->{provisioning}, $no, 'jit off';
    $db->works(qw(company set --google on));
    $db->fails(4, qr/company "Decorumsoft" uses Google sign-in.*braze-admin company set --google off/, qw(jit on));
    is $db->data(qw(jit show))->{provisioning}, $no, 'it stays off';
    $db->works(qw(company set --google off));
    is $db->data(qw(jit on))->{provisioning}, $yes, 'on again';
    return;
}

sub provider {
    my ($db) = @_;
    $db->fails(2, qr/set what\? Give --name/, qw(jit idp));
    my $half = $db->command(qw(jit idp --certificate), $good);
    is $half->{code}, 0, 'a certificate alone' or diag $half->{err};
    like $half->{err}, qr/entity ID is missing/, 'says what is missing';
    my $all = $db->data('jit', 'idp', '--name', 'Okta', qw(--entity-id http://www.okta.com/exk1 --target-url https://example.okta.com/app/sso));
    is_deeply [ @$all{qw(saml_name entity_id target_url certificate_sha256)} ],
        [ 'Okta', 'http://www.okta.com/exk1', 'https://example.okta.com/app/sso', fingerprint($good) ], 'jit idp';
    like $db->works(qw(jit show)), qr{^Target URL +https://example\.okta\.com/app/sso$}m, 'plain';
    my $pem = $db->value('SELECT certificate FROM braze_company');
    like $pem, qr/\A-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+\/=\n]+-----END CERTIFICATE-----\n\z/, 'the certificate is kept, and nothing else';

    my $file = sub { my ($name, $text) = @_; return spew("$dir/$name", $text) };
    my $text = slurp($good);
    my @bad = (
        [ 2, qr/there is a private key in it/,   $file->('both.pem', $text . slurp("$dir/good.key")) ],
        [ 2, qr/several certificates/,           $file->('two.pem', $text x 2) ],
        [ 2, qr/no certificate in PEM form/,     $file->('none.pem', "hello\n") ],
        [ 2, qr/no certificate in PEM form/,     $file->('cut.pem', substr $text, 0, 300) ],
        [ 2, qr/this is no PEM file/,            $file->('der.pem', "0\x82\0\1") ],
        [ 2, qr/this is no PEM file/,            $file->('big.pem', 'x' x 70_000) ],
        [ 2, qr/certificate .*junk\.pem cannot be used: /, $file->('junk.pem', "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") ],
        [ 2, qr/certificate .*weak\.pem cannot be used: .*2048/,        $weak ],
        [ 3, qr/cannot be read: No such file/,   "$dir/absent.pem" ],
    );
    $db->fails($_->[0], $_->[1], qw(jit idp --certificate), $_->[2]) for @bad;
    $db->fails(2, qr/--target-url \Q$_\E: /, qw(jit idp --target-url), $_)
        for 'ftp://x', 'javascript:alert(1)', 'https://', 'https://a b', 'https://a"b', 'https://a#b';
    # What the settings page could not save again is not set here either.
    my %longest = ('--name' => 256, '--entity-id' => 1024, '--target-url' => 2048);
    my @before = @{ $db->data(qw(jit show)) }{qw(saml_name target_url entity_id)};
    for my $option (sort keys %longest) {
        my $begin = $option eq '--target-url' ? 'https://' : '';
        my $most  = $begin . 'x' x ($longest{$option} - length $begin);
        $db->fails(2, qr/$option: one line of $longest{$option} bytes at most/, qw(jit idp), $option, $_) for $most . 'x', "${begin}a\nb";
        $db->works(qw(jit idp), $option, $most);
    }
    $db->works(qw(jit idp --name), $before[0], '--target-url', $before[1], '--entity-id', $before[2]);
    is $db->value('SELECT certificate FROM braze_company'), $pem, 'nothing of this was kept';

    my $note = $db->command('jit', 'idp', '--certificate', '');
    like $note->{err}, qr/certificate is missing: until it is set/, 'taking it away says what follows';
    my $less = $db->data('jit', 'idp', '--name', '', '--entity-id', '');
    is_deeply [ @$less{qw(saml_name entity_id certificate_sha256 target_url)} ],
        [ undef, undef, undef, 'https://example.okta.com/app/sso' ], 'an empty value takes a setting away';
    return;
}

sub domains {
    my ($db) = @_;
    is_deeply $db->data(qw(jit list-domains)), [], 'no domain at first';
    $db->works('jit', 'allow-domain', 'Example.ORG', Encode::encode_utf8('Bücher.example'));
    $db->works(qw(user add ada@decorumsoft.com --confirmed));
    $db->works(qw(user add bob@unconfirmed.example));
    $db->works(qw(user add eve@support.example --confirmed --impersonation));
    $db->works(qw(jit allow-domain decorumsoft.com));
    my %got = map { $_->{domain} => [ @$_{qw(confirmed excepted)} ] } @{ $db->data(qw(jit list-domains)) };
    is_deeply \%got, { 'decorumsoft.com' => [ $yes, $yes ], 'example.org' => [ $no, $yes ], 'xn--bcher-kva.example' => [ $no, $yes ] },
        'in use and excepted';
    is_deeply $db->data(qw(jit show))->{confirmed_domains}, ['decorumsoft.com'], 'jit show has them, too';
    $db->works(qw(jit allow-domain example.org));
    $db->fails(2, qr/domain "not a domain": /, 'jit', 'allow-domain', 'fine.example', 'not a domain');
    $db->fails(3, qr/domain "other\.example" is not excepted: see/, qw(jit disallow-domain example.org other.example));
    is scalar @{ $db->data(qw(jit list-domains)) }, 3, 'all or nothing';
    $db->works(qw(jit disallow-domain EXAMPLE.org));
    is_deeply [ sort map { $_->{domain} } @{ $db->data(qw(jit list-domains)) } ], [qw(decorumsoft.com xn--bcher-kva.example)], 'taken back';
    return;
}

on_each_engine {
    my ($db) = @_;
    $db->works(qw(company add Decorumsoft));
    switching($db);
    provider($db);
    domains($db);
};

done_testing;
