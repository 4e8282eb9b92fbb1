# SPDX-License-Identifier: Apache-2.0
# After the token: service origin, allowlist, httpd's own Require beside them, and sections that forgot something.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Scim;

my $token = token(origin => 'Access-Suite');
my @bearer = (Authorization => "Bearer $token->{secret}");
my $ORIGIN = q{The service origin header does not name this token's origin.};
my $LIST   = q{This address is not on the token's allowlist.};

sub at { my ($place, @headers) = @_; return scim('GET', "$place/Users?count=0", undef, @headers) }

# The braze dialect has no list without a filter: somebody who is not there.
sub braze_at {
    my ($place, @headers) = @_;
    return scim('GET', "$place/Users" . filter_of('userName eq "nobody@scim.example"'), undef, @headers);
}

# --- origin --------------------------------------------------------------------------------------

is at('/scim/v2', @bearer, 'X-Request-Origin' => 'Access-Suite')->code, 200, 'X-Request-Origin';
is at('/scim/v2', @bearer, 'X-Origin-Request' => 'Access-Suite')->code, 200, 'X-Origin-Request';
is at('/scim/v2', @bearer, 'X-Request-Origin' => 'wrong', 'X-Origin-Request' => 'Access-Suite')->code, 200,
    'one of them is enough';
for ([ 'absent' ], [ 'wrong', 'other' ], [ 'empty', '' ], [ 'in another case', 'access-suite' ],
    [ 'with more behind it', 'Access-Suite2' ], [ 'a part', 'Access' ], [ 'in quotes', '"Access-Suite"' ],
    [ 'twice', 'Access-Suite, Access-Suite' ], [ 'a pattern', '*' ]) {
    my ($name, $value) = @$_;
    my @headers = (@bearer, defined $value ? ('X-Request-Origin' => $value) : ());
    my $res = at('/scim/v2', @headers);
    rfc_error($res, 403, undef, $ORIGIN, "refused: origin $name");
    like $res->header('WWW-Authenticate') // '', qr/\ABearer realm="SCIM", error="insufficient_scope"/,
        'with the challenge of RFC 6750';
    $res = braze_at('/braze/scim/v2', @headers);
    braze_error($res, 401, $ORIGIN, 'and 401 in the braze dialect');
    like $res->header('WWW-Authenticate') // '', qr/\ABearer realm="SCIM", error="insufficient_scope"[^|]*\z/,
        'with it as well';
}
like logged { at('/scim/v2', @bearer) }, qr/BRAZE-S0103: token \Q$token->{id}\E from 127\.0\.0\.1: \Q$ORIGIN\E/,
    'logged with its tag';

is at('/s/origin', @bearer, 'X-My-Origin' => 'Access-Suite')->code, 200, 'BrazeScimOriginHeader names another';
is at('/s/origin', @bearer, 'X-Second' => 'Access-Suite')->code, 200, 'or several';
rfc_error(at('/s/origin', @bearer, 'X-Request-Origin' => 'Access-Suite'), 403, undef, $ORIGIN,
    'and then the usual ones are none');
is at('/s/origin/usual', @bearer, 'X-Origin-Request' => 'Access-Suite')->code, 200, 'unless they are set back';
is at('/s/origin/usual', @bearer, 'X-My-Origin' => 'Access-Suite')->code, 403, 'within';

for my $profile (qw(entra okta)) {
    my $lenient = token(profile => $profile);
    my @only = (Authorization => "Bearer $lenient->{secret}");
    is at('/scim/v2', @only)->code, 200, "a token of profile $profile needs no header";
    is at('/scim/v2', @only, 'X-Request-Origin' => 'any')->code, 200, 'and none can be wrong';
}

# --- allowlist -----------------------------------------------------------------------------------

# What a token with this list is told when it comes from this address.
sub from {
    my ($auth, $address, $vhost, $header) = @_;
    return scim('GET', port_url($vhost // 'forwarded', '/scim/v2/Users?count=0'), undef, @$auth,
        defined $address ? ($header // 'X-Forwarded-For', $address) : ());
}
my @lists = (
    [ '127.0.0.1', [undef], ['192.0.2.1'] ],
    [ '192.0.2.7', ['192.0.2.7'], [ undef, '192.0.2.8', '192.0.2.70', '::192.0.2.7' ] ],
    [ '192.0.2.64/26', [ '192.0.2.64', '192.0.2.127' ], [ '192.0.2.63', '192.0.2.128' ] ],
    [ '192.0.2.10-192.0.2.20', [ '192.0.2.10', '192.0.2.15', '192.0.2.20' ], [ '192.0.2.9', '192.0.2.21' ] ],
    [ '2001:db8::7', [ '2001:db8::7', '2001:0db8:0:0::0007' ], [ '2001:db8::8', '192.0.2.7' ] ],
    [ '2001:db8:1::/48', [ '2001:db8:1::', '2001:db8:1:ffff::1' ], [ '2001:db8:2::1', '2001:db8:0:ffff::' ] ],
    [ '2001:db8::a-2001:db8::1f', [ '2001:db8::a', '2001:db8::1f' ], [ '2001:db8::9', '2001:db8::20' ] ],
    [ '192.0.2.7,203.0.113.0/24,2001:db8::/32', [ '192.0.2.7', '203.0.113.200', '2001:db8:ffff::1' ],
        [ '192.0.2.8', '203.0.112.1', '2001:db9::1' ] ],
    [ '0.0.0.0/0', [ undef, '203.0.113.9' ], ['2001:db8::1'] ],
);
for (@lists) {
    my ($list, $inside, $outside) = @$_;
    my $listed = token(allow => $list);
    my %name = map { ($_ // '') => $_ // 'the connection' } @$inside, @$outside;
    is join(' ', map { $name{ $_ // '' } . '=' . from($listed->{auth}, $_)->code } @$inside),
        join(' ', map { $name{ $_ // '' } . '=200' } @$inside), "allowlist $list: inside";
    is join(' ', map { $name{ $_ // '' } . '=' . from($listed->{auth}, $_)->code } @$outside),
        join(' ', map { $name{ $_ // '' } . '=403' } @$outside), 'and outside';
}

my $listed = token(allow => '192.0.2.0/24');
my $res = at('/scim/v2', @{ $listed->{auth} });
rfc_error($res, 403, undef, $LIST, 'an address that is not on the list');
like $res->header('WWW-Authenticate'), qr/insufficient_scope/, 'with the challenge';
braze_error(braze_at('/braze/scim/v2', @{ $listed->{auth} }), 401, $LIST, '401 in the braze dialect');
like logged { at('/scim/v2', @{ $listed->{auth} }) }, qr/BRAZE-S0103: token \S+ from 127\.0\.0\.1: \Q$LIST\E/,
    'logged with the address';

# A header is believed of a trusted proxy only.
for my $header ('X-Forwarded-For', 'X-Origin-Request', 'X-Real-IP', 'Forwarded', 'True-Client-IP') {
    is scim('GET', '/scim/v2/Users?count=0', undef, @{ $listed->{auth} }, $header => '192.0.2.7')->code, 403,
        "$header of a client is not believed";
}
rfc_error(from($listed->{auth}, '192.0.2.7', 'untrusted'), 403, undef, $LIST,
    'nor where another address is the trusted proxy');
is from($listed->{auth}, '192.0.2.7')->code, 200, 'behind a trusted proxy it is';
rfc_error(from($listed->{auth}, '203.0.113.5'), 403, undef, $LIST, 'for better or worse');
rfc_error(from($listed->{auth}, '192.0.2.7, 203.0.113.5'), 403, undef, $LIST,
    'what a client put before the proxy\'s own entry is not');
is from($listed->{auth}, '203.0.113.5, 192.0.2.7, 198.51.100.3')->code, 200, 'of a chain the last address that is no proxy counts';
is from($listed->{auth}, '192.0.2.7', 'requestorigin', 'X-Origin-Request')->code, 200,
    'RemoteIPHeader X-Origin-Request: the header carries the address';
rfc_error(from($listed->{auth}, '203.0.113.5', 'requestorigin', 'X-Origin-Request'), 403, undef, $LIST,
    'which is looked up');
my $noted = row('SELECT last_used_from FROM braze_token WHERE id = ?', $listed->{id})->{last_used_from};
is $noted, '192.0.2.7', 'and noted with the token';
my $maker = token(allow => '192.0.2.9');
$res = scim('POST', port_url('forwarded', '/scim/v2/Users'), person('proxied@scim.example'), @{ $maker->{auth} },
    'X-Forwarded-For' => '192.0.2.9');
is row('SELECT ip FROM braze_event WHERE user_id = ?', $res->{json}{id})->{ip}, '192.0.2.9', 'and in the audit';

# A list that somebody broke in the database lets nobody in.
my $broken = token(allow => '127.0.0.1');
dbh()->do(q{UPDATE braze_token SET allowlist = 'localhost' WHERE id = ?}, undef, $broken->{id});
my $mark = logged {
    rfc_error(at('/scim/v2', @{ $broken->{auth} }), 403, undef, qr/cannot be read/, 'a broken list lets nobody in');
};
like $mark, qr/\[braze_scim:error\]/, 'and is an error in the log';

# --- httpd's own Require -------------------------------------------------------------------------

my @auth = @{ $token->{auth} };
is at('/s/inside', @bearer)->code, 200, 'Require ip that fits';
rfc_error(at('/s/outside', @auth), 403, undef, 'This client may not use this service.', 'Require ip that does not');
braze_error(braze_at('/s/outside/braze', @auth), 403, 'This client may not use this service.',
    'and in the braze dialect: it is httpd that answers 403 to what no token could mend');
rfc_error(at('/s/negated', @auth), 403, undef, 'This client may not use this service.', 'Require not ip');
is at('/s/either', @auth)->code, 200, 'RequireAny: the origin';
$res = at('/s/either', @bearer);
is $res->code, 200, 'or the address';
is $res->header('WWW-Authenticate'), undef, 'and a success carries no challenge';
rfc_error(scim('GET', '/s/either/Users/00000000-00000000-00000000-00000000', undef, @bearer), 404, undef,
    qr/no user/, 'nor does an error of the service');
rfc_error(at('/s/neither', @bearer), 403, undef, $ORIGIN, 'RequireAny of which none fits');
is at('/s/neither', @auth)->code, 200, 'and one of which one does';
rfc_error(at('/s/either'), 401, undef, qr/bearer token is needed/, 'none of it without a token');

# --- sections that forgot something ----------------------------------------------------------------

for my $place ('/s/addressonly', '/s/addressor', '/free/scim/open') {
    for my $headers ([], \@auth) {
        my $log = logged {
            my $res = at($place, @$headers);
            rfc_error($res, 401, undef, undef, "$place is closed" . (@$headers ? ', with a token too' : ''));
            like $res->header('WWW-Authenticate'), qr/\ABearer/, 'with a challenge';
        };
        like $log, qr/BRAZE-S0107: .*AuthType braze-scim and Require valid-user/, 'and the log says what is missing';
    }
}
rfc_error(at('/s/listonly'), 401, undef, qr/bearer token is needed/, 'Require braze-scim-allowlist alone asks for a token');
is at('/s/listonly', @bearer)->code, 200, 'and takes one';
rfc_error(at('/free/scim/nocompany', @auth), 500, undef, undef, 'without BrazeCompany');
like logged { at('/free/scim/nocompany', @auth) }, qr/BRAZE-S0102: .*BrazeCompany/, 'which the log explains';

BrazeTest::Saml::write_file(work_dir() . '/scim-passwd', "basic:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n"); # "test"
$res = at('/free/scim/basic', Authorization => 'Basic YmFzaWM6dGVzdA==');
rfc_error($res, 401, undef, undef, 'people of another AuthType are nobody here');
like logged { at('/free/scim/basic', Authorization => 'Basic YmFzaWM6dGVzdA==') }, qr/BRAZE-S0107/, 'which the log explains';

# The token as httpd's own guard of something else: its answers are httpd's, its challenge is ours.
my $page = Apache::Test::vars('documentroot') . '/free/scim';
require File::Path;
File::Path::make_path($page);
BrazeTest::Saml::write_file("$page/page", 'guarded');
my $ua = browser();
is $ua->get(base_url('/free/scim/page'), @auth)->content, 'guarded', 'a token guards a page';
$res = $ua->get(base_url('/free/scim/page'), @bearer);
is $res->code, 401, 'with its Require';
like $res->header('WWW-Authenticate'), qr/\ABearer realm="A \\"quoted\\" name", error="insufficient_scope"/,
    'and a challenge of ours, its realm escaped';
unlike $res->content, qr/schemas/, 'around a page of httpd\'s';

secrets_hidden();
done_testing;
