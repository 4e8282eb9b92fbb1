# SPDX-License-Identifier: Apache-2.0
# Who gets in: every row of the decision table, through httpd. A refusal is looked at whole each time (page, log, audit
# row, headers: BrazeTest::Jit::refused).
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;

make_page('page.html', 'the page');
make_dump();

sub sessions { return row('SELECT count(*) AS n FROM braze_session')->{n} }
sub users    { return row('SELECT count(*) AS n FROM braze_user')->{n} }

# --- a first login ----------------------------------------------------------------------------------

{
    my $before = time;
    my $try = login('/', email => 'Dora.First@Decorumsoft.com', names => [ 'Dora', 'First' ], relay => '/page.html');
    signed_in($try, 'a first login with an allowed domain', '/page.html');
    my $user = user_of('dora.first@decorumsoft.com');
    is $user->{user_name}, 'Dora.First@Decorumsoft.com', 'userName is the address as the IdP spells it';
    is "@$user{qw(email_key email_domain given_name family_name source)}",
        'dora.first@decorumsoft.com decorumsoft.com Dora First jit', 'with the fields of the assertion';
    is "@$user{qw(active confirmed impersonation admin)}", '1 1 0 0', 'active, confirmed, nothing more';
    ok $user->{last_sign_in_at} >= 1000 * $before && $user->{last_sign_in_at} <= 1000 * (time + 1),
        'the sign-in is noted';
    my @grants = rows('SELECT w.name AS w, p.name AS p, g.permission, g.role_id, g.team_id FROM braze_user_grant g'
        . ' LEFT JOIN braze_workspace w ON w.id = g.workspace_id'
        . ' LEFT JOIN braze_permission_set p ON p.id = g.permission_set_id WHERE g.user_id = ?', $user->{id});
    is_deeply \@grants, [ { w => 'Marketing', p => 'Viewer', permission => undef, role_id => undef, team_id => undef } ],
        'the default workspace with the default permission set, and nothing else';
    my @events = rows('SELECT * FROM braze_event WHERE user_id = ? ORDER BY id', $user->{id});
    is join(' ', map {"$_->{name}:$_->{actor}:$_->{ip}"} @events),
        'Added Account:saml:https://idp.example.test/metadata:127.0.0.1 Signed In:saml:https://idp.example.test/metadata:127.0.0.1',
        'two audit rows: made, and signed in';
    like log_from($try->{mark}), qr/BRAZE-J0001: account made and signed in: user \Q$user->{id}\E \[\Q$events[0]{correlation}\E\]/,
        'the log has the same correlation';
    unlike log_from($try->{mark}), qr/dora/i, 'and no personal data';
    is $try->{ua}->get(base_url('/page.html'))->content, 'the page', 'and the page is theirs';

    my $again = login('/', email => 'DORA.FIRST@decorumsoft.COM', names => [ 'Theodora', 'Second' ]);
    signed_in($again, 'the next login, differently spelt, is the same person');
    my $same = user_of('dora.first@decorumsoft.com');
    is "@$same{qw(id user_name given_name family_name version)}", "@$user{qw(id user_name given_name family_name version)}",
        'whose account is left as it is';
    ok $same->{last_sign_in_at} >= $user->{last_sign_in_at}, 'but for the time of the sign-in';
    like log_from($again->{mark}), qr/BRAZE-J0001: signed in: user \Q$user->{id}\E/, 'logged as signed in';
}

# --- who is there already ---------------------------------------------------------------------------

admin('--company', 'Decorumsoft', 'user', 'add', 'known@known.example', '--confirmed', '--workspace', 'Sales',
    '--permission', 'view_segments', '--first-name', 'Kim', '--last-name', 'Known');
signed_in(login('/off', email => 'Known@Known.example', names => [ 'Other', 'Name' ]),
    'an active user signs in although provisioning is off');
is join(' ', @{ user_of('known@known.example') }{qw(given_name source)}), 'Kim operator', 'and is not changed';

admin('--company', 'Decorumsoft', 'user', 'add', 'new@unconfirmed.example');
is user_of('new@unconfirmed.example')->{confirmed}, 0, 'an unconfirmed user';
refused(login('/', email => 'colleague@unconfirmed.example'), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'opens no domain');
signed_in(login('/', email => 'new@unconfirmed.example'), 'may sign in');
is user_of('new@unconfirmed.example')->{confirmed}, 1, 'and is confirmed by it';
signed_in(login('/', email => 'colleague@unconfirmed.example'), 'which opens the domain');

admin('--company', 'Decorumsoft', 'user', 'suspend', 'known@known.example');
refused(login('/', email => 'known@known.example'), 403, 'user_inactive', 'BRAZE-J0302', 'an inactive user is refused',
    title => 'Your account is switched off');
refused(login('/off', email => 'known@known.example'), 403, 'user_inactive', 'BRAZE-J0302',
    'with provisioning off as well');
is user_of('known@known.example')->{active}, 0, 'and stays inactive';
admin('--company', 'Decorumsoft', 'user', 'restore', 'known@known.example');
signed_in(login('/', email => 'known@known.example'), 'restored, they may come in');

# Found by the primary e-mail of an account whose userName is another.
admin('--company', 'Decorumsoft', 'user', 'add', 'login.name@decorumsoft.com', '--confirmed');
for my $user (user_of('login.name@decorumsoft.com')) {
    dbh()->do(q{UPDATE braze_user SET email = 'post@decorumsoft.com', email_key = 'post@decorumsoft.com' WHERE id = ?},
        undef, $user->{id});
}
my $by_mail = login('/', email => 'post@decorumsoft.com');
signed_in($by_mail, 'an account is found by its e-mail too');
is session_of($by_mail)->{user_id}, user_of('login.name@decorumsoft.com')->{id}, 'that very one';
is scalar users_of('post@decorumsoft.com'), 0, 'and none is made';
admin('--company', 'Decorumsoft', 'user', 'add', 'twin@decorumsoft.com', '--confirmed');
dbh()->do(q{UPDATE braze_user SET email = 'post@decorumsoft.com', email_key = 'post@decorumsoft.com'
    WHERE user_name_key = 'twin@decorumsoft.com'});
refused(login('/', email => 'post@decorumsoft.com'), 403, 'user_ambiguous', 'BRAZE-J0308',
    'but not when two have it', title => 'Your e-mail address belongs to several accounts');

# Nobody who has proven nothing learns who has an account: whatever the state of the address, the page is the same to the byte.
{
    my ($unproven, @other) = map { login('/', email => $_, key => 'evil')->{res}->content =~ s/Reference: [0-9a-f]{32}/Reference:/r }
        'login.name@decorumsoft.com', 'known@known.example', 'post@decorumsoft.com', 'nobody.at.all@decorumsoft.com', 'nobody@foreign.example', 'no address';
    like $unproven, qr/Code: signature_invalid/, 'an address that no identity provider has proven: refused as such';
    is $_, $unproven, 'whether there is such an account or not' for @other;
    admin('--company', 'Decorumsoft', 'user', 'suspend', 'known@known.example');
    is login('/', email => 'known@known.example', key => 'evil')->{res}->content =~ s/Reference: [0-9a-f]{32}/Reference:/r, $unproven, 'or one that is switched off';
    admin('--company', 'Decorumsoft', 'user', 'restore', 'known@known.example');
}

# --- provisioning off -------------------------------------------------------------------------------

my $users = users();
refused(login('/off', email => 'stranger@decorumsoft.com'), 403, 'provisioning_off', 'BRAZE-J0303',
    'provisioning is off', title => 'You do not have an account here yet');
is users(), $users, 'nobody is made';

# --- the domain -------------------------------------------------------------------------------------

for my $email ('a@decorumsoft.eu', 'a@x.decorumsoft.com', 'a@decorumsoft.com.example', 'a@notdecorumsoft.com',
    'a@decorumsoft.co', '"a@decorumsoft.com"@evil.example', 'decorumsoft.com@evil.example', 'a@dec0rumsoft.com',
    'a@decorumsоft.com') {
    my $try = login('/', email => $email);
    my $code = page_code($try->{res}) // '';
    if ($code eq 'ERROR_CODE_SSO_INVALID_EMAIL') {
        refused($try, 403, $code, 'BRAZE-J0310', 'no address: the quoted local part');
        next;
    }
    (my $domain = $email) =~ s/.*@//;
    $domain = 'xn--decorumsft-5fh.com' if $domain =~ /[^\x00-\x7f]/;
    refused($try, 403, 'domain_not_allowed', 'BRAZE-J0305', 'a foreign domain: ' . $domain,
        title => 'Your e-mail domain is not accepted yet');
}
is users(), $users, 'nobody is made';
signed_in(login('/', email => 'a@DECORUMSOFT.com'), 'case does not matter in a domain');

# A confirmed user opens their own domain only; an impersonation account opens none.
my @exact = ('a@eu.partner.example', 'a@partner.example.eu');
admin('--company', 'Decorumsoft', 'user', 'add', 'support@supporter.example', '--confirmed', '--impersonation');
refused(login('/', email => 'a@supporter.example'), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'an impersonation account opens no domain');
refused(login('/', email => 'a@partner.example'), 403, 'domain_not_allowed', 'BRAZE-J0305', 'not open yet');
admin('--company', 'Otherco', 'user', 'add', 'one@partner.example', '--confirmed');
refused(login('/', email => 'a@partner.example'), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'a user of another company opens nothing here');
admin('--company', 'Decorumsoft', 'user', 'add', 'one@Partner.example', '--confirmed');
signed_in(login('/', email => 'a@partner.example'), 'a confirmed user opens their domain at once');
refused(login('/', email => $_), 403, 'domain_not_allowed', 'BRAZE-J0305', 'but not ' . s/.*@//r) for @exact;
admin('--company', 'Decorumsoft', 'user', 'suspend', 'one@partner.example');
signed_in(login('/', email => 'b@partner.example'), 'a suspended colleague was confirmed all the same');

# Exceptions: by the directive (a list of an inner section replaces the outer's), and by the operator.
signed_in(login('/domains', email => 'a@exception.example'), 'excepted by directive');
signed_in(login('/domains', email => 'a@third.example'), 'by a second line of it');
signed_in(login('/domains', email => 'a@bücher.example'), 'an IDN, in Unicode');
signed_in(login('/domains', email => 'b@xn--bcher-kva.example'), 'the same as A-label');
refused(login('/domains', email => 'a@x.exception.example'), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'a sub-domain is not excepted');
refused(login('/', email => 'x@fourth.example'), 403, 'domain_not_allowed', 'BRAZE-J0305', 'not excepted yet');
is +(admin('--company', 'Decorumsoft', 'jit', 'allow-domain', 'Fourth.example'))[0], 0, 'braze-admin jit allow-domain';
signed_in(login('/', email => 'x@fourth.example'), 'excepted by the operator, at once');
refused(login('/', email => 'x@a.fourth.example'), 403, 'domain_not_allowed', 'BRAZE-J0305', 'that domain alone');
refused(login('/free/other', idp => 'other', email => 'x@fourth.example'), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'and in that company alone');

# --- what the assertion lacks -----------------------------------------------------------------------

refused(login('/', attributes => { other => 'x' }), 403, 'ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING', 'BRAZE-J0309',
    'no e-mail attribute (NameID alone is not one)', title => 'We did not get a valid e-mail address');
for my $bad ('not an address', 'a@b@', '@decorumsoft.com', 'a@', 'a b@decorumsoft.com', "x\@decorumsoft.com, y\@z.example") {
    refused(login('/', attributes => { email => $bad }), 403, 'ERROR_CODE_SSO_INVALID_EMAIL', 'BRAZE-J0310',
        "no address: $bad");
}
is users_of('ada@decorumsoft.com'), 0, 'the NameID was not taken instead';

# --- who asked --------------------------------------------------------------------------------------

refused(login('/', email => 'asked@decorumsoft.com', in_response_to => '_1'), 403, 'in_response_to_unexpected',
    'BRAZE-J0162', 'an answer to a request that nobody made', title => 'This sign-in can no longer be used');
refused(login('/', email => 'known@known.example', in_response_to => '_1'), 403, 'in_response_to_unexpected',
    'BRAZE-J0162', 'also for a known user');
is users_of('asked@decorumsoft.com'), 0, 'nobody is made';

# --- defaults ---------------------------------------------------------------------------------------

refused(login('/nowhere', email => 'n1@decorumsoft.com'), 403, 'default_missing', 'BRAZE-J0311', 'no such default workspace',
    title => 'Your account could not be made', log => qr/no workspace "Made Later", which BrazeJitDefaultWorkspace names/);
refused(login('/nothing', email => 'n2@decorumsoft.com'), 403, 'default_missing', 'BRAZE-J0311',
    'no such default permission set', log => qr/no permission set "Nothing", which BrazeJitDefaultPermissionSet names/);
signed_in(login('/nowhere', email => 'known@known.example'), 'who is known needs no default');
admin('--company', 'Decorumsoft', 'workspace', 'add', 'Made Later');
signed_in(login('/nowhere', email => 'n1@decorumsoft.com'), 'a workspace that has just been made is seen at once');
admin('--company', 'Decorumsoft', 'permission-set', 'add', 'Nothing', 'view_campaigns');
signed_in(login('/nothing', email => 'n2@decorumsoft.com'), 'and so is a permission set');

# --- the company's settings -------------------------------------------------------------------------

my @settings = ('--company', 'Settings');
my $idp_file = BrazeTest::Idp::cert_file('other');
my $where    = '/free/company';
my $try = login($where, idp => 'other', email => 'a@settings.example');
refused($try, 500, 'idp_not_configured', 'BRAZE-J0401', 'no identity provider is set', audit => 0,
    title => 'Sign-in is not set up yet', log => qr/braze-admin jit idp/);
is +(admin(@settings, 'jit', 'idp', '--entity-id', BrazeTest::Idp::entity_id('other'), '--certificate', $idp_file))[0], 0,
    'braze-admin jit idp';
refused(login($where, idp => 'other', email => 'a@settings.example'), 403, 'provisioning_off', 'BRAZE-J0303',
    'it is off at first; the new IdP is known at once');
refused(login($where, email => 'a@settings.example'), 403, 'issuer_unknown', 'BRAZE-J0128', 'another IdP is not known here');
is +(admin(@settings, 'jit', 'default', '--workspace', 'Marketing', '--permission-set', 'Viewer'))[0], 0, 'jit default';
is +(admin(@settings, 'jit', 'on'))[0], 0, 'jit on';
refused(login($where, idp => 'other', email => 'a@settings.example'), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'provisioning is on at once');
is +(admin(@settings, 'jit', 'allow-domain', 'settings.example'))[0], 0, 'jit allow-domain';
signed_in(login($where, idp => 'other', email => 'a@settings.example'), 'and the domain is open');
is +(admin(@settings, 'jit', 'off'))[0], 0, 'jit off';
for (1 .. 4) { # several children: every one has to know
    refused(login($where, idp => 'other', email => "b$_\@settings.example"), 403, 'provisioning_off', 'BRAZE-J0303',
        'is seen at once');
}
is +(admin(@settings, 'company', 'set', '--google', 'on'))[0], 0, 'marked as using Google sign-in';
refused(login('/free/google', idp => 'other', email => 'c@settings.example'), 403, 'google_sign_in', 'BRAZE-J0306',
    'nobody is provisioned beside Google, whatever the directive says', title => 'No account was made for you');
signed_in(login('/free/google', idp => 'other', email => 'a@settings.example'), 'who has an account signs in');
is +(admin(@settings, 'company', 'set', '--google', 'off'))[0], 0, 'the mark taken away';
signed_in(login('/free/google', idp => 'other', email => 'c@settings.example'), 'and they are made');
BrazeTest::Idp::make_key('rolled');
is +(admin(@settings, 'jit', 'idp', '--certificate', BrazeTest::Idp::cert_file('rolled')))[0], 0, 'a new certificate';
for (1 .. 4) {
    refused(login($where, idp => 'other', email => 'a@settings.example'), 400, 'signature_invalid', 'BRAZE-J0138',
        'the old key is refused at once');
}
signed_in(login($where, idp => 'other', key => 'rolled', email => 'a@settings.example'), 'the new one taken');

# --- names at later logins --------------------------------------------------------------------------

signed_in(login('/update', email => 'ute@decorumsoft.com', names => [ 'Ute', 'Alt' ]), 'with BrazeJitUpdateOnLogin');
signed_in(login('/update', email => 'ute@decorumsoft.com', names => [ 'Ute', 'Neu' ]), 'a later login');
is user_of('ute@decorumsoft.com')->{family_name}, 'Neu', 'refreshes the name';
like user_of('ute@decorumsoft.com')->{resource}, qr/"familyName":\s*"Neu"/, 'in the resource too';
signed_in(login('/update', email => 'ute@decorumsoft.com'), 'an assertion without names');
is user_of('ute@decorumsoft.com')->{family_name}, 'Neu', 'takes nothing away';
dbh()->do(q{UPDATE braze_user SET source = 'scim' WHERE user_name_key = 'ute@decorumsoft.com'});
signed_in(login('/update', email => 'ute@decorumsoft.com', names => [ 'Ute', 'Ganz-Neu' ]), 'a user whom SCIM keeps');
is user_of('ute@decorumsoft.com')->{family_name}, 'Neu', 'is not changed';

# --- another company ---------------------------------------------------------------------------------

signed_in(login('/free/other', idp => 'other', email => 'dora.first@decorumsoft.com'), 'the same address in another company');
isnt user_of('dora.first@decorumsoft.com', 'Otherco')->{id}, user_of('dora.first@decorumsoft.com')->{id}, 'is another person';

# --- no refusal signs anybody in ---------------------------------------------------------------------

{
    my $sessions = sessions();
    my $ua = browser();
    refused(login('/off', ua => $ua, email => 'stranger@decorumsoft.com'), 403, 'provisioning_off', 'BRAZE-J0303', 'refused');
    is $ua->get(base_url('/page.html'))->code, 303, 'the page stays closed';
    is sessions(), $sessions, 'there is no session';
}

# --- the administrator's own page --------------------------------------------------------------------

{
    my $own = login('/errors', email => 'stranger@decorumsoft.com');
    is $own->{res}->code, 403, 'with an ErrorDocument';
    my $saw = JSON->new->latin1->decode($own->{res}->content)->{env};
    is $saw->{REDIRECT_BRAZE_ERROR}, 'provisioning_off', 'it finds the code';
    like $saw->{REDIRECT_BRAZE_CORRELATION}, qr/\A[0-9a-f]{32}\z/, 'and the correlation';
    like log_from($own->{mark}), qr/BRAZE-J0303 provisioning_off: .* \[$saw->{REDIRECT_BRAZE_CORRELATION}/, 'that the log has';
    is join(' ', map {"$_->{name} $_->{code}"} events_of($saw->{REDIRECT_BRAZE_CORRELATION})), 'Failed Login provisioning_off',
        'and the audit row';
    is $saw->{REDIRECT_STATUS}, 403, 'and the status';
    my $text = login('/errors', audience => 'someone-else', sign => 'none');
    is $text->{res}->code, 400, 'another status';
    is $text->{res}->content, 'an own text', 'has its own text';
    like log_from($text->{mark}), qr/BRAZE-J0130 signature_missing/, 'and is logged';
}

# --- languages ----------------------------------------------------------------------------------------

for my $case ([ 'es', 'El dominio de su correo aún no está permitido' ],
    [ 'fr-CA;q=0.9, en;q=0.2', 'Le domaine de votre adresse e-mail n’est pas encore autorisé' ],
    [ 'xx, de-AT;q=0.5', 'Die Domain Ihrer E‑Mail-Adresse ist noch nicht zugelassen' ],
    [ 'en-GB', 'Your e-mail domain is not accepted yet' ], [ 'ja', 'Your e-mail domain is not accepted yet' ]) {
    my ($accept, $title) = @$case;
    my $res = login('/', email => 'l@foreign.example', headers => [ 'Accept-Language' => $accept ])->{res};
    my ($language) = $title =~ /^Your/ ? 'en' : $accept =~ /\b(es|fr|de)/;
    is title_of($res), $title, "Accept-Language: $accept";
    is $res->header('Content-Language'), $language, 'said in the header';
    like $res->decoded_content, qr/<html lang="$language">/, 'and in the page';
    is $res->header('Vary'), 'Accept-Language', 'caches know';
}

done_testing;
