#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# People sign in through the login form of a real identity provider (SimpleSAMLphp): see interop/run.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Interop::Browser;
use Interop::Server;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output,
    Test::More->builder->todo_output;

my $ENTITY_ID = 'braze_dashboard';

my $server = Interop::Server->new;
$server->page('index.shtml', '<p>[<!--#echo var="REMOTE_USER" -->|<!--#echo var="BRAZE_FIRST_NAME" -->|'
        . '<!--#echo var="BRAZE_WORKSPACES" -->]</p>');
$server->page('other.shtml', '<p>other</p>');
my @people = map { utf8::encode(my $bytes = $_); ('--user', $bytes) } (
    'ann@example.test:secret:Ann:Lee',
    'Ann@Example.TEST:secret:Ann:Lee',
    'zoe@example.test:secret:Zoë:O\'Brien & <Söhne>',
    'eve@elsewhere.test:secret:Eve:Stone',
    'mal@example.test.elsewhere.test:secret:Mal:Ory',
);
my $idp  = $server->add_idp(@people);                       # signs assertions
my $both = $server->add_idp(@people, '--sign-response');    # and responses

$server->admin('migrate');
$server->admin(qw(company add Decorumsoft));
$server->admin(qw(workspace add Marketing));
$server->admin(qw(permission-set add Reader view_campaigns));
$server->admin(qw(jit allow-domain example.test));
$server->admin(qw(jit default --workspace Marketing --permission-set Reader));
$server->admin(qw(jit on));
$server->start;

sub users { return map { $_->{user_name} } @{ $server->admin_json(qw(user list)) } }

# A new browser that has the IdP's response in hand.
sub at_idp {
    my ($from, $user, $relay_state) = @_;
    my $browser = Interop::Browser->new;
    return ($browser, $browser->idp_initiated($from, $ENTITY_ID, $user, 'secret', $relay_state));
}

sub location_path {
    my ($response) = @_;
    my $location = $response->header('Location') // return 'no Location';
    my $url = URI->new_abs($location, $response->request->uri);
    return $url->host_port eq URI->new($server->url)->host_port ? $url->path : "elsewhere: $url";
}

subtest 'nobody comes in without a session' => sub {
    my $answer = Interop::Browser->new->get($server->url('/'));
    isnt $answer->code, 200, 'no page';
    unlike $answer->decoded_content, qr/\[\|/, 'nothing of it';
    is_deeply [users()], [], 'and there is no account yet';
};

subtest 'the first sign-in makes the account' => sub {
    my ($browser, $form) = at_idp($idp, 'ann@example.test', '/other.shtml');
    is $form->{action}, $server->url('/auth/saml/callback'), 'the IdP posts to our callback';
    my $answer = $browser->submit($form);
    like $answer->code, qr/^30[23]$/, 'accepted' or diag $answer->as_string, $server->error_log;
    is location_path($answer), '/other.shtml', 'and sent to where RelayState says';
    my $page = $browser->get($server->url('/'));
    is $page->code, 200, 'the page is open';
    like $page->decoded_content, qr/\[ann\@example\.test\|Ann\|Marketing\]/, 'and knows who is there';
    is_deeply [users()], ['ann@example.test'], 'one account';

    my $again = $browser->submit($form);
    my $there = $browser->follow($again);
    is $there->code, 200, 'the same browser, posting again (back, reload), is sent on';
    like $there->decoded_content, qr/other/, 'to where it was going';
    my $thief = Interop::Browser->new;
    my $stolen = $thief->follow($thief->submit($form));
    is $stolen->code, 403, 'the same response from another browser is refused';
    like $stolen->decoded_content, qr/replayed/, 'as a replay';
    isnt $thief->get($server->url('/'))->code, 200, 'and opens nothing';
};

subtest 'the next sign-in finds it' => sub {
    # It is another identity provider to us, and an e-mail alone is not enough for that: the operator says so.
    $server->admin(qw(identity add ann@example.test --entity-id), "$both/saml2/idp/metadata.php");
    my ($browser, $form) = at_idp($both, 'Ann@Example.TEST');
    my $answer = $browser->submit($form);
    like $answer->code, qr/^30[23]$/, 'accepted, other spelling, response signed as well'
        or diag $answer->as_string, $server->error_log;
    is location_path($answer), '/', 'without RelayState to the top';
    like $browser->get($server->url('/'))->decoded_content, qr/\[ann\@example\.test\|/, 'the same person';
    is_deeply [users()], ['ann@example.test'], 'still one account';
};

subtest 'names arrive as they are' => sub {
    my ($browser, $form) = at_idp($idp, 'zoe@example.test');
    like $browser->submit($form)->code, qr/^30[23]$/, 'accepted';
    like $browser->get($server->url('/'))->decoded_content, qr/\|Zoë\|/, 'with her own letters';
    my ($zoe) = grep { $_->{user_name} eq 'zoe@example.test' } @{ $server->admin_json(qw(user list)) };
    is $zoe->{given_name}, 'Zoë', 'in the account as well';
    is $zoe->{family_name}, "O'Brien & <Söhne>", 'whatever they are';
};

for my $stranger ('eve@elsewhere.test', 'mal@example.test.elsewhere.test') {
    subtest "refused: $stranger" => sub {
        my ($browser, $form) = at_idp($idp, $stranger);
        my $answer = $browser->submit($form);
        is $answer->code, 403, 'forbidden';
        like $answer->decoded_content, qr/domain_not_allowed/, 'with the code';
        isnt $browser->get($server->url('/'))->code, 200, 'the page stays shut';
        ok !(grep { $_ eq $stranger } users()), 'no account';
    };
}

subtest 'RelayState leads nowhere else' => sub {
    for my $evil ('https://evil.test/', '//evil.test/', '/\\evil.test/', "/\tevil") {
        my ($browser, $form) = at_idp($idp, 'ann@example.test', $evil);
        my $answer = $browser->submit($form);
        unlike $answer->header('Location') // '', qr/evil/, "not to $evil";
    }
};

subtest 'a response that was touched is refused' => sub {
    my ($browser, $form) = at_idp($idp, 'ann@example.test');
    require MIME::Base64;
    my $xml = MIME::Base64::decode_base64($form->{field}{SAMLResponse});
    my $control = $xml;
    $xml =~ s/ann\@example\.test/zoe\@example.test/g or die 'nothing to touch';
    my $answer = $browser->post($form->{action}, { SAMLResponse => MIME::Base64::encode_base64($xml, '') });
    is $answer->code, 400, 'refused';
    like $answer->decoded_content, qr/digest_mismatch/, 'because what was signed is not what stands there';
    $answer = $browser->post($form->{action}, { SAMLResponse => MIME::Base64::encode_base64($control, '') });
    like $answer->code, qr/^30[23]$/, 'untouched it is taken';
};

subtest 'a company without provisioning takes nobody new' => sub {
    $server->admin(qw(jit off));
    my ($browser, $form) = at_idp($idp, 'Ann@Example.TEST');
    like $browser->submit($form)->code, qr/^30[23]$/, 'who has an account signs in';
    $server->admin(qw(jit on));
};

$server->stop;
done_testing;
