# SPDX-License-Identifier: Apache-2.0
# SCIM provisioning: a token is made, shown once, used, rotated, reset and revoked.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use BrazeTest;
use BrazeTest::Settings;

my $alice = admin_browser('alice');

sub tokens { return rows('SELECT * FROM braze_token WHERE company_id = ? ORDER BY id', company()->{id}) }
sub secret { my ($res) = @_; return $res->decoded_content =~ /id="token" type="text" readonly spellcheck="false" value="([\w-]{43})"/ ? $1 : undef }
sub call   { my ($secret, $origin) = @_; return scim('GET', base_url('/free/pages/scim/v2/Users?count=1'), undef, Authorization => "Bearer $secret", 'X-Request-Origin' => $origin)->code }

my $page = page($alice, 'scim', 'tokens');
is_deeply [ headers_wrong($page) ], [], 'headers and markup of the page';
like $page->decoded_content, has_value(base_url('/free/pages/scim/v2')), 'the endpoint to be copied';
my $alone = $alice->get(at('scim', 'tokens?copy=endpoint'));
is $alone->content_type . ' ' . $alone->content, 'text/plain ' . base_url('/free/pages/scim/v2'), 'alone, for a button without a script';
is $alice->get(at('scim', 'tokens?copy=token'))->content_type, 'text/html', 'no URL gives a token';
like text_of($page->decoded_content), qr/There is no token yet/, 'no token yet';
is secret($page), undef, 'and none is shown';

# --- what is wrong is named, entry by entry ---------------------------------------------------------

my $res = submit($alice, $page, 'generate', origin => "caf\x{e9}", days => '99999',
    allowlist => "192.0.2.1, 192.0.2.300\r\n10.0.0.1/8,\r\n2001:db8::/129, 5.5.5.5-1.1.1.1\r\nhost.example,<b>x</b>, 2001:db8::1");
is $res->code, 400, 'nothing of this is right';
my @problems = problems($res);
is_deeply \@problems, [
    'A token needs a default workspace.',
    'A service origin travels in a header: printable ASCII characters only, no spaces at its ends.',
    '192.0.2.300 is not an IP address.',
    '10.0.0.1/8 is an address within the block, not its first one.',
    '2001:db8::/129 needs a fitting number of bits after the slash.',
    '5.5.5.5-1.1.1.1 is not a range from a lower to a higher address of one kind.',
    'host.example is not an IP address.',
    '<b>x</b> is not an IP address.',
    'This must be a whole number from 1 to 3650, or empty.',
] or diag explain \@problems;
unlike $res->decoded_content, qr/<b>/, 'what was sent is text';
like $res->decoded_content, qr/<textarea [^>]*>\n192\.0\.2\.1, 192\.0\.2\.300\n10\.0\.0\.1\/8,\n2001:db8::\/129, /, 'its lines come back as they were typed';
is_deeply [tokens()], [], 'and no token is made';

# --- made, and shown once ---------------------------------------------------------------------------

my %good = (workspace => workspace_id('Marketing'), origin => 'okta-prod', allowlist => "127.0.0.0/8\n2001:db8::/32", days => '30');
$page = page($alice, 'scim', 'tokens');
$res  = submit($alice, $page, 'generate', %good);
is $res->code, 200, 'made, and shown in the answer itself';
is $res->header('Cache-Control'), 'no-store', 'which nobody may keep';
is $res->header('Location'), undef, 'no URL carries it';
my $secret = secret($res);
ok $secret, 'the token is shown';
like $res->decoded_content, qr/<button type="button" hidden class="button quiet" data-copy="token"/, 'its button is there when there is a script';
my @tokens = tokens();
is scalar @tokens, 1, 'one row';
is $tokens[0]{token_hash}, sha256_hex($secret), 'which has its SHA-256 only';
is "$tokens[0]{origin} $tokens[0]{allowlist} $tokens[0]{profile}", 'okta-prod 127.0.0.0/8,2001:db8::/32 strict', 'and what was asked for';
is int(($tokens[0]{expires_at} - $tokens[0]{created_at}) / 86_400_000), 30, 'expiring in thirty days';
is call($secret, 'okta-prod'), 200, 'it opens the service';
is call($secret, 'other'), 403, 'with its origin';
my ($event) = events_of_name('Added SCIM Token');
is "$event->{actor} $event->{detail}", "settings:alice token $tokens[0]{id} for okta-prod", 'noted, without the secret';

my $again = submit($alice, $page, 'generate', %good);
is $again->code, 409, 'a reload sends the same form: refused';
like +(problems($again))[0], qr/already used, and its token was shown once/, 'and says so';
unlike $again->decoded_content, qr/\Q$secret\E/, 'without the token';
is scalar tokens(), 1, 'no second token is made';
unlike page($alice, 'scim', 'tokens')->decoded_content, qr/\Q$secret\E/, 'the page does not have it either';
is row('SELECT count(*) AS n FROM braze_event WHERE detail LIKE ?', "%$secret%")->{n}, 0, 'nor any audit row';
unlike BrazeTest::log_since(0), qr/\Q$secret\E/, 'nor the log';

$page = page($alice, 'scim', 'tokens');
my $text = text_of($page->decoded_content);
like $text, qr/okta-prod Default workspace Marketing IP allowlist 127\.0\.0\.0\/8, 2001:db8::\/32 Client profile Standard SCIM Made 20\d\d-\S+ \S+ UTC Expires 20\d\d-\S+ \S+ UTC Last used 20\d\d-\S+ \S+ UTC Last used from 127\.0\.0\.1 Rotate token Reset token Revoke token/,
    'the list says when and from where it was last used';

# --- rotate: two live at once -----------------------------------------------------------------------

my $id   = $tokens[0]{id};
my $sure = page($alice, 'scim', "token?id=$id&do=rotate");
is_deeply [ headers_wrong($sure) ], [], 'headers and markup of the question';
$res = submit($alice, $sure, 'rotate');
my $second = secret($res);
isnt $second, $secret, 'another token';
is call($secret, 'okta-prod') . call($second, 'okta-prod'), '200200', 'both work';
is $_->{allowlist}, '127.0.0.0/8,2001:db8::/32', 'with the same settings' for tokens();
is submit($alice, $sure, 'rotate')->code, 409, 'sent again: nothing more';
is scalar tokens(), 2, 'two tokens';

# --- reset: the old one ends ------------------------------------------------------------------------

$sure = page($alice, 'scim', "token?id=$id&do=reset");
my $third = secret(submit($alice, $sure, 'reset'));
is call($secret, 'okta-prod') . call($second, 'okta-prod') . call($third, 'okta-prod'), '401200200', 'the first is over, its successor works';
is submit($alice, $sure, 'reset')->code, 404, 'sent again: it is not there any more';
is scalar tokens(), 2, 'and nothing is made';
like +(events_of_name('Reset SCIM Token'))[0]{detail}, qr/in place of \Q$id\E\z/, 'noted';

# --- revoke -----------------------------------------------------------------------------------------

for my $token (tokens()) {
    $res = submit($alice, page($alice, 'scim', "token?id=$token->{id}&do=revoke"), 'revoke');
    like done_text(follow($alice, $res)), qr/was revoked/, 'revoked, and told';
}
is call($second, 'okta-prod') . call($third, 'okta-prod'), '401401', 'neither is good any more';
is scalar(events_of_name('Removed SCIM Token')), 2, 'noted';

# --- another company's ------------------------------------------------------------------------------

admin('--company', 'Elsewhere', 'token', 'add', '--workspace', 'Sales', '--origin', 'theirs');
my $theirs = row('SELECT * FROM braze_token WHERE origin = ?', 'theirs')->{id};
is $alice->get(at('scim', "token?id=$theirs&do=revoke"))->code, 404, q{another company's token is not there};
my %csrf = (csrf => form_of($page = page($alice, 'scim', 'tokens'), 'generate')->value('csrf'));
for my $do (qw(rotate reset revoke)) {
    is post($alice, 'scim', 'tokens', [ %csrf, do => $do, id => $theirs, company_id => company('Elsewhere')->{id} ])->code, 404, "nor to $do";
}
$res = post($alice, 'scim', 'tokens', [ %csrf, do => 'generate', %{ { %good, workspace => workspace_id('Sales', 'Elsewhere') } } ]);
is $res->code, 400, 'nor is its workspace a choice';
ok row('SELECT 1 AS n FROM braze_token WHERE id = ?', $theirs), 'it is still there';

done_testing;
