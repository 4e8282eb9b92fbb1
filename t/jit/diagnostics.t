# SPDX-License-Identifier: Apache-2.0
# BrazeJitDiagnostics: a readable record of every posted response, and nothing in it that must stay secret.
use strict;
use warnings;
use utf8;
use Test::More;
use MIME::Base64 qw(decode_base64);
use Apache::Test ();
use BrazeTest;
use BrazeTest::Jit;

my $file = Apache::Test::vars('t_logs') . '/diagnostics.log';

# The records written since a mark: hashes of reference, text, and the steps [name, verdict, text].
sub records {
    my ($mark, $from) = @_;
    my $text = BrazeTest::Saml::read_file($from // $file);
    utf8::decode($text);
    return map {
        my ($time, $ref, @lines) = (/\A(\S+) sign-in (\S+)\n/, grep {/\A    /} split /\n/);
        { time => $time, ref => $ref, text => $_, steps => [ map { [ /\A    (\S+)\s+(ok|refused)?\s*(.*)\z/ ] } @lines ] };
    } grep {/\S/} split /\n\n/, substr $text, $mark;
}
sub mark { my $text = -e $file ? BrazeTest::Saml::read_file($file) : ''; utf8::decode($text); return length $text }
sub steps { my ($record) = @_; return join ' ', map { $_->[0] . ($_->[1] eq 'ok' ? '' : "=$_->[1]") } grep { defined $_->[1] } @{ $record->{steps} } }
sub step { my ($record, $name) = @_; return (grep { $_->[0] eq $name } @{ $record->{steps} })[0] // [ '', '', '' ] }

# --- one that is let in ------------------------------------------------------------------------------

my $mark = mark();
my $try = login('/diag', email => 'wanda.traced@decorumsoft.com', names => [ 'Wanda', 'Traced' ], relay => '/page.html?secret=query');
signed_in($try, 'somebody signs in', '/page.html?secret=query');
my @is = records($mark);
is scalar @is, 1, 'one record';
my $record = $is[0];
is steps($record), 'form providers base64 xml shape assertion signature issuer status envelope subject conditions authentication request attributes identity decision result'
    =~ s/providers/company relay-state providers/r, 'with every step, in order';
my ($event) = events_of($record->{ref});
is $event->{name}, 'Added Account', 'under the reference of the audit row';
like log_from($try->{mark}), qr/\[\Q$record->{ref}\E\]/, 'and of the log';
like $record->{time}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, 'with its time';
is step($record, 'company')->[2], 'Decorumsoft', 'the company';
like step($record, 'signature')->[2], qr/Assertion verified with key 1/, 'what signed it';
like step($record, 'decision')->[2], qr/account made and signed in: user [0-9a-f-]{35} \(w\*\*\*\@decorumsoft\.com\)/, 'the decision, the person masked';
unlike $record->{text}, qr/wanda|traced/i, 'no more of them anywhere';
unlike $record->{text}, qr/secret=query/, 'nor a query of RelayState';
my ($cookie) = map {/=([\w-]{43})/} cookie_of($try->{res});
unlike $record->{text}, qr/\Q$cookie\E/, 'nor the session\'s secret';
my $xml = decode_base64($try->{response});
my ($signature) = $xml =~ m{SignatureValue>\s*([^<]{20})};
unlike $record->{text}, qr/\Q$signature\E/, 'nor the signature';

# --- those that are not --------------------------------------------------------------------------------

for (
    [ 'audience', { audience => 'elsewhere' }, 'conditions', qr/audience_mismatch BRAZE-J0159: Audience elsewhere/ ],
    [ 'time', { not_on_or_after => -4000, confirmation_not_on_or_after => -4000 }, 'subject', qr/confirmation_expired BRAZE-J0153/ ],
    [ 'unsigned', { sign => 'none' }, 'signature', qr/signature_missing BRAZE-J0130/ ],
    [ 'a stranger', { email => 'x.stranger@elsewhere.example' }, 'decision', qr/domain_not_allowed BRAZE-J0305: .*elsewhere\.example/ ],
) {
    my ($name, $opt, $where, $what) = @$_;
    $mark = mark();
    my $refused = login('/diag', %$opt);
    ($record) = records($mark);
    is step($record, $where)->[1], 'refused', "$name: refused at $where" or diag $record->{text};
    like step($record, $where)->[2], $what, 'with code, tag and the operator\'s text';
    is step($record, 'result')->[1], 'refused', 'and so is all of it';
    is $record->{ref}, page_reference($refused->{res}), 'under the reference of the page';
    unlike $record->{text}, qr/x\.stranger/, 'without the address';
}
$mark = mark();
browser()->post(base_url('/diag/saml/callback'), [ RelayState => 'x' ]);
($record) = records($mark);
is steps($record), 'form=refused result=refused', 'no response in the form';
$mark = mark();
post_response(browser(), base_url('/diag/saml/callback'), 'AAAA');
($record) = records($mark);
like steps($record), qr/ base64 xml=refused result=refused\z/, 'what is no XML';

# --- injection -------------------------------------------------------------------------------------------

$mark = mark();
my $evil = "evil\x{85}\n    result         ok       signed in";
login('/diag', issuer => "https://idp.example.test/metadata", audience => $evil =~ tr/\x{85}//dr);
@is = records($mark);
is scalar @is, 1, 'a value with a line end';
is step($is[0], 'result')->[1], 'refused', 'makes no line';
is scalar(grep { $_->[0] eq 'result' } @{ $is[0]{steps} }), 1, 'of its own';

# --- an API key is not shown ---------------------------------------------------------------------------------

my $made = admin_json('--company', 'Decorumsoft', 'api-key', 'add', 'trace', '--permission', 'sso.saml.login');
my $key = $made->{secret} // $made->{key};
$mark = mark();
login('/diag/key', email => 'wanda.traced@decorumsoft.com', relay => $key);
($record) = records($mark);
is step($record, 'result')->[1], 'ok', 'signed in with a key' or diag $record->{text};
unlike $record->{text}, qr/\Q$key\E/, 'which is not in the record';
$mark = mark();
login('/diag/key', email => 'wanda.traced@decorumsoft.com', relay => 'not-the-key-of-anybody');
($record) = records($mark);
like step($record, 'relay-state')->[2], qr/ERROR_CODE_SSO_INVALID_RELAY_STATE/, 'a wrong one is refused there';
unlike $record->{text}, qr/not-the-key/, 'and not shown either';

# --- off, piped, restarted -------------------------------------------------------------------------------------

$mark = mark();
login('/diag/off', email => 'wanda.traced@decorumsoft.com');
login('/', email => 'wanda.traced@decorumsoft.com');
is scalar(records($mark)), 0, 'off within, and off elsewhere';
login('/diag/piped', email => 'wanda.traced@decorumsoft.com');
my $piped = Apache::Test::vars('t_logs') . '/diagnostics-piped.log';
ok +(wait_until { -s $piped }), 'a program is given the records too';
is step((records(0, $piped))[0], 'result')->[1], 'ok', 'of the same form';

rename $file, "$file.1" or die;
graceful_restart();
login('/diag', email => 'wanda.traced@decorumsoft.com');
is scalar(records(0)), 1, 'a restart opens the file anew, as log rotation wants it';

my ($status, $said) = config_test("<Location />\nBrazeJitDiagnostics |\n</Location>");
isnt $status, 0, 'a pipe to nothing is refused';
like $said, qr/BrazeJitDiagnostics \|: takes a file, \|program, or off/, 'with what it takes';
done_testing;
