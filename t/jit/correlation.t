# SPDX-License-Identifier: Apache-2.0
# One reference for one sign-in that was refused: on the page, in the log, in the audit row, whatever refused it.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;


# What is no response at all.
sub posted {
    my ($type, $content, $path) = @_;
    my $mark = log_mark();
    my $res  = browser()->post(base_url($path // '/auth/saml/callback'), 'Content-Type' => $type, Content => $content);
    return { res => $res, mark => $mark };
}
my $form = 'application/x-www-form-urlencoded';
refused(posted('text/plain', 'x'), 415, 'not_a_form', 'BRAZE-J0412', 'no form');
refused(posted($form, 'SAMLResponse=%zz'), 400, 'form_malformed', 'BRAZE-J0410', 'a broken form');
refused(posted($form, 'SAMLResponse=a&SAMLResponse=b'), 400, 'form_duplicate_field', 'BRAZE-J0410', 'a field twice');
refused(posted($form, 'x=y'), 400, 'saml_response_missing', 'BRAZE-J0413', 'no response');
{
    my $try = posted($form, 'SAMLResponse=' . 'A' x 300_000);
    is $try->{res}->code, 413, 'a form that is too large';
    my $ref = page_reference($try->{res});
    ok $ref, 'has a reference';
    like log_from($try->{mark}), qr/BRAZE-0160.*\[\Q$ref\E[,\]]/, 'which is the log\'s';
    is scalar(events_of($ref)), 1, 'and the audit row\'s';
}

# What the judge refuses, what the request behind it refuses, what the decision refuses.
refused(login('/', response => 'PGE+PC9iPg=='), 400, 'xml_malformed', 'BRAZE-J0104', 'no XML');
refused(login('/', audience => 'elsewhere'), 403, 'audience_mismatch', 'BRAZE-J0159', 'for somebody else');
refused(login('/', idp => 'evil', issuer => 'https://unknown.example/'), 403, 'issuer_unknown', 'BRAZE-J0128', 'of an unknown IdP');
refused(login('/', in_response_to => '_nobodys'), 403, 'in_response_to_unexpected', 'BRAZE-J0162', 'the answer to nobody');
refused(login('/', email => 'x@elsewhere.example'), 403, 'domain_not_allowed', 'BRAZE-J0305', 'a stranger');
refused(login('/off', email => 'new.one@decorumsoft.com'), 403, 'provisioning_off', 'BRAZE-J0303', 'provisioning off');
refused(login('/key', relay => 'no-key'), 403, 'ERROR_CODE_SSO_INVALID_RELAY_STATE', 'BRAZE-J0411', 'a wrong API key');
# Where only a key would have said whose audit trail it is, there is none.
refused(login('/free/key', relay => 'no-key'), 403, 'ERROR_CODE_SSO_INVALID_RELAY_STATE', 'BRAZE-J0411', 'a wrong API key, no company', audit => 0);

# One that is used again: the page comes after a redirect.
{
    my $first = login('/', email => 'twice.ref@decorumsoft.com');
    signed_in($first, 'a first time');
    my $again = login('/', email => 'twice.ref@decorumsoft.com', response => $first->{response});
    is $again->{res}->code, 303, 'the same response of another browser';
    my $page = $again->{ua}->get(base_url($again->{res}->header('Location')));
    is $page->code, 403, 'is refused after a look at its cookies';
    is page_code($page), 'replayed', 'as used before';
    my $ref = page_reference($page);
    my @rows = events_of($ref // 'none');
    is join(' ', map {"$_->{name}/$_->{code}"} @rows), 'Failed Login/replayed', 'the page\'s reference is the audit row\'s';
    my $log = log_from($again->{mark});
    my $lines = () = $log =~ /replayed.*\[\Q$ref\E/g;
    cmp_ok $lines, '>=', 1, 'and the log\'s';

    for my $forged ('x' x 500, "a' onmouseover='x", 'short', "%0d%0aInjected: 1", '<b>aaaaaaaaaaaaaaaaaaaa</b>') {
        my $res = browser()->get(base_url("/auth/saml/resume?response=1&reference=$forged"));
        my $shown = page_reference($res);
        like $shown // 'none', qr/\A[0-9a-f]{32}\z/, 'what is no reference is not taken for one';
    }
}

# Sign-ins that were refused before anything was posted: as those.
sub asked { my ($path) = @_; my $mark = log_mark(); return { res => browser()->get(base_url($path)), mark => $mark } }
refused(asked('/sp/saml/login?idp=https://nobody.example/'), 404, 'idp_unknown', 'BRAZE-J0421', 'an IdP that nobody knows');
refused(asked('/nosso/saml/login'), 404, 'idp_cannot_be_asked', 'BRAZE-J0422', 'none that can be asked');
refused(asked('/free/spkey/saml/login'), 404, 'idp_cannot_be_asked', 'BRAZE-J0423', 'of no company: on nobody\'s trail', audit => 0);
{
    my $try = asked('/sp/saml/login?idp=https://secret.example/' . 'x' x 1000);
    my ($row) = events_of(page_reference($try->{res}));
    is join('|', map { $row->{$_} // '' } qw(actor ip user_name)), 'browser|127.0.0.1|', 'its row says who asked';
    unlike join('|', map { $_ // '' } values %$row), qr/secret/, 'and nothing of what they sent';
}
# A response that an IdP sends to a wrong address; whoever only looks for pages leaves no row.
refused(posted($form, 'SAMLResponse=x', '/auth/saml/acs'), 404, 'no_such_endpoint', 'BRAZE-J0415', 'posted where nothing is');
refused(asked('/auth/saml/acs'), 404, 'no_such_endpoint', 'BRAZE-J0415', 'looked for where nothing is', audit => 0);

# Refusals that are not of a sign-in, or noted where it was refused first: the page and the log have one reference as well.
for my $case (
    [ '/auth/saml/resume', 403, 'replayed', 'BRAZE-J0414' ], [ '/auth/saml/nothing', 404, 'no_such_endpoint', 'BRAZE-J0415' ],
    [ '/signed/saml/logout?SAMLRequest=x', 400, 'logout_\\w+', 'BRAZE-J02\\d\\d' ], [ '/auth/saml/callback?SAMLart=x', 400, 'artifact_malformed', 'BRAZE-J\\d+' ]) {
    my ($path, $status, $code, $tag) = @$case;
    my $mark = log_mark();
    my $res = browser()->get(base_url($path));
    is $res->code, $status, "$path: refused" or diag $res->as_string;
    like page_code($res) // 'none', qr/\A$code\z/, "$path: its code";
    my $ref = page_reference($res) // 'none';
    like log_from($mark), qr/$tag $code\b.* \[\Q$ref\E[,\]]/, "$path: its reference is the log's";
}

# mod_unique_id's id is the reference where that module is.
my $node = BrazeTest::Node->start('unique', <<'C', modules => ['unique_id']);
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
</Location>
LogFormat "%{UNIQUE_ID}e %>s" unique
CustomLog "/dev/null" unique
C
{
    my $mark = $node->log_mark;
    my $base = $node->base;
    my $res = login('/', host => $base, audience => 'elsewhere')->{res};
    my ($ref) = $res->decoded_content =~ /Reference: ([\w\@-]+)</;
    like $ref // 'none', qr/\A[\w\@-]{20,40}\z/, 'with mod_unique_id the page shows its id';
    unlike $ref, qr/\A[0-9a-f]{32}\z/, 'and not one of ours';
    like $node->log($mark), qr/BRAZE-J0159.*\[\Q$ref\E/, 'the log too';
    is join(' ', map { $_->{code} } events_of($ref)), 'audience_mismatch', 'and the audit row';
}

# What anybody can ask for fills the trail no further than so many rows a minute and process; the log has it all.
my $one = BrazeTest::Node->start('flooded', $BrazeTest::Node::ONE_CHILD . <<'C');
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
</Location>
C
{
    my $rows = sub { return row(q{SELECT count(*) AS n FROM braze_event WHERE name = 'Failed Login'})->{n} };
    my ($before, $minute, $ua) = ($rows->(), int time / 60, browser(keep_alive => 1));
    for my $n (1 .. 150) {
        $ua->get($one->url("/auth/saml/login?idp=$n"));
        $ua->post($one->url("/auth/saml/$n"), [ SAMLResponse => 'x' ]);
    }
    my $more = $rows->() - $before;
    cmp_ok $more, '>=', 120, 'a flood of refusals leaves rows';
    cmp_ok $more, '<=', 120 * (int(time / 60) - $minute + 1), 'but no more than so many a minute';
    my $lines = () = $one->log =~ /BRAZE-J04(?:15|21) /g;
    is $lines, 300, 'and every one a line in the log';
    $one->stop;
}

done_testing;
