# SPDX-License-Identifier: Apache-2.0
# What identity providers encrypt for us: assertions with either key of a rollover, names in sign-out messages; and
# what is said where it cannot be read. (Every way to get it wrong: t/cases/saml, by attacks.t.)
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Sp qw(redirect_url logout_xml signed_xml);

make_page('page.html', 'the page');
my $WHO  = 'sealed@decorumsoft.com';
my $HERE = base_url('/signed/saml/logout');

# --- assertions --------------------------------------------------------------------------------------

for my $with ([ 'the first key', encrypt => 'sp' ], [ 'the next key', encrypt => 'sp2' ], [ 'and the response signed', encrypt => 'sp', sign => 'response' ],
    [ 'CBC under a signature', encrypt => 'sp', sign => 'response', cipher => 'aes256-cbc' ]) {
    my ($what, %opt) = @$with;
    signed_in(my $try = login('/signed', email => $WHO, names => [ 'Ada', 'Sealed' ], %opt), "encrypted: $what");
    unlike MIME::Base64::decode_base64($try->{response}), qr/\Q$WHO\E|SubjectConfirmation/, 'and nothing to be read on the way';
    is user_of($WHO)->{user_name}, $WHO, 'but by us';
    is $try->{ua}->get(base_url('/signed/page.html'))->code, 200, 'signed in';
}
refused(login('/signed', email => $WHO, encrypt => 'evil'), 400, 'decryption_failed', 'BRAZE-J0172', 'encrypted for another', log => qr/1 EncryptedKeys, 2 keys of ours, and none opens it/);
refused(login('/signed', email => $WHO, encrypt => 'sp', transport => 'rsa-1_5'), 400, 'encryption_algorithm', 'BRAZE-J0170', 'by RSA 1.5', log => qr/#rsa-1_5/);
refused(login('/signed', email => $WHO, encrypt => 'sp', cipher => 'aes128-cbc'), 400, 'encryption_unauthenticated', 'BRAZE-J0171', 'CBC, and the response is not signed');
refused(login('/sp', email => $WHO, encrypt => 'sp'), 400, 'encrypted_assertion_unsupported', 'BRAZE-J0124', 'a location without a key');
refused(login('/signed', email => $WHO, encrypt => 'sp', sign => 'none'), 400, 'signature_missing', 'BRAZE-J0130', 'encrypted, but nobody has signed');
{
    my $first = login('/signed', email => $WHO, encrypt => 'sp');
    signed_in($first, 'once');
    my $again = login('/signed', response => $first->{response}, ua => browser());
    is $again->{res}->code, 303, 'a copy';
    like $again->{res}->header('Location'), qr{/signed/saml/resume\?}, 'is known by the ID inside';
    ok !cookie_of($again->{res}), 'and signs nobody in';
    my ($one, $two) = map { login('/signed', email => $WHO, encrypt => 'sp') } 1, 2;
    signed_in($two, 'another assertion is another');
}

# --- names in messages about signing out -------------------------------------------------------------

sub session { my ($index) = @_; my $try = login('/signed', email => $WHO, session_index => $index); $try->{res}->code == 303 or die $try->{res}->as_string; return $try->{ua} }
sub is_in { my ($ua) = @_; return $ua->get(base_url('/signed/page.html'))->code == 200 ? 1 : 0 }
sub request {
    my ($index, $cert, %opt) = @_;
    my %how = map { exists $opt{$_} ? ($_ => delete $opt{$_}) : () } qw(cipher transport);
    return BrazeTest::Saml::encrypt_element(logout_xml('LogoutRequest', destination => $HERE, name_id => $WHO, indexes => [$index], %opt), 'NameID', 'EncryptedID', $cert, %how);
}
my $stays = session('_stays');
for my $cert (qw(sp sp2)) {
    my $ua = session('_query');
    my $xml = request('_query', $cert);
    unlike $xml, qr/\Q$WHO\E/, "an encrypted name ($cert)";
    is browser()->get(redirect_url($HERE, 'SAMLRequest', $xml, 'idp'))->code, 303, 'by HTTP-Redirect';
    ok !is_in($ua), 'its session is over';
    $ua = session('_form');
    is browser()->post($HERE, [ SAMLRequest => encode_base64(signed_xml(request('_form', $cert, template => 1, cipher => 'aes128-cbc'), 'idp'), '') ])->code, 303, 'by a form, with CBC under its signature';
    ok !is_in($ua), 'over too';
}
ok is_in($stays), 'another session of the person is not';
for my $with ([ 'for another', 'evil' ], [ 'by RSA 1.5', 'sp', transport => 'rsa-1_5' ]) {
    my ($what, $cert, %opt) = @$with;
    my $log = logged {
        my $res = browser()->get(redirect_url($HERE, 'SAMLRequest', request('_stays', $cert, %opt), 'idp'));
        is $res->code . page_code($res), '400logout_encrypted', "encrypted $what";
    };
    like $log, qr/BRAZE-J0235 logout_encrypted: (?:decryption_failed|encryption_algorithm): /, 'and the log says why';
}
is browser()->get(redirect_url($HERE, 'SAMLRequest', request('_stays', 'sp'), undef))->code, 403, 'nobody has signed it';
my $both = request('_stays', 'sp') =~ s{(<saml:EncryptedID)}{<saml:NameID>somebody</saml:NameID>$1}r;
is page_code(browser()->get(redirect_url($HERE, 'SAMLRequest', $both, 'idp'))), 'logout_malformed', 'a plain name beside';
my $empty = request('_stays', 'sp') =~ s{<xenc:EncryptedData.*</xenc:EncryptedData>}{}sr;
is page_code(browser()->get(redirect_url($HERE, 'SAMLRequest', $empty, 'idp'))), 'logout_encrypted', 'nothing in it';
ok is_in($stays), 'and the session stays';

done_testing;
