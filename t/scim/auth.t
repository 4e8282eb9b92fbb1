# SPDX-License-Identifier: Apache-2.0
# The bearer token: what is refused, how, and in whose words; rotation, revocation, expiry; when it was last used.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Scim;

my $token = token(origin => 'auth-suite');
my $other = token(origin => 'auth-suite', company => 'Otherco');
my ($secret, @origin) = ($token->{secret}, 'X-Request-Origin' => 'auth-suite');
my $somebody = made($token, person('auth@scim.example'));

sub get { my (@headers) = @_; return scim('GET', "/scim/v2/Users/$somebody", undef, @origin, @headers) }
sub get_braze { my (@headers) = @_; return scim('GET', "/braze/scim/v2/Users/$somebody", undef, @origin, @headers) }

# --- refused -------------------------------------------------------------------------------------

my $NEEDED  = 'A bearer token is needed in the Authorization header.';
my $INVALID = 'The bearer token is not valid or has expired.';
my $EMPTY   = 'The bearer token is not valid.';
my @refused = (
    [ 'none', $NEEDED ],
    [ 'an empty header', $NEEDED, '' ],
    [ 'Basic', $NEEDED, 'Basic YXV0aDphdXRo' ],
    [ 'the token as Basic', $NEEDED, "Basic $secret" ],
    [ 'the token without a scheme', $NEEDED, $secret ],
    [ 'the scheme without a token', $NEEDED, 'Bearer' ],
    [ 'another scheme that begins alike', $NEEDED, "Bearerx $secret" ],
    [ 'a wrong one', $INVALID, 'Bearer wrong' ],
    [ 'one character off', $INVALID, 'Bearer ' . ($secret =~ s/\A(.)/$1 eq 'A' ? 'B' : 'A'/er) ],
    [ 'one character short', $INVALID, 'Bearer ' . substr $secret, 1 ],
    [ 'one too many', $INVALID, "Bearer ${secret}A" ],
    [ 'in lower case', $INVALID, 'Bearer ' . ($secret =~ /[A-Z]/ ? lc $secret : uc $secret) ],
    [ 'in quotes', $INVALID, qq(Bearer "$secret") ],
    [ 'two', $INVALID, "Bearer $secret, Bearer $secret" ],
    [ 'its hash', $INVALID, 'Bearer ' . Digest::SHA::sha256_hex($secret) ],
    [ "another company's", $INVALID, "Bearer $other->{secret}" ],
    [ 'SQL', $INVALID, q{Bearer ' OR '1'='1} ],
    [ 'bytes that are no text', $INVALID, "Bearer \xff\xfe" ],
    [ 'a very long one', $EMPTY, 'Bearer ' . 'A' x 4000 ],
);
for (@refused) {
    my ($name, $detail, $header) = @$_;
    my @headers = defined $header ? (Authorization => $header) : ();
    my $error = $detail eq $NEEDED ? '' : qq(, error="invalid_token", error_description="$detail");
    my $res = get(@headers);
    rfc_error($res, 401, undef, $detail, "refused: $name");
    is join('|', $res->header('WWW-Authenticate')), qq(Bearer realm="SCIM"$error), 'with one challenge';
    braze_error(get_braze(@headers), 401, $detail, 'in the braze dialect as well');
}
my $log = logged { get(Authorization => 'Bearer wrong') };
like $log, qr/BRAZE-S0101: refused from 127\.0\.0\.1: \Q$INVALID\E/, 'logged with its tag';

rfc_error(scim('GET', '/s/unknown/Users', undef, @{ $token->{auth} }), 500, undef, qr/not set up yet/,
    'a company that is not in the database');
like logged { scim('GET', '/s/unknown/Users', undef, @{ $token->{auth} }) },
    qr/BRAZE-0150 .*BrazeCompany "Not Made Yet".*braze-admin company add/, 'which the log explains';

# The header is read by bytes; its answer to HEAD has the headers without the body.
my $answer = raw_scim('HEAD', "/scim/v2/Users/$somebody", undef, Authorization => 'Bearer wrong');
is $answer->{line}, 'HTTP/1.1 401 Unauthorized', 'HEAD is refused';
is $answer->{body}, '', 'without a body';

# --- taken ---------------------------------------------------------------------------------------

is get(Authorization => "Bearer $secret")->code, 200, 'the token is taken';
is get(Authorization => "bearer $secret")->code, 200, 'whatever the case of the scheme';
is get(Authorization => "BEARER   $secret")->code, 200, 'and with more blanks';
is scim('GET', '/s/other/Users', undef, @{ $other->{auth} })->code, 200, "the other company's at its own location";
rfc_error(scim('GET', '/s/other/Users', undef, @{ $token->{auth} }), 401, undef, $INVALID, 'where ours is not');

# --- rotation ------------------------------------------------------------------------------------

my $next = token(origin => 'auth-suite');
isnt $next->{secret}, $secret, 'a second token';
is get(Authorization => "Bearer $_")->code, 200, 'both live' for $secret, $next->{secret};
my $hash = row('SELECT token_hash FROM braze_token WHERE id = ?', $token->{id})->{token_hash};
is $hash, Digest::SHA::sha256_hex($secret), 'kept as SHA-256';
my ($status, $said) = admin('--company', 'Decorumsoft', 'token', 'revoke', $token->{id});
is $status, 0, 'the old one is revoked' or diag $said;
rfc_error(get(Authorization => "Bearer $secret"), 401, undef, $INVALID, 'and out at the next request');
is get(Authorization => "Bearer $next->{secret}")->code, 200, 'where the new one is not';

# On a connection that is kept, too.
my $ua = browser(keep_alive => 1);
my @get = (base_url("/scim/v2/Users/$somebody"), @{ $next->{auth} });
is $ua->get(@get)->code, 200, 'a kept connection';
admin('--company', 'Decorumsoft', 'token', 'revoke', $next->{id});
is $ua->get(@get)->code, 401, 'does not keep a revoked token alive';

# And one connection may carry several clients' tokens.
my ($one, $two) = map { token() } 1 .. 2;
my $on = sub {
    my ($as, $said) = @_;
    my %headers = (@{ $as->{auth} }, Authorization => "Bearer $said");
    return $ua->get($get[0], %headers)->code;
};
my $cut = substr $one->{secret}, 0, -1;
is $on->($_, $_->{secret}), 200, 'each its own, in turns' for $one, $two, $one;
for my $not ($cut, "$one->{secret}A", $cut . ($one->{secret} =~ /A\z/ ? 'B' : 'A'), 'x' x 500) {
    is $on->($one, $not), 401, 'behind it nobody: ' . length $not;
    is $on->($one, $one->{secret}), 200, 'and again whose it was';
}
admin('--company', 'Decorumsoft', 'token', 'revoke', $one->{id});
is $on->($one, $one->{secret}), 401, 'revoked, it is out on that connection';
is $on->($two, $two->{secret}), 200, 'and takes no other along';

# --- expiry --------------------------------------------------------------------------------------

my $short = token(expires => '1h');
is scim('GET', '/scim/v2/Users', undef, @{ $short->{auth} })->code, 200, 'a token before its end';
my $now = int(1000 * time);
dbh()->do('UPDATE braze_token SET expires_at = ? WHERE id = ?', undef, $now - 1, $short->{id});
my $res = scim('GET', '/scim/v2/Users', undef, @{ $short->{auth} });
rfc_error($res, 401, undef, $INVALID, 'and after it');
like $res->header('WWW-Authenticate'), qr/error="invalid_token"/, 'said as RFC 6750 has it';

# --- when it was last used -----------------------------------------------------------------------

my $used = token();
sub last_use { return row('SELECT last_used_at, last_used_from FROM braze_token WHERE id = ?', $used->{id}) }
is last_use()->{last_used_at}, undef, 'a new token was never used';
my $before = int(1000 * time);
scim('GET', '/scim/v2/Users', undef, Authorization => "Bearer $used->{secret}");
is last_use()->{last_used_at}, undef, 'nor by a request that is refused for its origin';
scim('GET', '/scim/v2/Users', undef, @{ $used->{auth} });
my $first = last_use();
ok $first->{last_used_at} >= $before && $first->{last_used_at} <= 1000 * (time + 1), 'a use is noted';
is $first->{last_used_from}, '127.0.0.1', 'with its address';
scim('GET', '/scim/v2/Users', undef, @{ $used->{auth} }) for 1 .. 3;
is last_use()->{last_used_at}, $first->{last_used_at}, 'once a minute at most';
dbh()->do('UPDATE braze_token SET last_used_at = last_used_at - 61000 WHERE id = ?', undef, $used->{id});
scim('GET', '/scim/v2/Users', undef, @{ $used->{auth} });
cmp_ok last_use()->{last_used_at}, '>=', $first->{last_used_at}, 'and again after it';
my ($listed) = grep { $_->{id} eq $used->{id} } @{ admin_json('--company', 'Decorumsoft', 'token', 'list') };
is $listed->{last_used_from}, '127.0.0.1', 'which the operator sees';

secrets_hidden();
done_testing;
