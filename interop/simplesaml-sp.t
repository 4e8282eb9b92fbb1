#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Sign-in that begins here and single logout from either side, with a real identity provider (SimpleSAMLphp) that takes
# signed messages only: see interop/run.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Interop::Browser;
use Interop::Server;
use Test::More;

my $ENTITY_ID = 'braze_dashboard';
my $server = Interop::Server->new(inner => <<'C');
    BrazeJitSignIn redirect
    BrazeJitKey    "%work%/sp.key"
    BrazeJitCert   "%work%/sp.crt"
C
$server->page('index.shtml', '<p>[<!--#echo var="REMOTE_USER" -->]</p>');
my $key = $server->make_key('sp');
my $idp = $server->add_idp('--user', 'ann@example.test:secret:Ann:Lee', '--user', 'new@example.test:secret:New:One',
    '--slo', $server->url('/auth/saml/logout'), '--sp-cert', "$key.crt");

$server->admin('migrate');
$server->admin(qw(company add Decorumsoft));
$server->admin(qw(workspace add Marketing));
$server->admin(qw(permission-set add Reader view_campaigns));
$server->admin(qw(jit allow-domain example.test));
$server->admin(qw(jit default --workspace Marketing --permission-set Reader));
$server->admin(qw(jit on));
$server->start;

sub sees { my ($browser) = @_; my $res = $browser->get($server->url('/?x=1')); return $res->code == 200 && $res->decoded_content =~ /\[(.*?)\]/ ? $1 : $res->code }

# Signs in by way of a page: redirect to login, to the IdP, its form, and back.
sub begin_here {
    my ($user) = @_;
    my $browser = Interop::Browser->new;
    my $form = $browser->answer_idp($browser->get($server->url('/?x=1')), $user, 'secret');
    return ($browser, $browser->submit($form), $form);
}

subtest 'somebody without an account is sent to the portal' => sub {
    my ($browser, $answer) = begin_here('ann@example.test');
    is $answer->code, 403, 'the IdP has taken our signed request, and we its answer' or diag $answer->as_string, $server->error_log;
    like $answer->decoded_content, qr/idp_initiated_only/, 'but the first sign-in begins there';
};

subtest 'from there, and then from here' => sub {
    my $first = Interop::Browser->new;
    my $form = $first->idp_initiated($idp, $ENTITY_ID, 'ann@example.test', 'secret');
    is $first->submit($form)->code, 303, 'signed in from the portal';
    is sees($first), 'ann@example.test', 'the page';

    my ($browser, $answer, $again) = begin_here('ann@example.test');
    is $answer->code, 303, 'signed in from here' or diag $answer->as_string, $server->error_log;
    is $answer->header('Location'), '/?x=1', 'back to the page';
    is sees($browser), 'ann@example.test', 'which is there';
    is $browser->follow($browser->submit($again))->code, 200, 'posted again: sent on';
    my $thief = Interop::Browser->new;
    is $thief->submit($again)->code, 403, 'but not from another browser';
};

subtest 'signing out here ends the session there' => sub {
    my ($browser) = begin_here('ann@example.test');
    my $page = $browser->get_through($server->url('/auth/saml/logout'));
    is $page->request->uri->path, '/auth/saml/logout', 'to the IdP and back' or diag $page->as_string, $server->error_log;
    like $page->decoded_content, qr/confirmed that you are signed out there as well/, 'it says that it is done'
        or diag $server->error_log;
    is sees($browser), 303, 'signed out here';
    my $start = $browser->follow($browser->get($server->url('/?x=1')));
    like $start->decoded_content, qr/name="username"/, 'and there: it asks for the password again';
};

subtest 'signing out there ends the session here' => sub {
    my ($browser) = begin_here('ann@example.test');
    my ($other) = begin_here('ann@example.test');
    is sees($browser), 'ann@example.test', 'signed in';
    my $page = $browser->get_through("$idp/saml2/idp/initSLO.php?RelayState=" . URI::Escape::uri_escape("$idp/logout.php"));
    # It asks the service by way of the browser, in a frame or by redirects.
    for my $frame ($page->decoded_content =~ /(?:src|href)="([^"]*SAMLRequest=[^"]*)"/g) {
        $browser->get_through($frame =~ s/&amp;/&/gr);
    }
    is sees($browser), 303, 'signed out here' or diag $page->as_string, $server->error_log;
    is sees($other), 'ann@example.test', 'the session of another browser stays';
    like $server->error_log, qr/BRAZE-J0003: \S+ has ended 1 sessions/, 'one session';
};

$server->stop;
done_testing;
