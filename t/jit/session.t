# SPDX-License-Identifier: Apache-2.0
# Sessions: the cookie, how long they last, what ends them, and responses that come again. Age is made by editing rows.
use strict;
use warnings;
use Digest::SHA ();
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
make_dump();
my @ME = (email => 'session@decorumsoft.com');

sub page_at { my ($cookie, $path) = @_; return browser()->get(base_url($path // '/page.html'), $cookie ? (Cookie => $cookie) : ())->code }

sub secret_of { my ($try) = @_; return (cookie_of($try->{res}))[0] =~ /=([\w-]{43})/ ? $1 : die 'no secret' }

sub set_row {
    my ($try, $column, $ms) = @_;
    my $changed = dbh()->do("UPDATE braze_session SET $column = ? WHERE session_hash = ?", undef, $ms, kept_as(secret_of($try)));
    die "no row" if $changed != 1;
    return;
}

sub now_ms { return 1000 * time }

# --- the cookie ---------------------------------------------------------------------------------------

{
    my $try = login('/', @ME);
    like +($try->{res}->header('Set-Cookie'))[0], qr/\Abraze_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax\z/, 'the cookie over http';
    my $row = session_of($try);
    is $row->{session_hash}, kept_as(secret_of($try)), 'the row has the SHA-256 of its secret, behind the time of both';
    is scalar(grep { index($_ // '', secret_of($try)) >= 0 } map { values %$_ } rows('SELECT * FROM braze_session')), 0,
        'and not the secret';
    is index(log_from(0), secret_of($try)), -1, 'nor has the log';
    no warnings 'portable';    # more than 32 bits
    cmp_ok abs(hex(substr secret_of($try), 0, 11) - $row->{created_at}), '<=', 1, 'the time is that of the login, in milliseconds';
    is "@$row{qw(idp name_id)}", 'https://idp.example.test/metadata session@decorumsoft.com', 'the row knows IdP and NameID';
    is $row->{name_id_format}, 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', 'with its format';
    like $row->{session_index}, qr/\A_[0-9a-f]+\z/, 'and the SessionIndex';

    my $again = login('/', @ME, ua => $try->{ua});
    isnt secret_of($again), secret_of($try), 'each login gets a secret of its own';
    my $fixed = login('/', @ME, headers => [ Cookie => 'braze_session=' . 'A' x 43 ]);
    isnt secret_of($fixed), 'A' x 43, 'whatever the browser brought';

    my $named = login('/named', @ME);
    like +($named->{res}->header('Set-Cookie'))[0], qr/\Adashboard-2=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax\z/, 'BrazeJitCookie';
    is page_at('dashboard-2=' . secret_of($named), '/named/page.html'), 200, 'is looked for under that name';
    is page_at('braze_session=' . secret_of($named), '/named/page.html'), 303, 'and no other';
    is page_at('x=1; dashboard-2=' . secret_of($named) . '; y=2', '/named/page.html'), 200, 'among others';
    is page_at('xdashboard-2=' . secret_of($named), '/named/page.html'), 303, 'not as the end of another name';

    my $secret = secret_of($try);
    is page_at("braze_session=$secret"), 200, 'the control';
    (my $flipped = $secret) =~ s/\A(.)/$1 eq 'A' ? 'B' : 'A'/e;
    for my $bad ($flipped, substr($secret, 0, 42), $secret . 'A', lc $secret eq $secret ? uc $secret : lc $secret, '', "\"$secret\"",
        "$secret.", "' OR '1'='1", 'A' x 5000, $row->{session_hash}, substr($row->{session_hash}, 0, 43)) {
        is page_at("braze_session=$bad"), 303, 'not: ' . substr $bad, 0, 50;
    }
}

# --- of before --------------------------------------------------------------------------------------------

# Before sessions had a time in front, a row lay under the whole digest of 43 random characters.
{
    my $row = session_of(login('/', @ME));
    my $secret = 'Q0' . 'a' x 41;
    my $old = { %$row, session_hash => Digest::SHA::sha256_hex($secret) };
    my @columns = sort keys %$old;
    dbh()->do("INSERT INTO braze_session (@{[ join ', ', @columns ]}) VALUES (@{[ join ', ', map { '?' } @columns ]})", undef, @$old{@columns});
    is page_at("braze_session=$secret"), 200, 'such a session is good';
    is page_at('braze_session=' . 'q' . substr $secret, 1), 303, 'by its own secret';
    is page_at('braze_session=' . substr($old->{session_hash}, 0, 43)), 303, 'and not by what the row shows';
    browser()->post(base_url('/auth/saml/logout'), [], Cookie => "braze_session=$secret");
    is page_at("braze_session=$secret"), 303, 'and is signed out like any';
    is row('SELECT count(*) AS n FROM braze_session WHERE session_hash = ?', $old->{session_hash})->{n}, 0, 'its row is gone';
    # What a row shows of the time is not enough to make the cookie.
    is page_at('braze_session=' . substr($row->{session_hash}, 0, 11) . 'A' x 32), 303, 'the time alone opens nothing';
}

# --- one connection, several people -----------------------------------------------------------------------

# As from a proxy. Whoever's cookie a request brings is who it is, whatever the connection brought before.
{
    my ($one, $two) = map { secret_of(login('/', email => "$_\@decorumsoft.com")) } qw(first-of-two second-of-two);
    my $proxy = browser(keep_alive => 1, cookie_jar => undef);
    my $seen = sub {
        my ($cookie) = @_;
        my $res = $proxy->get(base_url('/cgi/dump'), $cookie ? (Cookie => "braze_session=$cookie") : ());
        return $res->code if $res->code != 200;
        my $env = JSON::decode_json($res->content)->{env};
        return "$env->{REMOTE_PORT} $env->{REMOTE_USER}";
    };
    my ($port) = $seen->($one) =~ /\A(\d+) first-of-two/ or die 'not signed in';
    is $seen->($one), "$port first-of-two\@decorumsoft.com", 'the same cookie again on one connection';
    is $seen->($two), "$port second-of-two\@decorumsoft.com", 'then that of somebody else';
    is $seen->($one), "$port first-of-two\@decorumsoft.com", 'and the first again';
    for my $not ($one . 'A', substr($one, 0, 42), substr($one, 0, 42) . ($one =~ /A\z/ ? 'B' : 'A'), "$one.x", '') {
        is $seen->($not), 303, 'behind it nobody: ' . length $not;
        is $seen->($one), "$port first-of-two\@decorumsoft.com", 'and again who it was';
    }
    browser()->post(base_url('/auth/saml/logout'), [], Cookie => "braze_session=$one");
    is $seen->($one), 303, 'signed out elsewhere, it ends here too';
    is $seen->($two), "$port second-of-two\@decorumsoft.com", 'and takes nobody along';
}

# --- behind a proxy that terminates TLS --------------------------------------------------------------------

{
    my $out = 'https://app.example.com';
    my $try = login('/https', @ME, acs => "$out/https/saml/callback");
    my $cookie = ($try->{res}->header('Set-Cookie'))[0] // '';
    like $cookie, qr/\A__Host-braze_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure\z/, 'the cookie over https';
    is page_at("__Host-braze_session=" . secret_of($try), '/https/page.html'), 200, 'lets in';
    is page_at("braze_session=" . secret_of($try), '/https/page.html'), 303, 'under its whole name';
    refused(login('/https', @ME), 403, 'destination_mismatch', 'BRAZE-J0145', 'the inner address is not ours');
    refused(login('/https', @ME, acs => "$out/https/saml/callback", recipient => base_url('/https/saml/callback')), 403,
        'recipient_mismatch', 'BRAZE-J0150', 'nor as recipient');
    refused(login('/https', @ME, acs => "http://app.example.com/https/saml/callback"), 403, 'destination_mismatch', 'BRAZE-J0145',
        'the scheme counts');
    refused(login('/https', @ME, acs => "$out:443/https/saml/callback"), 403, 'destination_mismatch', 'BRAZE-J0145', 'so does the port');
    signed_in(login('/https', @ME, to => '/https/deep/page', acs => "$out/https/deep/page"), 'also posted to the location itself');
    my $metadata = browser()->get(base_url('/https/saml/metadata'));
    like $metadata->content, qr{Location="\Q$out\E/https/saml/callback"}, 'our metadata has the outer address';
    my $plain = login('/http', @ME, acs => 'http://app.example.com:8080/http/saml/callback');
    like +($plain->{res}->header('Set-Cookie'))[0] // '', qr/\Abraze_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax\z/,
        'an outer address with http';
}

# --- how long --------------------------------------------------------------------------------------------

{
    my $try = login('/', @ME);
    my $row = session_of($try);
    is $row->{expires_at} - $row->{created_at}, 8 * 3_600_000, 'eight hours at most, by default';
    my $short = login('/short', @ME);
    my $cookie = 'braze_session=' . secret_of($short);
    $row = session_of($short);
    is $row->{expires_at} - $row->{created_at}, 600_000, 'BrazeJitSessionMaxAge';
    is page_at($cookie, '/short/page.html'), 200, 'a session';
    is session_of($short)->{last_seen_at}, $row->{last_seen_at}, 'a use soon after is not written';
    set_row($short, last_seen_at => now_ms() - 10_000);
    is page_at($cookie, '/short/page.html'), 200, 'used again after a twentieth of the idle time';
    cmp_ok session_of($short)->{last_seen_at}, '>', now_ms() - 5_000, 'is written';
    set_row($short, last_seen_at => now_ms() - 115_000);
    is page_at($cookie, '/short/page.html'), 200, 'unused for nearly as long as it may be';
    set_row($short, last_seen_at => now_ms() - 121_000);
    is page_at($cookie, '/short/page.html'), 303, 'unused for longer: it has ended';
    is page_at($cookie), 200, 'but not by the rule of another location, whose idle time is an hour';
    set_row($short, last_seen_at => now_ms() - 3_601_000);
    is page_at($cookie), 303, 'until that is over too';
    set_row($short, last_seen_at => now_ms());
    set_row($short, expires_at => now_ms() + 5_000);
    is page_at($cookie), 200, 'nearly at its end';
    set_row($short, expires_at => now_ms() - 1_000);
    is page_at($cookie), 303, 'at its end, however much it is used';
}
{
    my $try = login('/', @ME, session_not_on_or_after => 900);
    my $row = session_of($try);
    my $left = $row->{expires_at} - now_ms();
    ok $left > 880_000 && $left <= 900_000, 'SessionNotOnOrAfter ends it earlier' or diag $left;
    $try = login('/', @ME, session_not_on_or_after => 90_000);
    is session_of($try)->{expires_at} - session_of($try)->{created_at}, 8 * 3_600_000, 'but not later';
    refused(login('/', @ME, session_not_on_or_after => -30), 403, 'session_expired', 'BRAZE-J0312', 'already over, though within the clock skew');
    refused(login('/', @ME, session_not_on_or_after => -90), 403, 'session_expired', 'BRAZE-J0161', 'over');
}

# --- what ends it ------------------------------------------------------------------------------------------

{
    my @who = (email => 'leaver@decorumsoft.com');
    my $one = login('/', @who);
    my $two = login('/', @who);
    is $_->{ua}->get(base_url('/page.html'))->code, 200, 'a session' for $one, $two;
    is +(admin('--company', 'Decorumsoft', 'user', 'suspend', 'leaver@decorumsoft.com'))[0], 0, 'the user is suspended';
    is $_->{ua}->get(base_url('/page.html'))->code, 303, 'out at the next request' for $one, $two;
    admin('--company', 'Decorumsoft', 'user', 'restore', 'leaver@decorumsoft.com');
    is $one->{ua}->get(base_url('/page.html'))->code, 303, 'and not in again when restored';
    my $three = login('/', @who);
    dbh()->do(q{UPDATE braze_user SET active = 0 WHERE user_name_key = 'leaver@decorumsoft.com'});
    is $three->{ua}->get(base_url('/page.html'))->code, 303, 'an application that sets active to 0 is obeyed as well';
    dbh()->do(q{UPDATE braze_user SET active = 1 WHERE user_name_key = 'leaver@decorumsoft.com'});
    is $three->{ua}->get(base_url('/page.html'))->code, 200, 'the control';
    is +(admin('--company', 'Decorumsoft', 'user', 'delete', 'leaver@decorumsoft.com'))[0], 0, 'deleted';
    is $three->{ua}->get(base_url('/page.html'))->code, 303, 'out';
    dbh()->do('DELETE FROM braze_session WHERE session_hash = ?', undef, kept_as(secret_of($three)));
    my $four = login('/', @who);
    dbh()->do('DELETE FROM braze_session WHERE session_hash = ?', undef, kept_as(secret_of($four)));
    is $four->{ua}->get(base_url('/page.html'))->code, 303, 'a session whose row is deleted is over';
}

sub signed_out { return row(q{SELECT count(*) AS n FROM braze_event WHERE name = 'Signed Out'})->{n} }

for my $method (qw(get post)) {
    my $one = login('/', @ME);
    my $two = login('/', @ME);
    my $cookie = 'braze_session=' . secret_of($one);
    my $before = signed_out();
    my $res = $one->{ua}->$method(base_url('/auth/saml/logout'));
    is $res->code . title_of($res), '200You are signed out', "$method logout";
    like $res->header('Set-Cookie'), qr/\Abraze_session=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0\z/, 'takes the cookie away';
    is_deeply [ BrazeTest::Jit::headers_wrong($res) ], [], 'on a page that is not kept';
    is page_at($cookie), 303, 'the cookie is worth nothing any more';
    is session_of($one), undef, 'nor is there a row';
    is $two->{ua}->get(base_url('/page.html'))->code, 200, 'the other browser stays signed in';
    is signed_out(), $before + 1, 'an audit row';
    is $one->{ua}->$method(base_url('/auth/saml/logout'))->code, 200, 'once more does no harm';
    is signed_out(), $before + 1, 'and is no event';
}

# --- another company's ----------------------------------------------------------------------------------------

{
    my $here = login('/', @ME);
    my $there = login('/free/other', idp => 'other', email => 'session@otherco.example');
    my ($mine, $theirs) = map { 'braze_session=' . secret_of($_) } $here, $there;
    is page_at($mine, '/page.html') . page_at($theirs, '/free/other/page.html'), '200200', 'two companies, two sessions';
    is page_at($mine, '/free/other/page.html') . page_at($theirs, '/page.html'), '303303', 'neither is good at the other';
    browser()->get(base_url('/free/other/saml/logout'), Cookie => $mine);
    is page_at($mine), 200, "nor is ended by the other's logout";
}

# --- a response that comes again --------------------------------------------------------------------------------

sub follow { my ($try) = @_; return $try->{ua}->get(base_url($try->{res}->header('Location'))) }

sub replayed {
    my ($try, $name) = @_;
    my ($session) = cookie_of($try->{res});
    is $session, undef, "$name: no session";
    like $try->{res}->header('Location') // '', qr{\A/auth/saml/resume\?}, "$name: asked again on a page of ours" or return;
    my $log = log_from($try->{mark});
    my ($ref) = $log =~ /BRAZE-J0307 replayed: .*?([0-9a-f]{32})?/ or diag $log;
    like $log, qr/BRAZE-J0307 replayed/, "$name: logged";
    my $mark = log_mark();
    my $res = follow($try);
    refused({ res => $res, mark => $mark }, 403, 'replayed', 'BRAZE-J0414', "$name: refused, under the reference of the audit row",
        title => 'This sign-in can no longer be used');
    return;
}

my $first = login('/', @ME, relay => '/page.html?x=1');
signed_in($first, 'a response', '/page.html?x=1');
{
    my $events = row(q{SELECT count(*) AS n FROM braze_event WHERE code = 'replayed'})->{n};
    my $sessions = row('SELECT count(*) AS n FROM braze_session')->{n};
    my $again = login('/', response => $first->{response}, relay => '/page.html?x=1', ua => $first->{ua});
    is $again->{res}->code, 303, 'posted twice by the same browser';
    my $res = follow($again);
    is $res->code . $res->header('Location'), '303/page.html?x=1', 'it is sent on to where it was going';
    is row('SELECT count(*) AS n FROM braze_session')->{n}, $sessions, 'with the session that it has';
    is row(q{SELECT count(*) AS n FROM braze_event WHERE code = 'replayed'})->{n}, $events + 1, 'the audit has it';

    replayed(login('/', response => $first->{response}), 'by another browser');
    replayed(login('/', response => $first->{response}, ua => login('/', @ME)->{ua}), 'by a browser with another session of the same person');
    replayed(login('/', response => $first->{response}, to => '/page.html'), 'at the location itself');
    replayed(login('/update', response => $first->{response}, to => '/auth/saml/callback'), 'whatever the location');
}

# A session that version 3 of the schema began: it and the record of its assertion lie under the digest alone.
{
    my @old = login('/', @ME, relay => '/page.html?old=1', assertion_id => '_of-version-3');
    signed_in($old[0], 'another response', '/page.html?old=1');
    my $key = session_of($old[0])->{assertion_key};
    my $digest = Digest::SHA::sha256_hex(BrazeTest::Idp::entity_id('idp') . "\0_of-version-3");
    is substr($key, 11), substr($digest, 0, 53), 'its key ends in the digest of issuer and assertion';
    is dbh()->do('UPDATE braze_session SET assertion_key = ? WHERE assertion_key = ?', undef, $digest, $key), 1, 'as it was before the migration: the session';
    is dbh()->do('UPDATE braze_replay SET replay_key = ? WHERE replay_key = ?', undef, $digest, $key), 1, 'and the record';
    my $res = follow(login('/', response => $old[0]{response}, relay => '/page.html?old=1', ua => $old[0]{ua}));
    is $res->code . ($res->header('Location') // ''), '303/page.html?old=1', 'posted twice, it is sent on as well';
    replayed(login('/', response => $old[0]{response}), 'and refused to another browser');
}

# What /resume can be made to do by a link.
{
    my ($key) = session_of($first)->{assertion_key};
    my $ua = $first->{ua};
    my $resume = sub { my ($ua, $query) = @_; my $res = $ua->get(base_url("/auth/saml/resume?$query")); return $res->code . ($res->header('Location') // '') };
    is $resume->($ua, "response=$key&return=/page.html"), '303/page.html', 'resume, the control';
    is $resume->($ua, "response=$key"), '303/', 'without a place to go';
    is $resume->($ua, "response=$key&return=$_"), '303/', "never to $_" for '//evil.example', 'https://evil.example', '/%5cevil.example',
        '%2f%2fevil.example', 'javascript:alert(1)', '/%250d', '/%0d%0aX:y', '%zz';
    is $resume->($ua, "response=" . '0' x 64), '403', 'not for another response';
    is $resume->($ua, 'return=/page.html'), '403', 'nor for none';
    is $resume->($ua, ''), '403', 'nor for nothing';
    is $resume->(browser(), "response=$key"), '403', 'nor for another browser';
    $ua->post(base_url('/auth/saml/logout'));
    is $resume->($ua, "response=$key"), '403', 'nor after signing out';
}

# What was refused was not used up: the operator puts it right, the person reloads.
{
    my $early = login('/', email => 'early@not-yet.example');
    refused($early, 403, 'domain_not_allowed', 'BRAZE-J0305', 'refused');
    admin('--company', 'Decorumsoft', 'jit', 'allow-domain', 'not-yet.example');
    signed_in(login('/', response => $early->{response}), 'the same response is taken when the reason is gone');
}

# --- restarts and other nodes ---------------------------------------------------------------------------------------

my $kept = login('/', @ME);
graceful_restart();
is $kept->{ua}->get(base_url('/page.html'))->code, 200, 'a session survives a graceful restart';
replayed(login('/', response => $kept->{response}), 'after a graceful restart');
graceful_restart();
signed_in(login('/', @ME), 'signing in works after two of them');

my $conf = <<'C' . 'BrazeJitBaseUrl ' . base_url() . "\n</Location>\n";
ScriptAliasMatch "^/cgi/(\w+)$" "@DocumentRoot@/cgi/$1"
<Directory "@DocumentRoot@">
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
C
my $node = BrazeTest::Node->start('second', $conf);
{
    my $cookie = 'braze_session=' . secret_of($kept);
    is browser()->get($node->url('/page.html'), Cookie => $cookie)->code, 200, 'a session is good on another node';
    my $there = browser()->post($node->url('/auth/saml/callback'), [ SAMLResponse => $kept->{response} ]);
    like $there->header('Location') // '', qr{/auth/saml/resume}, 'a response that was used here is used there';
    is join('', cookie_of($there)), '', 'and brings no session';
    my $response = saml_response(nameid => 'session@decorumsoft.com');
    my $used = browser()->post($node->url('/auth/saml/callback'), [ SAMLResponse => $response ]);
    is scalar cookie_of($used), 1, 'one that is used there';
    replayed(login('/', response => $response), 'here');
    my ($theirs) = cookie_of($used);
    is page_at($theirs), 200, 'its session is good here';
    browser()->post(base_url('/auth/saml/logout'), [], Cookie => $theirs);
    is browser()->get($node->url('/page.html'), Cookie => $theirs)->code, 303, 'until it is signed out here';

    $node->crash;
}
$node = BrazeTest::Node->start('third', $conf);
is browser()->get($node->url('/page.html'), Cookie => 'braze_session=' . secret_of($kept))->code, 200,
    'the death of a node takes no session along';
{
    my $there = browser()->post($node->url('/auth/saml/callback'), [ SAMLResponse => $kept->{response} ]);
    is join('', cookie_of($there)), '', 'nor is a used response forgotten';
}

done_testing;
