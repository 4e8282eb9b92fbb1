#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# SimpleSAMLphp as the identity provider, and a real browser (Chromium) between it and us, over https on two sites: the
# first sign-in at the IdP, the button that is there afterwards, single logout from either side, who is refused, and
# what is signed and encrypted: see interop/run.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Path qw(make_path);
use Interop::Chromium;
use Interop::Server;
use Test::More;
use URI::Escape qw(uri_escape);

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

my $SP    = 'sp.example.test';
my $shots = $ENV{BRAZE_INTEROP_SHOTS} // "$FindBin::RealBin/../.check/screenshots";
make_path($shots);

my $server = Interop::Server->new(host => $SP, inner => <<'C');
    BrazeJitKey    "%work%/sp.key"
    BrazeJitCert   "%work%/sp.crt"
    BrazeJitDiagnostics "%work%/trace.log"
C
$server->page('index.shtml', '<p>[<!--#echo var="REMOTE_USER" -->|<!--#echo var="BRAZE_FIRST_NAME" -->|'
        . '<!--#echo var="BRAZE_WORKSPACES" -->]</p>');
$server->page('other.shtml', '<p>other: <!--#echo var="REMOTE_USER" --></p>');
my $key = $server->make_key('sp');

# Four of them, since one signs and encrypts for a service in one way only. Each is a host of its own: cookies do not tell
# ports apart.
my %idp = (
    staff  => { name => 'Staff Portal' },
    both   => { name => 'Both Signed', option => ['--sign-response'] },
    sealed => { name => 'Sealed and Signed', option => [ '--encrypt', '--sign-response' ] },
    cbc    => { name => 'Sealed Only', option => ['--encrypt'] },
);
for my $short (sort keys %idp) {
    my $idp = $idp{$short};
    $idp->{host} = "$short.example.net";
    $idp->{tls}  = $server->make_tls("$short-tls", $idp->{host});
    $idp->{base} = $server->add_idp('--https', "$idp->{host}:" . Interop::Server::free_port(), '--tls', $idp->{tls},
        '--name', $idp->{name}, '--slo', $server->url('/auth/saml/logout'), '--sp-cert', "$key.crt", @{ $idp->{option} // [] },
        map { ('--user', $_) } 'ann@example.test:secret:Ann:Lee', 'eve@elsewhere.test:secret:Eve:Stone',
        map {"$_\@example.test:secret:\u$_:Lee"} keys %idp);
}

$server->admin('migrate');
$server->admin(qw(company add Decorumsoft));
$server->admin(qw(workspace add Marketing));
$server->admin(qw(permission-set add Reader view_campaigns));
$server->admin(qw(jit allow-domain example.test));
$server->admin(qw(jit default --workspace Marketing --permission-set Reader));
$server->admin(qw(jit on));
$server->start;

my $browser = Interop::Chromium->new(hosts => { map { $_ => '127.0.0.1' } $SP, map { $_->{host} } values %idp },
    trusted => [ map { $server->key_hash($_) } $server->tls, map { $_->{tls} } values %idp ]);
note 'Chromium ', $browser->version;

my $AT_SP = '^https://' . quotemeta($SP) . ':';
my $BUTTON = 'main a.button[href*="/auth/saml/login"]';

sub at        { my ($short) = @_; return '^' . quotemeta("$idp{$short}{base}/") }
sub entity_id { my ($short) = @_; return "$idp{$short}{base}/saml2/idp/metadata.php" }
sub users     { return { map { $_->{user_name} => $_ } @{ $server->admin_json(qw(user list)) } } }
sub sessions  { return @{ $server->admin_json(qw(session list), @_) } }
sub event     { return $server->admin_json(qw(event list --count 1))->[0] }
sub path_of   { return $_[0]{url} =~ s{\Ahttps://[^/]+}{}r }

sub shot { my ($who, $name) = @_; return ok $browser->keep($who, "$shots/simplesaml-$name.png"), "a picture: $name" }

# Its own login form, filled in; the page of ours that comes of it.
sub sign_in {
    my ($who, $user) = @_;
    $browser->fill($who, '#username', $user);
    $browser->fill($who, '#password', 'secret');
    return $browser->click($who, '#submit_button', $AT_SP);
}

# A link of its portal's, so to speak: sign-in that begins there.
sub portal {
    my ($who, $short, $relay_state) = @_;
    return $browser->open_page($who, "$idp{$short}{base}/saml2/idp/SSOService.php?spentityid=braze_dashboard"
            . (defined $relay_state ? '&RelayState=' . uri_escape($relay_state) : ''));
}

# A page of ours that nobody may see without a session.
sub knock { my ($who, $path) = @_; return $browser->open_page($who, $server->url($path // '/?x=1')) }

# What the sign-in page shows to a browser that has never signed in here.
sub no_button {
    my ($who, $page) = @_;
    like $page->{url}, qr{$AT_SP\d+/auth/saml/sign_in}, 'at the sign-in page' or diag $page->{text};
    is $browser->count($who, 'main a, main button'), 0, 'without a button or a link';
    like $page->{text}, qr/Start at your company’s portal/, 'and says where to start';
    return;
}

# The sign-in page as a browser sees it that has signed in by that IdP.
sub has_button {
    my ($who, $page, $short) = @_;
    like $page->{url}, qr{$AT_SP\d+/auth/saml/sign_in}, 'at the sign-in page' or diag $page->{text};
    is_deeply [ $browser->texts($who, $BUTTON) ], [ $idp{$short}{name} ], 'one button, with the name of the identity provider';
    return;
}

sub refused {
    my ($page, $status, $code) = @_;
    is $page->{status}, $status, "refused with $status" or diag $page->{text}, $server->error_log;
    like $page->{text}, qr/\b$code\b/, "and the page says $code";
    return;
}

# Which elements of the latest response had a signature that was verified, in alphabetical order.
sub signed { return [ sort map {s{.*/}{}r} $server->trace =~ /signature: of (\S+) verified/g ] }

# Whom the latest sign-in was begun by.
sub begun_there { return like $server->trace, qr/request: none, the response is unsolicited/, 'begun there' }
sub begun_here  { return like $server->trace, qr/request: answers _/,                       'begun here' }

subtest 'a fresh browser has no button' => sub {
    no_button('ann', knock('ann', '/other.shtml?x=1'));
    shot('ann', 'no-button');
    # Whoever types the address behind the button gets as far as the IdP, but no account.
    $browser->open_page('early', $server->url('/auth/saml/login?return=/&idp=' . uri_escape(entity_id('staff'))));
    is $browser->count('early', '#username'), 1, 'the IdP has taken our signed request' or diag $server->error_log;
    refused(sign_in('early', 'ann@example.test'), 403, 'idp_initiated_only');
    shot('early', 'first-begun-here');
    is_deeply users(), {}, 'no account';
    no_button('early', knock('early'));
    $browser->forget('early');
};

subtest 'the first sign-in, begun at the IdP' => sub {
    my $page = portal('ann', 'staff', '/other.shtml');
    like $page->{url}, qr/${\at('staff')}/, 'at the IdP';
    shot('ann', 'its-form');
    $page = sign_in('ann', 'ann@example.test');
    is path_of($page), '/other.shtml', 'in, and where RelayState says' or diag $page->{text}, $server->error_log;
    like $page->{text}, qr/other: ann\@example\.test/, 'the page is there';
    shot('ann', 'signed-in');
    like knock('ann')->{text}, qr/\[ann\@example\.test\|Ann\|Marketing\]/, 'and the application knows who it is';
    is_deeply [ keys %{ users() } ], ['ann@example.test'], 'one account';
    my $ann = users()->{'ann@example.test'};
    is $ann->{source}, 'jit', 'which the sign-in has made';
    ok $ann->{confirmed} && $ann->{active}, 'confirmed and active';
    is "$ann->{given_name} $ann->{family_name}", 'Ann Lee', 'with what the IdP says of her';
    is event()->{name} . ', ' . event()->{actor}, 'Signed In, saml:' . entity_id('staff'), 'the audit trail';
    my ($cookie) = grep { $_->{name} eq '__Host-braze_session' } @{ $browser->cookies('ann') };
    is_deeply [ @$cookie{qw(sameSite secure httpOnly path domain)} ], [ 'Lax', JSON::PP::true(), JSON::PP::true(), '/', $SP ],
        'the session cookie, as a browser understands it';
    begun_there();
    is_deeply signed(), ['Assertion'], 'the assertion was signed, and the response was not';
};

subtest 'the button afterwards' => sub {
    no_button('other', knock('other'));    # it is this browser's: the account alone makes none
    $browser->forget('other');

    my ($session) = sessions();
    $server->admin(qw(session end --session), $session->{id});
    has_button('ann', knock('ann', '/other.shtml?y=2'), 'staff');
    is $browser->count('ann', 'main a.choice'), keys(%idp) - 1, 'and the others below it';
    shot('ann', 'button');
    my $page = $browser->click('ann', $BUTTON, "${AT_SP}\\d+/other");
    is path_of($page), '/other.shtml?y=2', 'one click, and in at the page that was asked for: the IdP remembers her'
        or diag $page->{text}, $server->error_log;
    like $page->{text}, qr/other: ann\@example\.test/, 'which is there';
    begun_here();
    is_deeply [ keys %{ users() } ], ['ann@example.test'], 'the same account';
    my @sessions = sessions();
    is @sessions, 1, 'one session';
    isnt $sessions[0]{id}, $session->{id}, 'another one';
};

subtest 'signing out here signs out there' => sub {
    portal('home', 'staff');
    like sign_in('home', 'ann@example.test')->{text}, qr/\[ann\@/, 'a second browser of hers';
    $browser->open_page('ann', $server->url('/auth/saml/logout'));
    my $page = $browser->wait_for('ann', $AT_SP);
    like $page->{text}, qr/signed out there as well/, 'it says that it is done' or diag $server->error_log;
    shot('ann', 'signed-out');
    is scalar sessions(), 1, 'the row is gone';
    has_button('ann', knock('ann'), 'staff');
    $page = $browser->click('ann', $BUTTON, at('staff'));
    is $browser->count('ann', '#password'), 1, 'the IdP asks for the password again' or diag $page->{text};
    like knock('home')->{text}, qr/\[ann\@/, 'the other browser is signed in';
};

subtest 'the button, with a password' => sub {
    knock('ann', '/other.shtml?y=3');
    $browser->click('ann', $BUTTON, at('staff'));
    my $page = sign_in('ann', 'ann@example.test');
    is path_of($page), '/other.shtml?y=3', 'back at the page that was asked for' or diag $page->{text}, $server->error_log;
    is scalar sessions(), 2, 'two browsers';
};

subtest 'signing out there signs out here' => sub {
    like knock('ann')->{text}, qr/\[ann\@/, 'signed in';
    my $base = $idp{staff}{base};
    $browser->open_page('ann', "$base/saml2/idp/initSLO.php?RelayState=" . uri_escape("$base/logout.php"));
    my $page = $browser->wait_for('ann', '^' . quotemeta("$base/logout.php"));
    like $page->{text}, qr/logged out/i, 'by way of us to the IdP\'s last page' or diag $server->error_log;
    shot('ann', 'its-logout');
    is scalar sessions(), 1, 'the row is gone';
    is event()->{actor}, 'saml:' . entity_id('staff'), 'by the IdP';
    has_button('ann', knock('ann'), 'staff');
    shot('ann', 'signed-out-there');
    $browser->click('ann', $BUTTON, at('staff'));
    is $browser->count('ann', '#password'), 1, 'which asks for the password again';
    like knock('home')->{text}, qr/\[ann\@/, 'the other browser is signed in';
};

subtest 'who was suspended stays out' => sub {
    $server->admin(qw(user suspend ann@example.test));
    has_button('home', knock('home'), 'staff');    # what was open is shut
    refused($browser->click('home', $BUTTON, "${AT_SP}\\d+/auth/saml/callback"), 403, 'user_inactive');
    shot('home', 'suspended');
    portal('ann', 'staff');
    refused(sign_in('ann', 'ann@example.test'), 403, 'user_inactive');
    is scalar sessions(), 0, 'no session';
    $server->admin(qw(user restore ann@example.test));
    portal('ann', 'staff');
    like $browser->wait_for('ann', $AT_SP)->{text}, qr/\[ann\@/, 'restored, and in again';
    $browser->forget($_) for qw(ann home);
};

subtest 'a foreign domain' => sub {
    portal('eve', 'staff');
    refused(sign_in('eve', 'eve@elsewhere.test'), 403, 'domain_not_allowed');
    shot('eve', 'foreign-domain');
    ok !users()->{'eve@elsewhere.test'}, 'no account';
    no_button('eve', knock('eve'));
    $browser->forget('eve');
};

# Whichever side begins. Of what is encrypted, nothing may be decrypted before a signature around it is verified: its
# padding would tell secrets.
for my $short (qw(both sealed)) {
    my $as_it_should = sub {
        is_deeply signed(), [qw(Assertion Response)], 'both are signed';
        my $order = qr/signature: of Response verified.*decrypted: the assertion, AES-\d+-CBC.*signature: of \S*Assertion verified/s;
        return $short eq 'sealed' ? like $server->trace, $order, 'and it is decrypted in between'
            : unlike $server->trace, qr/decrypted/, 'and nothing is encrypted';
    };
    subtest $idp{$short}{name} => sub {
        portal($short, $short);
        my $page = sign_in($short, "$short\@example.test");
        is path_of($page), '/', 'signed in' or diag $page->{text}, $server->error_log, $server->trace;
        like $page->{text}, qr/\[$short\@example\.test\|\u$short\|Marketing\]/, 'with an account';
        is users()->{"$short\@example.test"}{source}, 'jit', 'which the sign-in has made';
        begun_there();
        $as_it_should->();
        shot($short, $short);
        my ($session) = sessions("$short\@example.test");
        $server->admin(qw(session end --session), $session->{id});
        has_button($short, knock($short, '/other.shtml'), $short);
        shot($short, "$short-button");
        like $browser->click($short, $BUTTON, "${AT_SP}\\d+/other")->{text}, qr/other: $short\@/, 'the button signs in';
        begun_here();
        $as_it_should->();
        $browser->forget($short);
    };
}

subtest $idp{cbc}{name} => sub {
    portal('cbc', 'cbc');
    refused(sign_in('cbc', 'cbc@example.test'), 400, 'encryption_unauthenticated');
    shot('cbc', 'cbc');
    ok !users()->{'cbc@example.test'}, 'no account';
    no_button('cbc', knock('cbc'));
    $browser->forget('cbc');
};

$browser->stop;
$server->stop;
done_testing;
