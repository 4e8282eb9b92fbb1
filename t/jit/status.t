# SPDX-License-Identifier: Apache-2.0
# SetHandler braze-status, and what signing in counts. The SCIM side is in t/scim/status.t.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Sp ();
use BrazeTest::Start;
use BrazeTest::Status;

make_page('page.html', 'the page');

# --- what happens is counted -----------------------------------------------------------------------

my $before = counters();
my $try = login('/', email => 'zora.first@decorumsoft.com');
signed_in($try, 'a first login');
is_deeply [ grown($before) ], [ 'accounts_created 1', 'logins.idp 1' ], 'a login and an account';
my $now = counters();
is $now->{'login_duration_seconds.count'} - ($before->{'login_duration_seconds.count'} // 0), 1, 'its time';
is $now->{'judge_duration_seconds.count'} - ($before->{'judge_duration_seconds.count'} // 0), 1, 'and that of the judge';
cmp_ok $now->{'judge_duration_seconds.sum'}, '>', 0, 'which takes some';
cmp_ok $now->{'judge_duration_seconds.sum'}, '<=', $now->{'login_duration_seconds.sum'}, 'within that of the login';

$before = counters();
$try->{ua}->get(base_url('/page.html')) for 1 .. 3;
is_deeply [ grown($before, qr/\Asession_lookups/) ], ['session_lookups.row 3'], 'sessions that were found as rows';
$before = counters();
my $stranger = browser();
$stranger->default_header(Cookie => 'braze_session=' . 'a' x 43);
$stranger->get(base_url('/page.html'));
is_deeply [ grown($before, qr/\Asession_lookups/) ], ['session_lookups.none 1'], 'one that is none';

$before = counters();
login('/', email => 'zora.first@decorumsoft.com', audience => 'elsewhere') for 1 .. 2;
login('/', email => 'nobody@elsewhere.example');
post_response(browser(), acs_url(), 'not base64!');
is_deeply [ grown($before) ], [ 'refusals.audience_mismatch 2', 'refusals.base64_invalid 1', 'refusals.domain_not_allowed 1' ],
    'refusals by their codes';

$before = counters();
my $res = browser()->post(acs_url(), 'Content-Type' => 'text/plain', Content => 'x');
is $res->code, 415, 'what is no form';
is_deeply [ grown($before) ], ['refusals.not_a_form 1'], 'is a refusal too';

$before = counters();
$try->{ua}->get(base_url('/auth/saml/logout'));
is_deeply [ grown($before) ], ['sessions_ended.browser 1'], 'signed out';
$try->{ua}->get(base_url('/auth/saml/logout'));
is_deeply [ grown($before) ], ['sessions_ended.browser 1'], 'which is done once';

$before = counters();
signed_in(login('/', email => 'zora.first@decorumsoft.com'), 'signed in again');
my $user = user_of('zora.first@decorumsoft.com');
is +(admin('--company', 'Decorumsoft', 'user', 'delete', 'zora.first@decorumsoft.com'))[0], 0, 'another process removes the account';
is_deeply [ grown($before) ], ['logins.idp 1'], 'which is not this server\'s to count';

# Sign-in that begins here, an answer that is posted again, and signing out at the IdP.
$before = counters();
my $ua = browser();
my $asked = BrazeTest::Sp::login($ua, '/signed', return => '/signed/page.html');
is_deeply [ grown($before) ], ['login_requests 1'], 'somebody is sent to the IdP';
my $answer = saml_response(acs => base_url('/signed/saml/callback'), nameid => 'zora.first@decorumsoft.com', in_response_to => BrazeTest::Sp::sp_id($asked), session_index => '_counted');
$before = counters();
is post_response($ua, '/signed/saml/callback', $answer)->code, 303, 'it answers (an account is made again: the last one was removed)'
    if signed_in(login('/', email => 'zora.first@decorumsoft.com'), 'the account, anew');
is_deeply [ grown($before) ], [ 'accounts_created 1', 'logins.here 1', 'logins.idp 1' ], 'a login that began here, beside the one that did not';
$before = counters();
my $repeated = post_response($ua, '/signed/saml/callback', $answer);
is $ua->get(base_url($repeated->header('Location')))->code, 303, 'the same answer again leads on';
is_deeply [ grown($before) ], ['logins_repeated 1'], 'which is no login and no refusal';
$before = counters();
my $logout = base_url('/signed/saml/logout');
my $message = BrazeTest::Sp::redirect_url($logout, 'SAMLRequest', BrazeTest::Sp::logout_xml('LogoutRequest', destination => $logout, name_id => 'zora.first@decorumsoft.com', indexes => ['_counted']), 'idp');
is browser()->get($message)->code, 303, 'the IdP signs the person out';
is_deeply [ grown($before) ], ['sessions_ended.idp 1'], 'one session';
$before = counters();
browser()->get($message);
is_deeply [ grown($before) ], ['refusals.logout_replayed 1'], 'a sign-out that is refused';

# A node of its own: sessions found in its cache, and those that are cleared away.
my $shows_status = "<Location \"/status\">\nSetHandler braze-status\nAuthType None\nRequire all granted\n</Location>\n";
my $work = work_dir();
my $node = BrazeTest::Node->start('status', <<"C" . $shows_status);
BrazeJitSessionCache shmcb:$work/counted(40000) 60
BrazeSweepInterval 1
<Directory "\@DocumentRoot\@">
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Counted"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
C
my $there = $node->url('/status');
my $cached = login('/', host => $node->base, email => 'zora.first@decorumsoft.com');
signed_in($cached, 'a node with a cache');
$cached->{ua}->get($node->url('/page.html')); # may be what puts it there
$before = counters($there);
$cached->{ua}->get($node->url('/page.html')) for 1 .. 3;
is_deeply [ grown($before, qr/\Asession_lookups/, $there) ], ['session_lookups.cache 3'], 'sessions that were found in the cache';
$before = counters($there);
dbh()->do('UPDATE braze_session SET expires_at = ? WHERE session_hash = ?', undef, 1000 * (time - 60), session_of($cached)->{session_hash});
ok +(wait_until { grown($before, qr/\Asessions_ended/, $there) } 20), 'a session that has expired is cleared away' or diag $node->log;
cmp_ok((grown($before, qr/\Asessions_ended\.(?!expiry)/, $there))[0] // '', 'eq', '', 'and nothing else ended it');
cmp_ok counters($there)->{'sessions_ended.expiry'} // 0, '>=', 1, 'counted as such';
like counters($there)->{'db_connection_wait_seconds.count'}, qr/\A[1-9]\d*\z/, 'connections were borrowed';
$node->stop;

# --- the three forms ---------------------------------------------------------------------------------

$res = status_page('');
is $res->header('Content-Type'), 'text/html; charset=utf-8', 'HTML for a person';
like $res->content, qr{<td>audience_mismatch</td><td>\d+</td>}, 'with a row for a code';
is $res->header('Cache-Control'), 'no-store', 'not to be kept';
my $page = $res->content;

for ([ 'prometheus' ], [ '', Accept => 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3,*/*;q=0.1' ]) {
    $res = status_page(@$_);
    is $res->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8', 'Prometheus' . (@$_ > 1 ? ', by what it accepts' : '');
    my $family = eval { prometheus($res->content) };
    is $@, '', 'its text format';
    is $family->{braze_logins_total}{type}, 'counter', 'logins are a counter';
    my $lines = counters();
    is series_of($family, 'logins_total')->{'started=idp'}, $lines->{'logins.idp'}, 'of the same value';
    is series_of($family, 'refusals_total')->{'code=audience_mismatch'}, $lines->{'refusals.audience_mismatch'}, 'as refusals are';
    is $family->{braze_login_duration_seconds}{type}, 'histogram', 'times are a histogram';
    is $family->{braze_login_duration_seconds}{samples}{'braze_login_duration_seconds_count{}'}, $lines->{'login_duration_seconds.count'}, 'of as many';
    is scalar keys %{ series_of($family, 'info') }, 1, 'and the version';
    cmp_ok series_of($family, 'processes')->{''}, '>=', 2, 'of several processes';
    cmp_ok series_of($family, 'db_connections_in_use')->{''}, '<=', 2, 'that hold no connection for long';
    unlike $res->content, qr/zora|decorumsoft|\@/i, 'nothing about persons';
}
ok !eval { prometheus("# HELP a_total x\n# TYPE a_total counter\na_total 1\na_total 1\n") }, '(the parser finds what is wrong)';
unlike $page, qr/zora|decorumsoft|\@/i, 'nor in HTML';
like status_page('auto')->header('Content-Type'), qr{\Atext/plain}, 'lines are plain text';
is browser()->post(base_url('/free/status'))->code, 405, 'to be read only';

# --- one set for all children and both modules --------------------------------------------------------

my @logins = map { counters()->{'logins.idp'} } 1 .. 20;
is scalar(grep { $_ != $logins[0] } @logins), 0, 'whichever child answers';
$before = counters();
signed_in(login('/', email => 'zora.second@decorumsoft.com'), 'one more login');
graceful_restart();
is_deeply [ grown($before) ], [ 'accounts_created 1', 'logins.idp 1' ], 'a graceful restart forgets nothing';
is counters()->{counted_since}, $before->{counted_since}, 'and began when it began';

my $shows = "<Location \"/status\">\nSetHandler braze-status\nRequire local\n</Location>\n";
for my $load ([ 'jit' ], [ 'scim' ], [ 'scim', 'jit' ]) {
    my $is = start_httpd($shows, load => $load, driver => undef, params => undef, while => sub {
        my ($base) = @_;
        is status_page('auto', base => "$base/status")->code, 200, "@$load: shows it";
        cmp_ok counters("$base/status")->{processes}, '>=', 1, 'its children';
    });
    ok $is->{served}, "@$load: starts" or diag $is->{said}, $is->{log};
}
done_testing;
