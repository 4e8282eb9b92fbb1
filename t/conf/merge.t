#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Sections within sections: what an inner one does not say is the outer one's, what it says is its own, defaults included. Each field
# by what it does. (/outer is unlike the defaults in everything; /outer/same says nothing; /outer/back says the defaults.)
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit qw(login signed_in page_code session_of cookie_of make_page make_dump dump_at user_of);
use BrazeTest::Node;
use BrazeTest::Scim qw(token company person braze_person);

make_page('page.html', 'the page');
make_dump();
company('Mergeco');
company('Mergetwo');
admin_json('--company', $_, 'permission-set', 'add', 'Viewer', 'view_campaigns'), admin_json('--company', $_, 'permission-set', 'add', 'Editor', 'edit_campaigns')
    for qw(Mergeco Mergetwo);

my $node = BrazeTest::Node->start('merge', <<'C', modules => []);
ScriptAliasMatch "^/(?:.*/)?cgi/(\w+)$" "@DocumentRoot@/cgi/$1"
AliasMatch       "^/(?:.*/)?page\.html$" "@DocumentRoot@/page.html"
<Directory "@DocumentRoot@">
    Options ExecCGI
    Require all granted
</Directory>

# --- mod_braze_scim
<Location "/outer">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "Outer"
    Require      valid-user
    BrazeCompany              "Mergeco"
    BrazeScimDialect          braze
    BrazeScimOriginHeader     X-Outer-Origin
    BrazeScimDefaultWorkspace "Sales"
    BrazeScimRateLimit        1000/hour
    BrazeScimMaxBody          1K
    BrazeScimMaxResults       1
    BrazeScimMaxOperations    1
    BrazeScimBaseUrl          https://outer.example/scim
</Location>
<Location "/outer/same">
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
</Location>
<Location "/outer/rfc">
    BrazeScimDialect rfc
</Location>
<Location "/outer/back">
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
    BrazeCompany              "Mergetwo"
    BrazeScimDialect          rfc
    BrazeScimOriginHeader     X-Request-Origin X-Origin-Request
    BrazeScimDefaultWorkspace off
    BrazeScimRateLimit        off
    BrazeScimMaxBody          1M
    BrazeScimMaxResults       200
    BrazeScimMaxOperations    1000
    BrazeScimBaseUrl          off
</Location>

# --- mod_braze_jit
<Location "/jit">
    AuthType     braze-saml
    AuthName     "Outer"
    Require      valid-user
    BrazeCompany                 "Mergeco"
    BrazeJitBaseUrl              http://outer.example:8080
    BrazeJitPath                 /jit/sso
    BrazeJitEntityId             urn:outer
    BrazeJitIdpMetadata          "@idpdir@/other.xml"
    BrazeJitTargetUrl            https://outer.example/sso
    BrazeJitName                 "Outer IdP"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Sales"
    BrazeJitDefaultPermissionSet "Editor"
    BrazeJitAllowDomain          outer.example
    BrazeJitAttribute            first_name vorname
    BrazeJitUpdateOnLogin        on
    BrazeJitRelayState           any
    BrazeJitClockSkew            600
    BrazeJitSessionMaxAge        20min
    BrazeJitSessionIdle          10min
    BrazeJitCookie               outer
    BrazeJitSignIn               401
    BrazeJitAllowSha1            on
    BrazeJitHeaders              on
</Location>
<Location "/jit/same">
    AuthName "Same"
</Location>
<Location "/jit/back">
    BrazeCompany                 "Mergetwo"
    BrazeJitBaseUrl              http://127.0.0.1:@Port@
    BrazeJitPath                 /jit/back/saml
    BrazeJitEntityId             braze_dashboard
    BrazeJitIdpMetadata          "@idpdir@/idp.xml"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          back.example
    BrazeJitAttribute            first_name first_name
    BrazeJitUpdateOnLogin        off
    BrazeJitRelayState           path
    BrazeJitClockSkew            60
    BrazeJitSessionMaxAge        8h
    BrazeJitSessionIdle          1h
    BrazeJitCookie               braze_session
    BrazeJitSignIn               page
    BrazeJitAllowSha1            off
    BrazeJitHeaders              off
</Location>
<Location "/jit/back/closed">
    BrazeJitProvisioning off
    BrazeJitPath         /jit/back/closed/saml
</Location>
C

# --- mod_braze_scim --------------------------------------------------------------------------------

my $outer = token(company => 'Mergeco');
my $inner = token(company => 'Mergetwo');
my @outer = (Authorization => "Bearer $outer->{secret}", 'X-Outer-Origin' => $outer->{origin});
my @inner = @{ $inner->{auth} };
sub call { my ($method, $path, $body, @headers) = @_; return scim($method, $node->url($path), $body, @headers) }
sub workspace {
    my ($json) = @_;
    my $given = ($json->{'urn:braze:params:scim:schemas:extension:dashboard:2.0:User'} // $json)->{permissions};
    return ref $given eq 'ARRAY' ? ($given->[0]{value} =~ m{\Aworkspace/([^/]+)\z})[0] : $given->{appGroup}[0]{appGroupName};
}

for my $place ('/outer', '/outer/same') {
    my $name = $place =~ tr{/}{-}r =~ s/\A-//r;
    my $res = call('POST', "$place/Users", braze_person("$name\@merge.example"), @outer);
    is $res->code, 201, "$place: the company";
    is $res->header('Content-Type'), 'application/json', 'the dialect';
    is $res->header('X-RateLimit-Limit'), 1000, 'the rate limit';
    like $res->header('X-RateLimit-Reset') // '', qr/\A\d+\z/, 'with its period';
    cmp_ok $res->header('X-RateLimit-Reset') - time, '<=', 3600, 'which is an hour';
    is workspace($res->{json}), 'Sales', 'the default workspace';
    is call('POST', "$place/Users", braze_person("x\@merge.example", title => 'x' x 1100), @outer)->code, 413, 'the largest body';
}
is call('GET', '/outer/same/Users', undef, @{ $outer->{auth} })->code, 401, '/outer/same: the origin header';
my $res = call('GET', '/outer/rfc/Users', undef, @outer);
is $res->{json}{itemsPerPage}, 1, '/outer/rfc: the size of a page is the outer one\'s';
like $res->{json}{Resources}[0]{meta}{location}, qr{\Ahttps://outer\.example/scim/Users/}, 'the base URL as well';
# bulk(n): a request of n operations, none of which finds anybody.
sub bulk {
    my ($n) = @_;
    return { schemas => ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations => [ map { { method => 'DELETE', path => sprintf '/Users/0ccccccc-00000000-00000000-%08x', $_ } } 1 .. $n ] };
}
is join(' ', map { call('POST', '/outer/rfc/Bulk', bulk($_), @outer)->code } 1, 2), '200 413', 'and the most operations, which are one';

is call('POST', '/outer/back/Users', person("back$_\@merge.example"), @inner)->code, 201, '/outer/back: the other company' for 1, 2;
is call('GET', '/outer/back/Users', undef, @outer[ 0, 1 ], @inner[ 2, 3 ])->code, 401, 'whose tokens are others';
$res = call('GET', '/outer/back/Users', undef, @inner);
is $res->header('Content-Type'), 'application/scim+json', 'the dialect';
is $res->header('X-RateLimit-Limit'), undef, 'no rate limit';
is call('POST', '/outer/back/Bulk', bulk(2), @inner)->code, 200, 'the most operations';
is $res->{json}{itemsPerPage}, 2, 'the size of a page';
like $res->{json}{Resources}[0]{meta}{location}, qr{\A\Q@{[$node->base]}\E/outer/back/Users/}, 'the base URL';
is workspace($res->{json}{Resources}[0]), 'Marketing', 'the workspace is the token\'s';
is call('POST', '/outer/back/Users', person('large@merge.example', title => 'x' x 1100), @inner)->code, 201, 'the largest body';
is call('GET', '/outer/back/Users', undef, @inner[ 0, 1 ], 'X-Outer-Origin' => $inner->{origin})->code, 401, 'the outer origin header is none';

# --- mod_braze_jit ---------------------------------------------------------------------------------

admin_json('--company', $_, 'user', 'add', 'here@merge.example', '--confirmed') for qw(Mergeco Mergetwo);
my @host = (host => $node->base);
my %outer = (@host, idp => 'other', acs => 'http://outer.example:8080/jit/sso/callback', to => '/jit/sso/callback', audience => 'urn:outer');
my %back  = (@host);
sub outer { my (%opt) = @_; return login('/jit', %outer, %opt) }
sub reason { my ($try) = @_; return $try->{res}->code . ' ' . (page_code($try->{res}) // 'none') }
sub back  { my (%opt) = @_; return login('/jit/back', %back, %opt) }
my @here = (email => 'here@merge.example');

my $try = outer(@here, relay => '/jit/same/page.html');
signed_in($try, '/jit: base URL, path, entity ID, metadata, cookie', '/jit/same/page.html');
like +(cookie_of($try->{res}))[0], qr/\Aouter=/, 'the cookie\'s name';
my $session = session_of($try);
is $session->{expires_at} - $session->{created_at}, 20 * 60 * 1000, 'the longest session';
is $try->{ua}->get($node->url('/jit/same/page.html'))->code, 200, '/jit/same: the same session';
my $seen = dump_at($try->{ua}, $node->url('/jit/same/cgi/dump'))->{env};
is "$seen->{BRAZE_COMPANY} $seen->{REMOTE_USER}", 'Mergeco here@merge.example', 'the company';
is $seen->{HTTP_BRAZE_EMAIL} // $seen->{HTTP_X_BRAZE_EMAIL} // join(' ', grep {/EMAIL/} sort keys %$seen), 'here@merge.example', 'headers';
for my $place ('/jit', '/jit/same') {
    is browser()->get($node->url("$place/page.html"))->code, 401, "$place: BrazeJitSignIn";
}
dbh()->do('UPDATE braze_session SET last_seen_at = last_seen_at - ? WHERE session_hash = ?', undef, 11 * 60 * 1000, $session->{session_hash});
is $try->{ua}->get($node->url('/jit/same/page.html'))->code, 401, 'the idle time';
signed_in(outer(email => 'new@outer.example', attributes => { email => 'new@outer.example', vorname => 'Eins' }), 'provisioning, the domain');
is user_of('new@outer.example', 'Mergeco')->{given_name}, 'Eins', 'the attribute';
my $env = dump_at(outer(email => 'new@outer.example')->{ua}, $node->url('/jit/cgi/dump'))->{env};
is "$env->{BRAZE_WORKSPACES} $env->{BRAZE_PERMISSIONS}", 'Sales edit_campaigns', 'workspace and permission set';
outer(email => 'new@outer.example', attributes => { email => 'new@outer.example', vorname => 'Zwei' });
is user_of('new@outer.example', 'Mergeco')->{given_name}, 'Zwei', 'update on login';
signed_in(outer(@here, not_on_or_after => -500), 'the clock skew');
signed_in(outer(@here, sig_alg => 'rsa-sha1', digest => 'sha1'), 'SHA-1');
signed_in(outer(@here, relay => admin_json('--company', 'Mergeco', 'api-key', 'add', 'merge')->{secret}), 'the RelayState');
like browser()->get($node->url('/jit/sso/sign_in'))->decoded_content, qr/Mergeco/, 'the sign-in page at that path';

$try = back(@here, relay => '/jit/back/page.html');
signed_in($try, '/jit/back: base URL, path, entity ID, metadata', '/jit/back/page.html');
like +(cookie_of($try->{res}))[0], qr/\Abraze_session=/, 'the cookie\'s name';
$session = session_of($try);
is $session->{expires_at} - $session->{created_at}, 8 * 3600 * 1000, 'the longest session';
dbh()->do('UPDATE braze_session SET last_seen_at = last_seen_at - ? WHERE session_hash = ?', undef, 11 * 60 * 1000, $session->{session_hash});
$seen = dump_at($try->{ua}, $node->url('/jit/back/cgi/dump'))->{env};
is $seen->{BRAZE_COMPANY}, 'Mergetwo', 'the company, and the idle time';
is join(' ', grep {/\AHTTP_.*BRAZE/} sort keys %$seen), '', 'no headers';
like browser()->get($node->url('/jit/back/page.html'))->header('Location') // '', qr{/jit/back/saml/sign_in\?}, 'BrazeJitSignIn';
is reason(back(email => 'x@outer.example')), '403 domain_not_allowed', 'the outer domain is none';
signed_in(back(email => 'new@back.example', attributes => { email => 'new@back.example', first_name => 'One', vorname => 'Eins' }), 'its own is');
is user_of('new@back.example', 'Mergetwo')->{given_name}, 'One', 'the attribute';
$env = dump_at(back(email => 'new@back.example', attributes => { email => 'new@back.example', first_name => 'Two' })->{ua}, $node->url('/jit/back/cgi/dump'))->{env};
is "$env->{BRAZE_WORKSPACES} $env->{BRAZE_PERMISSIONS}", 'Marketing view_campaigns', 'workspace and permission set';
is user_of('new@back.example', 'Mergetwo')->{given_name}, 'One', 'no update on login';
is reason(back(@here, not_on_or_after => -500)), '403 expired', 'the clock skew';
is reason(back(@here, sig_alg => 'rsa-sha1', digest => 'sha1')), '400 signature_sha1', 'no SHA-1';
is reason(back(@here, idp => 'other')), '403 issuer_unknown', 'the outer IdP is nobody';
is reason(back(@here, audience => 'urn:outer')), '403 audience_mismatch', 'nor the outer name ours';
signed_in(back(@here, relay => admin_json('--company', 'Mergetwo', 'api-key', 'add', 'merge')->{secret}), 'a key is no RelayState, and no path');
my @closed = (to => '/jit/back/closed/saml/callback');
is reason(login('/jit/back/closed', %back, @closed, email => 'second@back.example')), '403 provisioning_off', 'on, off and on again: off within';
signed_in(login('/jit/back/closed', %back, @closed, @here), 'where who is there gets in');

$node->stop;
done_testing;
