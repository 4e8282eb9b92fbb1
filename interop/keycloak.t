#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Keycloak as the identity provider, and a real browser (Chromium) between it and us, over https on two sites, so that
# the cookies have the attributes that they have in earnest: see interop/run.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Path qw(make_path);
use Interop::Chromium;
use Interop::Keycloak;
use Interop::Server;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

my ($SP, $IDP) = qw(sp.example.test idp.example.net);
my $shots = $ENV{BRAZE_INTEROP_SHOTS} // "$FindBin::RealBin/../.check/screenshots";
make_path($shots);

my $server = Interop::Server->new(host => $SP, inner => <<'C');
    BrazeJitSignIn redirect
    BrazeJitKey    "%work%/sp.key"
    BrazeJitCert   "%work%/sp.crt"
    BrazeJitDiagnostics "%work%/trace.log"
C
$server->page('index.shtml', '<p>[<!--#echo var="REMOTE_USER" -->|<!--#echo var="BRAZE_FIRST_NAME" -->|'
        . '<!--#echo var="BRAZE_WORKSPACES" -->]</p>');
$server->page('other.shtml', '<p>other: <!--#echo var="REMOTE_USER" --></p>');
my $key = $server->make_key('sp');
my $idp = Interop::Keycloak->new($server, host => $IDP, sp_cert => "$key.crt",
    users => [ map {"$_:secret"} qw(ann@example.test zoe@example.test tom@example.test ida@example.test eve@elsewhere.test) ]);
my @REALMS = qw(people sealed sealed-gcm artifact);
$server->add_metadata($idp->metadata($_)) for @REALMS;

$server->admin('migrate');
$server->admin(qw(company add Decorumsoft));
$server->admin(qw(workspace add Marketing));
$server->admin(qw(permission-set add Reader view_campaigns));
$server->admin(qw(domain allow example.test));
$server->admin(qw(jit default --workspace Marketing --permission-set Reader));
$server->admin(qw(jit idp --name Keycloak));
$server->admin(qw(jit on));
$server->start;

my $browser = Interop::Chromium->new(hosts => { $SP => '127.0.0.1', $IDP => '127.0.0.1' },
    trusted => [ map { $server->key_hash($_) } $server->tls, $idp->tls ]);
note 'Chromium ', $browser->version;

my $AT_SP  = '^https://' . quotemeta($SP) . ':';
my $AT_IDP = '^https://' . quotemeta($IDP) . ':';
my $people = $idp->entity_id('people');

sub users    { return { map { $_->{user_name} => $_ } @{ $server->admin_json(qw(user list)) } } }
sub sessions { return scalar @{ $server->admin_json(qw(session list), @_) } }
sub event    { return $server->admin_json(qw(event list --count 1))->[0] }
sub path_of  { return $_[0]{url} =~ s{\Ahttps://[^/]+}{}r }

sub shot     { my ($who, $name) = @_; return ok $browser->keep($who, "$shots/keycloak-$name.png"), "a picture: $name" }

# Keycloak's own login form, filled in; the page that comes of it.
sub sign_in {
    my ($who, $user, $until) = @_;
    $browser->fill($who, '#username', $user);
    $browser->fill($who, '#password', 'secret');
    $browser->click($who, '#kc-login', $until // $AT_SP);
    return $browser->wait_for($who, $until // $AT_SP);
}

# To a page of ours that nobody may see without a session: Keycloak's form, by way of the page to choose a realm from, if
# that is shown.
sub knock {
    my ($who, $path, $realm) = @_;
    $realm //= 'people';
    my $page = $browser->open_page($who, $server->url($path // '/?x=1'));
    return $page if $page->{url} !~ $AT_SP || !$browser->count($who, 'a.choice');
    return $browser->click($who, qq(a[href*="$realm"], a.button), $AT_IDP);
}

# What the sign-in page offers to a browser that nobody has signed in with.
sub no_button {
    my ($who) = @_;
    my $page = $browser->open_page($who, $server->url('/auth/saml/sign_in'));
    is $browser->count($who, 'main a, main button'), 0, 'the sign-in page has no button';
    return like $page->{text}, qr/Start at your company’s portal/, 'and says where to start';
}

subtest 'a stranger who begins here is sent to the portal' => sub {
    $browser->open_page('early', $server->url('/?x=1'));
    is $browser->count('early', 'a.choice'), scalar @REALMS, 'realms to choose from';
    shot('early', 'choice');
    my $page = knock('early');
    like $page->{url}, qr/$AT_IDP/, 'our signed request has been taken' or diag $server->error_log;
    my ($asked) = grep { $_->{name} =~ /\A__Host-/ && $_->{domain} eq $SP } @{ $browser->cookies('early') };
    ok $asked, 'a cookie says which browser has asked';
    is $asked->{sameSite}, 'None', 'which comes along with the post from there';
    ok $asked->{secure} && $asked->{httpOnly}, 'over https only, and no script sees it';
    $page = sign_in('early', 'ann@example.test');
    like $page->{text}, qr/idp_initiated_only/, 'the first sign-in begins at the portal' or diag $server->error_log;
    shot('early', 'refused');
    is_deeply users(), {}, 'no account';
    no_button('early');
    shot('early', 'no-button');
    $browser->forget('early');
};

subtest 'the first sign-in, from the portal' => sub {
    $browser->open_page('ann', $idp->portal('people', '/other.shtml'));
    my $page = sign_in('ann', 'ann@example.test');
    is path_of($page), '/other.shtml', 'in, and where RelayState says' or diag $page->{text}, $server->error_log;
    like $page->{text}, qr/other: ann\@example\.test/, 'the page is there';
    shot('ann', 'signed-in');
    like knock('ann')->{text}, qr/\[ann\@example\.test\|Ann\|Marketing\]/, 'and the application knows who it is';
    my $ann = users()->{'ann@example.test'};
    is $ann->{source}, 'jit', 'an account was made';
    ok $ann->{confirmed} && $ann->{active}, 'confirmed and active';
    is $ann->{family_name}, 'Example', 'with what Keycloak says of her';
    my $event = event();
    is "$event->{name}, $event->{actor}", "Signed In, saml:$people", 'the audit trail';
    my ($cookie) = grep { $_->{name} eq '__Host-braze_session' } @{ $browser->cookies('ann') };
    is_deeply [ @$cookie{qw(sameSite secure httpOnly path domain)} ], [ 'Lax', JSON::PP::true(), JSON::PP::true(), '/', $SP ],
        'the session cookie, as a browser understands it';
    is sessions(), 1, 'one session';
};

subtest 'the second, from here' => sub {
    no_button('home');    # the account alone makes none
    my ($session) = @{ $server->admin_json(qw(session list)) };
    $server->admin(qw(session end --session), $session->{id});
    my $page = $browser->open_page('ann', $server->url('/auth/saml/sign_in?return=/other.shtml%3Fy=1'));
    my $button = 'main a.button[href*="/auth/saml/login"]';
    is_deeply [ $browser->texts('ann', $button) ], ['Keycloak'], 'the browser of before has a button';
    shot('ann', 'sign-in-page');
    $page = $browser->click('ann', $button, "${AT_SP}\\d+/other");
    is path_of($page), '/other.shtml?y=1', 'one click, since Keycloak remembers her' or diag $page->{text}, $server->error_log;
    like $page->{text}, qr/other: ann\@example\.test/, 'and she is in';
    like $server->trace, qr/request: answers _/, 'by a request of ours';
    is scalar keys %{ users() }, 1, 'the same account';
    is sessions(), 1, 'one session';
};

subtest 'from another browser' => sub {
    my $page = knock('home', '/other.shtml?y=2');
    is $browser->count('home', '#username'), 1, 'at its form';
    $page = sign_in('home', 'ann@example.test');
    is path_of($page), '/other.shtml?y=2', 'back at the page that was asked for' or diag $page->{text}, $server->error_log;
    is scalar keys %{ users() }, 1, 'the same account';
    is sessions('ann@example.test'), 2, 'two browsers';
};

subtest 'several windows at once' => sub {
    # Each has asked, the later one answers; what the earlier one asked is still outstanding.
    knock('tabs', '/other.shtml?tab=1');
    knock('tabs', '/other.shtml?tab=2');
    my $page = sign_in('tabs', 'ann@example.test');
    is path_of($page), '/other.shtml?tab=2', 'the window that was filled in';
    $browser->forget('tabs');
    $server->admin(qw(session end --session), (sort { $b->{created_at} cmp $a->{created_at} } @{ $server->admin_json(qw(session list)) })[0]{id});
};

subtest 'signing out here signs out there' => sub {
    my $page = $browser->open_page('home', $server->url('/auth/saml/logout'));
    $page = $browser->wait_for('home', $AT_SP);
    like $page->{text}, qr/signed out there as well/, 'it says so' or diag $server->error_log;
    shot('home', 'signed-out');
    is sessions('ann@example.test'), 1, 'the row is gone, the other browser\'s stays';
    knock('home');
    is $browser->count('home', '#username'), 1, 'Keycloak asks for the password again';
    like knock('ann')->{text}, qr/\[ann\@/, 'the other browser is signed in';
};

subtest 'signing out there signs out here' => sub {
    $browser->open_page('ann', $idp->logout_page('people'));
    my $page = $browser->click('ann', '#kc-logout', $AT_IDP);
    shot('ann', 'its-logout');
    for (1 .. 50) { last if !sessions(); select undef, undef, undef, 0.1 }
    is sessions(), 0, 'no row is left' or diag $page->{text}, $server->error_log;
    like event()->{name}, qr/Signed Out/, 'the audit trail';
    knock('ann');
    is $browser->count('ann', '#username'), 1, 'and the page is shut';
};

subtest 'who was suspended stays out' => sub {
    $server->admin(qw(user suspend ann@example.test));
    my $page = knock('suspended');
    $page = sign_in('suspended', 'ann@example.test');
    is $page->{status}, 403, 'refused';
    like $page->{text}, qr/user_inactive/, 'with the code';
    shot('suspended', 'suspended');
    is sessions(), 0, 'no session';
    $server->admin(qw(user restore ann@example.test));
    $browser->forget('suspended');
};

subtest 'a foreign domain' => sub {
    $browser->open_page('eve', $idp->portal('people'));
    my $page = sign_in('eve', 'eve@elsewhere.test');
    is $page->{status}, 403, 'is refused';
    like $page->{text}, qr/domain_not_allowed/, 'with the code';
    shot('eve', 'foreign-domain');
    ok !users()->{'eve@elsewhere.test'}, 'without an account';
    $browser->forget('eve');
};

for my $case ([ zoe => 'sealed', 'AES-128-CBC' ], [ tom => 'sealed-gcm', 'AES-256-GCM' ], [ ida => 'artifact' ]) {
    my ($name, $realm, $cipher) = @$case;
    subtest "the realm $realm" => sub {
        $browser->open_page($name, $idp->portal($realm));
        my $page = sign_in($name, "$name\@example.test");
        is path_of($page), '/', 'signed in' or diag $page->{text}, $server->error_log, $server->trace, $idp->log;
        like $page->{text}, qr/\[$name\@example\.test\|\u$name\|Marketing\]/, 'with an account';
        is event()->{actor}, 'saml:' . $idp->entity_id($realm), 'by that realm';
        like $server->trace, qr/decrypted: the assertion, $cipher, RSA-OAEP with SHA256,/, "it was encrypted, by $cipher" if $cipher;
        $browser->forget($name);
    };
}

subtest 'an artifact, to an answer of our request' => sub {
    knock('brief', '/other.shtml?z=3', 'artifact');
    my $page = sign_in('brief', 'ida@example.test');
    is path_of($page), '/other.shtml?z=3', 'signed in' or diag $page->{text}, $server->error_log, $server->trace, $idp->log;
    like $server->trace, qr{from \S+/realms/artifact itself, signed by it}, 'Keycloak was asked what it stands for, and has signed the answer';
    is event()->{actor}, 'saml:' . $idp->entity_id('artifact'), 'by that realm';
    $page = $browser->open_page('brief', $server->url('/auth/saml/logout'));
    $page = $browser->wait_for('brief', $AT_SP);
    like $page->{text}, qr/signed out there as well/, 'and out again' or diag $server->error_log;
    $browser->forget('brief');
};

$browser->stop;
$idp->stop;
$server->stop;
done_testing;
