# SPDX-License-Identifier: Apache-2.0
# The thin line: a response in, a row in SQL, the page, the way out.
use strict;
use warnings;
use Test::More tests => 13;
use BrazeTest;

my $SESSIONS = q{SELECT count(*) AS n FROM braze_session s JOIN braze_user u ON u.id = s.user_id
    WHERE u.user_name = 'basic@decorumsoft.com'};

my $ua = browser();
my $res = $ua->get(base_url('/index.html'));
is $res->code, 303, 'a visitor without a session is sent on';
like $res->header('Location'), qr{/auth/saml/sign_in\?return=%2findex\.html$}i, 'to the sign-in page';

$res = post_response($ua, acs_url(), saml_response(nameid => 'basic@decorumsoft.com',
    attributes => {email => 'basic@decorumsoft.com', first_name => 'Ada', last_name => 'Lovelace'}),
    RelayState => '/index.html');
is $res->code, 303, 'a first login is taken' or diag $res->as_string;
is $res->header('Location'), '/index.html', 'and goes where RelayState said';
like +(grep {/^braze_session/} $res->header('Set-Cookie'))[0] // '', qr/^braze_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/, 'with a cookie';

my $row = row('SELECT * FROM braze_user WHERE user_name_key = ?', 'basic@decorumsoft.com');
is $row->{given_name}, 'Ada', 'the account is a row';
is $row->{source}, 'jit', 'made by a login';
is row($SESSIONS)->{n}, 1, 'the session is a row';

is $ua->get(base_url('/index.html'))->code, 200, 'the page is there now';
is browser()->get(base_url('/index.html'))->code, 303, 'but not for another browser';

$res = $ua->post(base_url('/auth/saml/logout'));
is $res->code, 200, 'signed out';
is $ua->get(base_url('/index.html'))->code, 303, 'and the page is gone';
is row($SESSIONS)->{n}, 0, 'as is the row';
