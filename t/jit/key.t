# SPDX-License-Identifier: Apache-2.0
# A key that goes bad at a restart: what needs it is refused, and nothing else.
use strict;
use warnings;
use File::Copy qw(copy);
use Test::More;
use BrazeTest;
use BrazeTest::Jit qw(make_page page_code);
use BrazeTest::Sp;

make_page('page.html', 'the page');
my $dir = BrazeTest::Idp::dir();
my $WHO = 'key@decorumsoft.com';

sub sign_in { my ($ua) = @_; return post_response($ua, '/mended/saml/callback', saml_response(acs => base_url('/mended/saml/callback'), nameid => $WHO))->code }
my $ua = browser();
is sign_in($ua), 303, 'signed in';
ok query_verified(login($ua, '/mended')->header('Location'), 'mended'), 'requests are signed with the key';

# Another pair is read at a restart, and not before.
BrazeTest::Idp::make_key('mended-new');
rename "$dir/mended-new.$_", "$dir/mended.$_" or die for qw(key crt);
ok !query_verified(login($ua, '/mended')->header('Location'), 'mended'), 'a new pair of files: not yet';
graceful_restart();
ok query_verified(login($ua, '/mended')->header('Location'), 'mended'), 'from the restart on';

BrazeTest::Saml::write_file("$dir/mended.key", "broken\n");
my $log = logged { graceful_restart() };
like $log, qr/BRAZE-J0406 key_not_usable: BrazeJitKey \S+mended\.key with BrazeJitCert \S+mended\.crt: The key pair cannot be used: the key is no unencrypted private key/, 'a broken file: the log says so';
is scalar(() = $log =~ /BRAZE-J0406/g), 1, 'once';
is $ua->get(base_url('/mended/page.html'))->code, 200, 'who is signed in stays so';
is sign_in(browser()), 303, 'sign-in from the IdP goes on';
for my $what (qw(login metadata)) {
    my $res = $ua->get(base_url("/mended/saml/$what"));
    is $res->code . page_code($res), '500key_not_usable', "$what is refused, not done without a signature";
}
unlike $ua->get(base_url('/mended/saml/sign_in'))->decoded_content, qr/could not|key_not_usable/, 'the sign-in page is there';
$log = logged { is $ua->get(base_url('/mended/saml/logout'))->code, 200, 'signing out is local' };
like $log, qr/BRAZE-J0406/, 'and the log says why';
is $ua->get(base_url('/mended/page.html'))->code, 303, 'but done';

BrazeTest::Idp::make_key('mended-new');
rename "$dir/mended-new.$_", "$dir/mended.$_" or die for qw(key crt);
graceful_restart();
ok query_verified(login($ua, '/mended')->header('Location'), 'mended'), 'mended, all is well';
done_testing;
