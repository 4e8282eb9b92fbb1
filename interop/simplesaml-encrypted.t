#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# A real identity provider (SimpleSAMLphp) that encrypts assertions and names: see interop/run.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Interop::Browser;
use Interop::Server;
use MIME::Base64 qw(decode_base64);
use Test::More;

my $ENTITY_ID = 'braze_dashboard';
my $server = Interop::Server->new(inner => <<'C');
    BrazeJitKey    "%work%/next.key"
    BrazeJitCert   "%work%/next.crt"
    BrazeJitKey    "%work%/sp.key"
    BrazeJitCert   "%work%/sp.crt"
C
$server->page('index.shtml', '<p>[<!--#echo var="REMOTE_USER" -->]</p>');
$server->make_key('next');
my $key = $server->make_key('sp'); # the older one of a rollover: what this IdP has
my @sp = ((map { ('--user', "$_\@example.test:secret:Ann:Lee") } qw(signed cbc name both)), '--slo', $server->url('/auth/saml/logout'), '--sp-cert', "$key.crt");
my %idp = (
    signed => $server->add_idp(@sp, '--encrypt', '--sign-response'),
    cbc    => $server->add_idp(@sp, '--encrypt'),
    name   => $server->add_idp(@sp, '--encrypt-name'),
    both   => $server->add_idp(@sp, '--encrypt', '--encrypt-name', '--sign-response'),
);

$server->admin('migrate');
$server->admin(qw(company add Decorumsoft));
$server->admin(qw(workspace add Marketing));
$server->admin(qw(permission-set add Reader view_campaigns));
$server->admin(qw(jit allow-domain example.test));
$server->admin(qw(jit default --workspace Marketing --permission-set Reader));
$server->admin(qw(jit on));
$server->start;

sub sees { my ($browser) = @_; my $res = $browser->get($server->url('/')); return $res->code == 200 && $res->decoded_content =~ /\[(.*?)\]/ ? $1 : $res->code }

for my $name (qw(signed name both)) {
    subtest $name => sub {
        my $browser = Interop::Browser->new;
        my $form = $browser->idp_initiated($idp{$name}, $ENTITY_ID, "$name\@example.test", 'secret');
        my $xml = decode_base64($form->{field}{SAMLResponse});
        like $xml, $name eq 'name' ? qr/<saml:EncryptedID/ : qr/<saml:EncryptedAssertion/, 'it is encrypted';
        unlike $xml, qr/<saml:Subject>\s*<saml:NameID/, 'and does not say who it is';
        my $answer = $browser->submit($form);
        is $answer->code, 303, 'taken' or diag $answer->as_string, $server->error_log;
        is sees($browser), "$name\@example.test", 'signed in';
    };
}
subtest 'CBC that no signature covers' => sub {
    my $browser = Interop::Browser->new;
    my $answer = $browser->submit($browser->idp_initiated($idp{cbc}, $ENTITY_ID, 'cbc@example.test', 'secret'));
    is $answer->code, 400, 'refused';
    like $answer->decoded_content, qr/encryption_unauthenticated/, 'and says so';
};

$server->stop;
done_testing;
