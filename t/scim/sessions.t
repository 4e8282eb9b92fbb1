# SPDX-License-Identifier: Apache-2.0
# One account, two doors: what SCIM does to people who sign in by SAML.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Jit qw(login signed_in refused make_page user_of users_of);
use BrazeTest::Scim;

make_page('page.html', 'the page');
my $token = token();
my %dialect = (rfc => '/scim/v2', braze => '/braze/scim/v2');
sub call { my ($method, $path, $body, $dialect) = @_; return scim($method, $dialect{ $dialect // 'rfc' } . $path, $body, @{ $token->{auth} }) }
sub sees { my ($ua) = @_; my $res = $ua->get(base_url('/page.html')); return $res->code == 200 ? $res->content : $res->code . ' ' . ($res->header('Location') // '') }
sub enter { my ($email, %more) = @_; my $try = login('/', email => $email, %more); signed_in($try, "$email signs in"); return $try->{ua} }
my $AWAY = qr{\A303 \S*/sign_in};

# --- deactivated -----------------------------------------------------------------------------------

my $bystander = enter('bystander@decorumsoft.com');
my @browsers = map { enter('leaver@decorumsoft.com') } 1 .. 2;
my $leaver = user_of('leaver@decorumsoft.com');
is $leaver->{source}, 'jit', 'made by a login';
is sees($_), 'the page', 'and signed in' for @browsers, $bystander;

my $found = call('GET', '/Users' . filter_of('userName eq "LEAVER@decorumsoft.com"'));
is $found->{json}{totalResults}, 1, 'SCIM finds them by userName';
is $found->{json}{Resources}[0]{id}, $leaver->{id}, 'the very one';
rfc_error(call('POST', '/Users', person('Leaver@Decorumsoft.com')), 409, 'uniqueness', undef, 'and makes no second');
my $etag = $found->{json}{Resources}[0]{meta}{version};
is call('PUT', "/Users/$leaver->{id}", person('leaver@decorumsoft.com', active => JSON::false))->code, 200, 'deactivated';
like sees($_), $AWAY, 'their browser is out at its next request' for @browsers;
is row('SELECT count(*) AS n FROM braze_session WHERE user_id = ?', $leaver->{id})->{n}, 0, 'no session is left';
is sees($bystander), 'the page', 'another one stays in';
refused(login('/', email => 'leaver@decorumsoft.com'), 403, 'user_inactive', 'BRAZE-J0302', 'and they do not come back');
is scalar users_of('leaver@decorumsoft.com'), 1, 'nor is there a second account';
is call('PUT', "/Users/$leaver->{id}", person('leaver@decorumsoft.com', active => JSON::true))->code, 200, 'activated again';
like sees($browsers[0]), $AWAY, 'the old session stays ended';
is sees(enter('leaver@decorumsoft.com')), 'the page', 'a new login works';

# --- deleted ---------------------------------------------------------------------------------------

for my $dialect (sort keys %dialect) {
    my $ua = enter("deleted.$dialect\@decorumsoft.com");
    my $id = user_of("deleted.$dialect\@decorumsoft.com")->{id};
    is call('DELETE', "/Users/$id", undef, $dialect)->code, 204, "deleted, $dialect";
    like sees($ua), $AWAY, 'and out at the next request';
    is sees($bystander), 'the page', 'another one stays in';
    is sees(enter("deleted.$dialect\@decorumsoft.com")), 'the page', 'who comes again is somebody new';
    isnt user_of("deleted.$dialect\@decorumsoft.com")->{id}, $id, 'with an id of their own';
}

# --- permissions -----------------------------------------------------------------------------------

my $climber = enter('climber@decorumsoft.com');
my $id = user_of('climber@decorumsoft.com')->{id};
like $climber->get(base_url('/require/edit/page.html'))->code, qr/\A40[13]\z/, 'what they may not see';
call('PUT', "/Users/$id", person('climber@decorumsoft.com', $DASHBOARD => { permissions => [ { value => 'workspace/Marketing/edit_campaigns' } ] }));
my $res = $climber->get(base_url('/require/edit/page.html'));
is $res->code, 200, 'they may at the next request after SCIM has given the permission' or diag $res->as_string;
call('PUT', "/Users/$id", person('climber@decorumsoft.com', $DASHBOARD => { permissions => [ { value => 'workspace/Sales' } ] }));
like $climber->get(base_url('/require/edit/page.html'))->code, qr/\A40[13]\z/, 'and may not any more after it has taken it away';

# --- taken over ------------------------------------------------------------------------------------

for my $dialect (sort keys %dialect) {
    my $email = "taken.$dialect\@decorumsoft.com";
    login('/update', email => $email, names => [ 'Jit', 'Name' ]);
    my $row = user_of($email);
    is "@$row{qw(given_name source)}", 'Jit jit', 'made by a login';
    login('/update', email => $email, names => [ 'Later', 'Name' ]);
    is user_of($email)->{given_name}, 'Later', 'whose later logins change the name (BrazeJitUpdateOnLogin)';
    my $last = user_of($email)->{last_sign_in_at};
    my $body = braze_person($email, name => { givenName => 'Scim', familyName => 'Owned' });
    is call('PUT', "/Users/$row->{id}", $body, $dialect)->code, 200, "taken over, $dialect";
    is join(' ', @{ user_of($email) }{qw(id given_name source last_sign_in_at)}), "$row->{id} Scim scim $last", 'is SCIM\'s now';
    signed_in(login('/update', email => $email, names => [ 'Jit', 'Again' ]), 'who still signs in');
    $row = user_of($email);
    is "@$row{qw(given_name family_name source)}", 'Scim Owned scim', 'and is left as SCIM has it';
    cmp_ok $row->{last_sign_in_at}, '>=', $last, 'but for the time';
    like call('GET', "/Users/$row->{id}?attributes=$DASHBOARD:lastSignInAt")->{json}{$DASHBOARD}{lastSignInAt}, qr/\A\d{4}-\d\d-\d\dT/, 'which SCIM reads';
    is scalar users_of($email), 1, 'one account throughout';
}

# A person whom SCIM made signs in without any provisioning, by e-mail where that is not the userName.
my $made = made($token, person('scim.first', emails => [ { value => 'scim.first@decorumsoft.com', primary => JSON::true } ]));
signed_in(login('/off', email => 'Scim.First@decorumsoft.com'), 'made by SCIM, signs in');
ok user_row($made)->{last_sign_in_at}, 'as that person';
is scalar users_of('scim.first@decorumsoft.com'), 0, 'no other was made';

# Confirmed by SCIM: colleagues may be provisioned.
refused(login('/', email => 'colleague@scim-opened.example'), 403, 'domain_not_allowed', 'BRAZE-J0305', 'a domain that nobody has');
made($token, person('boss@scim-opened.example'));
signed_in(login('/', email => 'colleague@scim-opened.example'), 'is open once SCIM has made somebody with it');

secrets_hidden();
done_testing;
