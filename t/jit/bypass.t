# SPDX-License-Identifier: Apache-2.0
# Nobody without a session reaches what is protected, whatever they ask for and however; and the ways that must stay open do.
# Everything that is protected here says TOPSECRET (or ECHO behind the proxy); each is asked for by everybody's tricks and, as the control, with a session.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Echo;
use BrazeTest::Jit;
use BrazeTest::Node;

my $SECRET = "TOPSECRET\n";
my $SHOWN  = qr/TOPSECRET|ECHO/;
make_page('secret.html', $SECRET);
make_page('secret.txt', $SECRET);
make_page('dir/index.html', $SECRET);
make_page('list/TOPSECRET.txt', '');
make_page('mv/page.html.en', $SECRET);
make_page('mv/page.html.de', $SECRET);
make_page('ssi/page.shtml', "<!--#include virtual=\"/secret.txt\" -->\n<!--#echo var=\"BRAZE_USER\" -->\n");
make_page('open/include.shtml', "[<!--#include virtual=\"/secret.txt\" -->]");
make_page('open/endpoint.shtml', "[<!--#include virtual=\"/auth/saml/secret.html\" -->|<!--#include virtual=\"/auth/saml/sign_in\" -->]");
make_page('open/cgi.shtml', "[<!--#include virtual=\"/cgi/dump\" -->]");
make_page('rw/target.txt', $SECRET);
make_page('fallback/all.html', $SECRET);
make_page('action/thing.act', 'x');
make_page('auth/saml/secret.html', $SECRET);
make_page('auth/saml.html', $SECRET);
make_page('auth/samlx/page.html', $SECRET);
make_page('mixed/open.txt', 'for everybody');
make_page('satisfy/secret.txt', $SECRET);
make_page('open/page.txt', 'for everybody');
make_dump();
make_cgi('front/dump.cgi', BrazeTest::Jit::DUMP);
make_cgi('cgi/secret', "local \$/; my \$in = <STDIN> // ''; print qq{Content-Type: text/plain\\r\\n\\r\\nTOPSECRET [\$in]\\n};");

my $echo = BrazeTest::Echo->start;
my $node = BrazeTest::Node->start('bypass', <<'C', modules => [qw(include negotiation autoindex actions status access_compat cache cache_socache)],
TraceEnable on
ScriptAliasMatch "^/(?:.*/)?cgi/(\w+)(?:/.*\.act)?$" "@DocumentRoot@/cgi/$1"
<Directory "@DocumentRoot@">
    Options FollowSymLinks ExecCGI
    Require all granted
</Directory>
<Directory "@DocumentRoot@/mv">
    Options MultiViews
    AddLanguage en .en
    AddLanguage de .de
</Directory>
<Directory "@DocumentRoot@/list">
    Options Indexes
</Directory>
<Directory "@DocumentRoot@/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AddType text/html .shtml
</Directory>
<Directory "@DocumentRoot@/open">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AddType text/html .shtml
</Directory>
<Directory "@DocumentRoot@/rw">
    RewriteEngine on
    RewriteBase /rw/
    RewriteRule ^in$     target.txt [L]
    RewriteRule ^cgi$    /cgi/secret [L]
    RewriteRule ^proxy$  http://127.0.0.1:@echo@/app [P]
    RewriteRule ^ask$    - [E=X:%{LA-U:REMOTE_USER}]
    RewriteRule ^away$   /secret.html [R]
</Directory>
<Directory "@DocumentRoot@/front">
    AddHandler cgi-script .cgi
    RewriteEngine on
    RewriteBase /front/
    RewriteRule ^here$  dump.cgi [L]
    RewriteRule ^there$ /cgi/dump [L]
</Directory>
<Directory "@DocumentRoot@/fallback">
    FallbackResource /fallback/all.html
</Directory>
<Directory "@DocumentRoot@/action">
    AddHandler my-action .act
    Action my-action /cgi/secret virtual
</Directory>
RewriteEngine on
RewriteRule ^/pt/in$      /secret.txt [PT]
RewriteRule ^/pt/plain$   @DocumentRoot@/secret.txt
RewriteRule ^/pt/proxy$   http://127.0.0.1:@echo@/app [P]
RewriteRule ^/pt/saml$    /auth/saml/callback [PT]
ProxyPass        /proxied http://127.0.0.1:@echo@/app
DirectoryIndex   index.html
AllowEncodedSlashes On
CacheSocache shmcb
CacheHeader on
CacheEnable socache /cached
CacheEnable socache /open/cached
CacheMinExpire 60

<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          decorumsoft.com
</Location>
<Location "/status">
    SetHandler server-status
</Location>
<Location "/open">
    AuthType None
    Require  all granted
</Location>
<Location "/public">
    Require all granted
</Location>
<Location "/mixed">
    <RequireAny>
        Require ip 127.0.0.1
        Require valid-user
    </RequireAny>
</Location>
<Location "/denied">
    BrazeJitPath /denied/saml
    <RequireAll>
        Require valid-user
        Require ip 192.0.2.0/24
    </RequireAll>
</Location>
<Location "/nobody">
    BrazeJitPath /nobody/saml
    Require all denied
</Location>
<Location "/satisfy">
    BrazeJitPath /satisfy/saml
    Satisfy Any
    Order Deny,Allow
    Deny from all
</Location>
<Location "/satisfied">
    BrazeJitPath /satisfied/saml
    Satisfy Any
    Order Deny,Allow
    Allow from all
</Location>
<Location "/errordoc">
    BrazeJitPath  /errordoc/saml
    ErrorDocument 401 /auth/saml/sign_in
    BrazeJitSignIn 401
</Location>
<Location "/errorsecret">
    BrazeJitPath  /errorsecret/saml
    ErrorDocument 401 /open/page.txt
    ErrorDocument 404 /secret.txt
</Location>
<Files "limited.txt">
    <Limit GET>
        Require valid-user
    </Limit>
</Files>
C
    words => { echo => $echo->port });
my $port = $node->{port};

sub sign_in { return login('/', host => $node->base, email => 'bypass@decorumsoft.com', @_) }

# --- the things -------------------------------------------------------------------------------------

my @THINGS = qw(/secret.html /secret.txt /dir/ /list/ /mv/page /mv/page.html /ssi/page.shtml
    /rw/in /rw/cgi /rw/proxy /pt/in /pt/plain /pt/proxy /proxied /proxied/deeper /fallback/x/y /action/thing.act
    /cgi/secret /auth/saml.html /auth/samlx/page.html /satisfy/secret.txt);

my $own = sign_in();
signed_in($own, 'the control: somebody with a session');
for my $path (@THINGS) {
    my $res = $own->{ua}->get($node->url($path));
    like $res->content, $SHOWN, "with a session: GET $path" or diag $res->as_string;
}
for my $path (qw(/cgi/secret /rw/cgi /rw/proxy /pt/proxy /proxied)) {
    my $res = $own->{ua}->post($node->url($path), [ a => 'b c', d => 'e' ]);
    like $res->content, qr/$SHOWN.*a=b\+c&d=e/s, "with a session: a form posted to $path arrives whole" or diag $res->as_string;
}
is $own->{ua}->get($node->url('/status'))->code, 200, 'with a session: /status';

# --- without ----------------------------------------------------------------------------------------

my $FORM  = 'Content-Type: application/x-www-form-urlencoded';
my $TRASH = 'SAMLResponse=' . ('QUJD' x 20);
my $real  = saml_response(acs => $node->url('/auth/saml/callback'), idp => 'evil', issuer => BrazeTest::Idp::entity_id('idp'));
$real =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
my @WAYS = (
    [ 'GET' ], [ 'HEAD' ], [ 'OPTIONS' ], [ 'PROPFIND' ], [ 'FOO' ], [ 'post', '', $FORM ], [ 'get' ],
    [ 'POST', '', $FORM ], [ 'POST', 'a=b', $FORM ], [ 'POST', $TRASH, $FORM ],
    [ 'POST', "SAMLResponse=$real&RelayState=%2Fsecret.html", $FORM ],
    [ 'POST', $TRASH, "$FORM; charset=utf-8" ], [ 'POST', $TRASH, uc $FORM ], [ 'POST', 'x', "$FORM,text/plain" ],
    [ 'POST', 'x', 'Content-Type: text/plain' ], [ 'POST', 'x', 'Content-Type: multipart/form-data; boundary=x' ],
    [ 'POST', '' ], [ 'PUT', 'a=b', $FORM ], [ 'DELETE', 'a=b', $FORM ], [ 'PATCH', 'a=b', $FORM ],
    [ 'GET', $TRASH, $FORM ], [ 'POST', 'a=b', $FORM, 'X-HTTP-Method-Override: GET' ],
    [ 'POST', 'a=b', $FORM, 'X-Requested-With: x' ],
    [ 'GET', undef, 'Cookie: braze_session=' . 'A' x 43 ], [ 'POST', 'a=b', $FORM, 'Cookie: braze_session=' . 'A' x 43 ],
    [ 'GET', undef, 'Cookie: braze_session=' ], [ 'GET', undef, 'Cookie: braze_session=x; braze_session=y' ],
    [ 'GET', undef, 'Braze-User: admin', 'Remote-User: admin' ], [ 'GET', undef, 'Authorization: Basic YTpi' ],
    [ 'GET', undef, 'Authorization: braze-saml x' ], [ 'GET', undef, 'Range: bytes=0-5' ],
    [ 'GET', undef, 'If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT' ],
    [ 'GET', undef, 'Expect: 100-continue' ],
);

# request(way, target): status, headers and body of the answer, over a connection of its own.
sub request {
    my ($way, $target, $host) = @_;
    my ($method, $body, @headers) = @$way;
    $host //= "127.0.0.1:$port";
    push @headers, 'Content-Length: ' . length $body if defined $body;
    my $answer = $node->raw(join("\r\n", "$method $target HTTP/1.1", "Host: $host", 'Connection: close', @headers)
        . "\r\n\r\n" . ($body // ''));
    $answer =~ s{\AHTTP/1.1 100[^\r]*\r\n\r\n}{};
    my ($status) = $answer =~ m{\AHTTP/1.1 (\d+)};
    return ($status // 0, $answer);
}

sub brief {
    my ($way, $target, $answer) = @_;
    return join ' ', (map { $_ // '' } @$way), $target, '->', substr $answer, 0, 600;
}

# Nothing is let out: neither the word nor a success.
for my $path (@THINGS, '/status', '/list') {
    my @bad;
    for my $way (@WAYS) {
        my ($status, $answer) = request($way, $path);
        push @bad, brief($way, $path, $answer)
            if $answer =~ $SHOWN || $status < 300 || $status >= 500 && $status != 501;
    }
    is join("\n", @bad), '', "without a session, in " . @WAYS . " ways: $path";
}

# --- ways around the path of the endpoints ------------------------------------------------------------

{
    my @tricks = map {
        my $way = $_;
        map {"$way$_"} '/index.html', '/secret.html', '/../secret.html', '/../../secret.html', '/%2e%2e/%2e%2e/secret.html',
            '/..%2f..%2fsecret.html', '/%2e%2e%2f%2e%2e%2fsecret.html', '/..%5c..%5csecret.html', '/.%2e/.%2e/secret.html',
            '/;/../../secret.html', '/..;/..;/secret.html', '/%252e%252e/%252e%252e/secret.html',
            '/callback/../../../secret.html', '/callback/..%2f..%2f..%2fsecret.html', '/callback%2f..%2f..%2f..%2fsecret.html',
            '/callback;/../../../secret.html', '//..//..//secret.html', '/./../.././secret.html', '/callback%00/../secret.html',
            '/sign_in/../../../cgi/secret', '/callback/cgi/secret', '/x/cgi/secret', '/cgi/secret', '/callback?/../../secret.html',
            '/mv/page', '/callback/extra', '/', ''
    } '/auth/saml', '//auth/saml', '/auth//saml', '/auth/./saml', '/x/../auth/saml', '/auth%2fsaml', '/%61uth/saml', '/auth/saml%2f',
        "http://127.0.0.1:$port/auth/saml", 'http://x/auth/saml';
    my @bad;
    for my $target (@tricks) {
        for my $way ([ 'GET' ], [ 'POST', 'a=b', $FORM ], [ 'POST', $TRASH, $FORM ], [ 'HEAD' ]) {
            my ($status, $answer) = request($way, $target);
            # The sign-in page is the only thing that is there for everybody, and none of these is it.
            push @bad, brief($way, $target, $answer) if $answer =~ $SHOWN || $status < 300 || $status >= 500;
        }
    }
    is join("\n", @bad), '', @tricks . ' paths around the endpoints';
    is +(request([ 'GET' ], '/auth/saml/secret.html'))[0], 404, 'a file below the path of the endpoints is not served';
    is +($own->{ua}->get($node->url('/auth/saml/secret.html')))->code, 404, 'to anybody';
    is +(request([ 'GET' ], '/auth/saml/'))[0], 404, 'the path itself with a slash is no endpoint';
    is +(request([ 'POST', $TRASH, $FORM ], '/auth/saml/'))[0], 404, 'and takes no response';
    is +(request([ 'GET' ], '/auth/saml'))[0], 303, 'without one it is a page like others';
    is +(request([ 'GET' ], '/auth/saml/sign_in'))[0], 200, 'the control: the sign-in page';
    is +(request([ 'GET' ], '/auth/saml/sign_in/../sign_in'))[0], 200, 'also written in a roundabout way';
}

# --- methods of the endpoints ---------------------------------------------------------------------------

for my $case ([ callback => 'POST' ], [ sign_in => 'GET,HEAD' ], [ metadata => 'GET,HEAD' ], [ logout => 'GET,HEAD,POST' ], [ resume => 'GET,HEAD' ]) {
    my ($name, $allowed) = @$case;
    for my $method (qw(GET POST HEAD PUT DELETE OPTIONS PATCH)) {
        next if grep { $_ eq $method } split /,/, $allowed;
        my ($status, $answer) = request([ $method, 'a=b', $FORM ], "/auth/saml/$name");
        my ($allow) = $answer =~ /^Allow: ([^\r]*)/mi;
        is "$status " . join(',', sort grep { $_ ne 'TRACE' } split /,\s*/, $allow // ''), '405 ' . join(',', sort split /,/, $allowed), "$method on $name";
    }
}

# --- an ordinary form without a session -------------------------------------------------------------------

{
    my $res = browser()->post($node->url('/cgi/secret'), [ title => 'a long text' ]);
    is $res->code, 401, 'an ordinary form without a session is refused';
    like $res->header('WWW-Authenticate'), qr/\Abraze-saml realm="Dashboard"\z/, 'with a challenge';
    is $res->header('Location'), undef, 'and not sent away, which would lose it';
    $res = browser()->post($node->url('/cgi/secret'), [ SAMLResponse => 'x', SAMLResponse => 'y' ]);
    is $res->code, 400, 'two responses at once are none';
}

# --- posted to the protected location itself ---------------------------------------------------------------

for my $path ('/', '/secret.html', '/dir/', '/dir', '/mv/page', '/rw/proxy', '/rw/in', '/pt/in', '/proxied', '/cgi/secret', '/no/such/page',
    '/fallback/x', '/a%20b/c', '/secret.html?a=1&b=%2F') {
    my $try = sign_in(to => $path, relay => '/secret.html');
    signed_in($try, "a response posted to $path, made for that URL", '/secret.html');
    is $try->{ua}->get($node->url('/secret.html'))->content, $SECRET, 'which lets in';
}
refused_here(sign_in(to => '/secret.html', acs => $node->url('/secret.txt')), 403, 'destination_mismatch', 'made for another URL');
refused_here(sign_in(to => '/secret.html', recipient => $node->url('/secret.txt')), 403, 'recipient_mismatch', 'for another recipient');
refused_here(sign_in(to => '/secret.html', acs => $node->url('/secret.html?x')), 403, 'destination_mismatch', 'with another query');
signed_in(sign_in(to => '/secret.html', acs => $node->url('/auth/saml/callback')), 'made for the callback, it is taken anywhere in the location');
refused_here(sign_in(acs => $node->url('/secret.html')), 403, 'destination_mismatch', 'the callback takes only what was made for it');

sub refused_here {
    my ($try, $status, $code, $name) = @_;
    my $res = $try->{res};
    is $res->code . ' ' . (page_code($res) // '') . ' ' . join('', cookie_of($res)), "$status $code ", $name or diag $res->as_string;
    return;
}

# With a session the response goes where any form goes: to the application.
{
    my $res = $own->{ua}->post($node->url('/cgi/secret'), [ SAMLResponse => 'QUJD' ]);
    like $res->content, qr/TOPSECRET \[SAMLResponse=QUJD\]/, 'with a session the application gets it';
}

# --- places for everybody inside the protected location -------------------------------------------------------

{
    my ($status, $answer) = request([ 'POST', 'a=b', $FORM ], '/public/cgi/dump');
    is $status, 200, 'a form may be posted where everybody may come';
    like $answer, qr/"body":"a=b"/, 'and arrives whole';
    unlike $answer, qr/REMOTE_USER|BRAZE_/, 'with nobody';
    is +(request([ 'GET' ], '/public/cgi/dump'))[0], 200, 'as is a page';
    is +(request([ 'POST', 'a=b', $FORM ], '/mixed/cgi/dump'))[0], 200, 'also by an address instead of a person';
    is +(request([ 'GET' ], '/mixed/open.txt'))[0], 200, 'and a page';
}

# --- rules that do not ask who it is hold for the endpoints as well -------------------------------------------

for my $where ('/denied', '/nobody') {
    is +(request([ 'GET' ], "$where/saml/sign_in"))[0], 403, "$where: the sign-in page is refused as everything there is";
    my $try = login($where, host => $node->base, email => 'bypass@decorumsoft.com');
    is $try->{res}->code, 403, 'and no response is taken';
    is join('', cookie_of($try->{res})), '', 'so nobody is signed in';
    is +(request([ 'POST', $TRASH, $FORM ], "$where/page"))[0], 403, 'not at the location itself either';
    is $own->{ua}->get($node->url("$where/page"))->code, 403, 'and a session does not help';
}

# --- Satisfy --------------------------------------------------------------------------------------------------

signed_in(login('/satisfy', host => $node->base, email => 'bypass@decorumsoft.com'), 'Satisfy Any with Deny from all: signing in works');
is +(request([ 'GET' ], '/satisfy/secret.txt'))[0], 303, 'and is needed';
signed_in(login('/satisfied', host => $node->base, email => 'bypass@decorumsoft.com'), 'Satisfy Any with Allow from all: the endpoint is there too');

# --- subrequests and internal redirects -------------------------------------------------------------------------

{
    my $out = browser()->get($node->url('/open/include.shtml'));
    unlike $out->content, $SHOWN, 'an open page that includes a protected one shows nothing of it';
    $out = browser()->get($node->url('/open/cgi.shtml'));
    unlike $out->content, qr/BRAZE_|REMOTE_ADDR/, 'nor of a protected program';
    $out = browser()->get($node->url('/open/endpoint.shtml'));
    unlike $out->content, $SHOWN, 'nor of a file below the path of the endpoints, which are none for a subrequest';
    $out = $own->{ua}->get($node->url('/open/include.shtml'));
    like $out->content, qr/\[TOPSECRET/, 'but to somebody with a session';
    $out = $own->{ua}->get($node->url('/open/cgi.shtml'));
    like $out->content, qr/"BRAZE_USER":"bypass\@decorumsoft.com"/, 'who is known there';
    $out = $own->{ua}->get($node->url('/ssi/page.shtml'));
    like $out->content, qr/TOPSECRET\s+bypass\@decorumsoft.com/, 'a page and what it includes';

    my $res = browser()->get($node->url('/errordoc/page'));
    is $res->code, 401, 'the sign-in page as an ErrorDocument keeps the status';
    like $res->content, qr/<h1>Sign in to Decorumsoft/, 'and is shown';
    $res = browser()->get($node->url('/errorsecret/page'), Accept => 'application/json');
    is $res->code . $res->content, '401for everybody', 'an open ErrorDocument is shown';
    $res = browser()->get($node->url('/errorsecret/saml/nothing'));
    unlike $res->content, $SHOWN, 'a protected one is not, when an endpoint is not there';
}

# mod_cache answers before anybody is authenticated: it must not have been given what is not for everybody.
{
    make_page($_, $SECRET) for 'cached/page.html', 'open/cached/page.html';
    my @get = map { my $path = $_; map { $_->get($node->url($path)) } $own->{ua}, $own->{ua}, browser() } '/open/cached/page.html', '/cached/page.html';
    like $get[2]->header('X-Cache') // '', qr/HIT/, 'the control: an open page comes from the cache';
    is $get[2]->code, 200, 'for everybody';
    is $get[4]->code, 200, 'a protected page, asked for twice';
    unlike $get[4]->header('X-Cache') // '', qr/HIT/, 'does not';
    is $get[5]->code, 303, 'and is not there for a visitor';
    like $get[3]->header('Cache-Control') // '', qr/\bprivate\b/, 'it says so to caches elsewhere';
}

# A front controller: the program that a request is led to by mod_rewrite knows who it is, be it in the same section (where
# httpd authenticates nobody again) or in another.
for my $path ('/front/dump.cgi', '/front/here', '/front/there') {
    my $seen = dump_at($own->{ua}, $node->url($path))->{env};
    is "$seen->{REMOTE_USER} $seen->{BRAZE_USER} $seen->{BRAZE_WORKSPACES}",
        'bypass@decorumsoft.com bypass@decorumsoft.com Marketing', "$path knows who it is";
    is browser()->get($node->url($path))->code, 303, 'and is closed to others';
}

# --- the log -----------------------------------------------------------------------------------------------------

unlike $node->log, qr/exit signal|AH00052/, 'no child died';

done_testing;
