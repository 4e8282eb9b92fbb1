# SPDX-License-Identifier: Apache-2.0
# Nothing of another database, company, host or cache: each refusal beside what is let in.
use strict;
use warnings;
use Test::More tests => 17;
use Apache::Test ();
use BrazeTest;
use BrazeTest::Jit;

make_page('/page.html', 'the page'); # of every location: AliasMatch

# --- two databases with a company of one name ---
my $second = 'http://127.0.0.1:' . Apache::Test::vars('seconddb_port');
my $here = login('/', email => 'isola@decorumsoft.com');
signed_in($here, 'signed in on the first database');
my $there = login('/', email => 'isola@decorumsoft.com', host => $second);
signed_in($there, 'and on the second, whose company has the same name');
is $here->{ua}->get(base_url('/isolation/page.html'))->code, 200, 'the first one holds';
is $there->{ua}->get("$second/auth/saml/sign_in")->code, 200, 'the second server answers';
isnt $there->{ua}->get("$second/isolation/page.html")->code, 303, 'the second one holds too';
my ($cookie) = cookie_of($there->{res});
is browser()->get(base_url('/isolation/page.html'), Cookie => $cookie)->code, 303, 'a session of the second is none of the first';

# --- a company within another ---
my $try = login('/isolation/otherco', email => 'isola@decorumsoft.com');
refused($try, 500, 'idp_not_configured', 'BRAZE-J0401', "an outer company's IdP is none of the inner one's", audit => 0,
    company => 'Otherco');
admin('--company', 'Otherco', 'user', 'add', 'mine@otherco.example', '--confirmed');
signed_in(login('/isolation/otherco-own', idp => 'other', email => 'mine@otherco.example'), 'its own IdP is');
refused(login('/isolation/otherco-own', email => 'mine@otherco.example'), 403, 'issuer_unknown', 'BRAZE-J0128',
    'and the outer ones are not besides', company => 'Otherco');
refused(login('/isolation/certificate', email => 'isola@decorumsoft.com'), 403, 'issuer_unknown', 'BRAZE-J0128',
    'a certificate of its own stands instead of the outer metadata');
signed_in(login('/isolation/certificate', idp => 'other', email => 'certified@decorumsoft.com'), 'and is believed');

# --- the client's Host header ---
my $port = Apache::Test::vars('port');
refused(login('/', email => 'isola@decorumsoft.com', acs => "http://staging.example:$port/auth/saml/callback",
        headers => [ Host => "staging.example:$port" ]),
    403, 'destination_mismatch', 'BRAZE-J0145', 'a response for another host is not made ours by a Host header');
like browser()->get(base_url('/auth/saml/metadata'), Host => "evil.example:$port")->content,
    qr{Location="http://127\.0\.0\.1:$port/auth/saml/callback"}, 'nor do metadata name it';

# --- what caches may keep ---
like $here->{ua}->get(base_url('/isolation/page.html'))->header('Cache-Control') // '', qr/\bprivate\b/,
    'a page behind a session is private';

# --- an inner section's shorter age ---
is $here->{ua}->get(base_url('/isolation/short/page.html'))->code, 200, 'a fresh session is good in the strict section';
dbh()->do('UPDATE braze_session SET created_at = created_at - 700000 WHERE user_id = ?', undef, user_of('isola@decorumsoft.com')->{id});
is $here->{ua}->get(base_url('/isolation/page.html'))->code, 200, 'twelve minutes later it is good outside';
is $here->{ua}->get(base_url('/isolation/short/page.html'))->code, 303, 'and over where ten minutes are the most';
