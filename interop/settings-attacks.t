#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The settings pages under attack, in a real browser (Chromium): forged forms, frames, script in every field, things of
# another company, what a directive has fixed, two administrators at once; and the pages without any script.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Interop::Settings;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

my $settings = Interop::Settings->new(ours => 'Decorumsoft', theirs => 'Elsewhere');
my $browser = $settings->browser;
my $text = Interop::Settings::texts()->{en};

$settings->administrator('alice', 'alice');
$settings->administrator('bob', 'bob');

sub open_page { my ($who, $path) = @_; return $browser->open_page($who, $settings->url($path)) }
sub label  { return { label => $text->{ $_[0] } } }
sub button { return { button => $text->{ $_[0] } } }
sub stored { return $settings->admin_json($_[0] // 'ours', qw(jit show)) }
sub tokens { return @{ $settings->admin_json($_[0] // 'ours', qw(token list)) } }

# The fields of a form in the page, by the value of its field "do".
sub field { my ($who, $do, $name) = @_; return $browser->attribute($who, qq{form:has([name=do][value="$do"]) [name=$name]}, 'value') }

subtest 'a form of another site' => sub {
    open_page('alice', 'ours/security');
    my ($csrf, $seen) = map { field('alice', 'save', $_) } qw(csrf seen);
    my $action = $settings->url('ours/security/sso');
    for my $site (qw(evil.example.net evil.example.test)) {
        # Even with a token that is good: somebody may have seen one.
        $browser->open_page('alice', $settings->strange($site, qq{<form method="post" action="$action"><input name="do" value="save"><input name="csrf" value="$csrf">}
                . qq{<input name="seen" value="$seen"><input name="saml_name" value="forged"><button>Win a prize</button></form>}));
        my $page = $browser->follow('alice', { button => 'Win a prize' });
        is $page->{status}, 403, "$site: refused";
        like $page->{text}, qr/\Q$text->{S_P_OTHER_SITE}\E/, 'and says so';
        is stored()->{saml_name}, undef, 'nothing is changed';
    }
};

subtest 'a form whose token was taken from another' => sub {
    open_page('bob', 'ours/security');
    my $stolen = field('bob', 'save', 'csrf');
    open_page('alice', 'ours/security');
    $browser->fill('alice', label('S_SAML_NAME'), 'forged');
    $browser->set('alice', 'form:has([value=save]) [name=csrf]', $stolen);
    my $page = $browser->follow('alice', button('S_SAVE'));
    is $page->{status}, 403, 'refused';
    like $page->{text}, qr/\Q$text->{S_P_STALE_FORM}\E/, 'and says so';
    is stored()->{saml_name}, undef, 'nothing is changed';
};

# Another host of the same site: to one of another site, a browser would not even give the password.
subtest 'in a frame of another site' => sub {
    for my $page (qw(ours/security/sso ours/provisioning/tokens ours/security/users)) {
        my $url = $settings->url($page);
        is $browser->open_page('alice', $url)->{status}, 200, "$page is there";
        $browser->open_page('alice', $settings->strange('evil.example.test', qq{<iframe src="$url" width="900" height="600"></iframe>}));
        my ($frame) = $browser->frames('alice');
        like $frame->{text}, qr/refused to connect/, "$page is not shown there";
        unlike $frame->{text}, qr/Decorumsoft|alice/, 'nor anything of it';
        my ($why) = @{ $browser->heard('alice')->{said} };
        like $why, qr/frame-ancestors 'none'/, q{by the page's own policy};
        $browser->forget('alice');
        $settings->administrator('alice', 'alice');
    }
    # That frames are shown at all:
    my $app = $settings->server->url('/open.shtml');
    $browser->open_page('alice', $settings->strange('evil.example.test', qq{<iframe src="$app"></iframe>}));
    my ($frame) = $browser->frames('alice');
    like $frame->{text}, qr/may be framed/, 'a page that may be, is';
};

my $evil = q{"><script>alert(1)</script><img src=x onerror=alert(2)>'&};

# Nothing of it has run, and all of it stands there as text.
sub inert {
    my ($who, $name) = @_;
    my $heard = $browser->heard($who);
    is_deeply [ $heard->{dialogs}, $heard->{said} ], [ 0, [] ], "$name: nothing has run, nor was kept from it";
    is $browser->count($who, 'img, svg, iframe, object, script:not([src$=".js"]):not([src*="/copy.js?"])'), 0, "$name: no element of theirs";
    return;
}

subtest 'script in every field' => sub {
    open_page('alice', 'ours/security');
    $browser->fill('alice', label($_), $evil) for qw(S_SAML_NAME S_IDP_ENTITY_ID S_CERTIFICATE);
    $browser->follow('alice', button('S_SAVE'));
    inert('alice', 'what is sent back');
    is $browser->value('alice', label('S_SAML_NAME')), $evil, 'to the letter';
    $browser->fill('alice', label($_), '') for qw(S_IDP_ENTITY_ID S_CERTIFICATE);
    $browser->follow('alice', button('S_SAVE'));
    is stored()->{saml_name}, $evil, 'a name is a name';
    inert('alice', 'a name that is stored');
    open_page('alice', 'ours/security/permission-set');
    $browser->fill('alice', label('S_NAME'), $evil);
    $browser->follow('alice', button('S_SAVE'));
    inert('alice', 'a permission set in the list');
    $browser->follow('alice', { link => $evil });
    inert('alice', 'and by itself');
    open_page('alice', 'ours/provisioning');
    $browser->choose('alice', label('S_DEFAULT_WORKSPACE'), 'Sales');
    $browser->fill('alice', label('S_ORIGIN'), $evil);
    $browser->fill('alice', label('S_ALLOWLIST'), $evil);
    $browser->follow('alice', button('S_GENERATE'));
    inert('alice', 'a bad address');
    $browser->fill('alice', label('S_ALLOWLIST'), '');
    $browser->follow('alice', button('S_GENERATE'));
    inert('alice', 'a token');
    $browser->follow('alice', { link => $text->{S_RESET}, nth => 0 });
    inert('alice', 'and its question');
    $settings->admin('ours', qw(user add evil@example.test --first-name), $evil, '--last-name', $evil, '--department', $evil);
    open_page('alice', 'ours/security/users');
    inert('alice', 'somebody in the list');
    $browser->fill('alice', label('S_SEARCH'), $evil);
    $browser->press('alice', 'Enter', loads => 1);
    inert('alice', 'what is looked for');
    open_page('alice', 'ours/security/users');
    $browser->follow('alice', { link => 'evil@example.test' });
    inert('alice', 'somebody alone');
    open_page('alice', 'ours/security/events');
    inert('alice', 'the report');
    my $quoted = $evil =~ s/([^\w])/sprintf '%%%02x', ord $1/ger;
    for my $path ("security/users?q=$quoted&by=$quoted", "security/sso?done=$quoted", "security/events?name=$quoted", "security/user?id=$quoted", "provisioning/token?id=$quoted&do=$quoted", "security/sso?copy=$quoted") {
        open_page('alice', "ours/$path");
        inert('alice', $path =~ s/\?.*//r . ', reflected');
    }
};

subtest 'things of another company' => sub {
    my ($workspace) = map { $_->{id} } grep { $_->{name} eq 'Sales' } @{ $settings->admin_json('theirs', qw(workspace list)) };
    my ($set) = map { $_->{id} } @{ $settings->admin_json('theirs', qw(permission-set list)) };
    my ($user) = map { $_->{id} } @{ $settings->admin_json('theirs', qw(user list)) };
    my $token = $settings->admin_json('theirs', qw(token add --workspace Sales --origin theirs))->{id};
    for my $path ("security/permission-set?id=$set", "security/user?id=$user", "provisioning/token?id=$token&do=revoke") {
        is open_page('alice', "ours/$path")->{status}, 404, $path =~ s/\?.*//r . ' is not there';
    }
    my $before = stored('theirs');
    open_page('alice', 'ours/security');
    $browser->set('alice', '#workspace option >> nth=1', $workspace);
    $browser->choose('alice', '#workspace', $browser->texts('alice', '#workspace option >> nth=1'));
    is $browser->follow('alice', button('S_SAVE'))->{status}, 400, 'a forged workspace is no choice';
    open_page('alice', 'ours/provisioning');
    $browser->set('alice', '#workspace option >> nth=1', $workspace);
    $browser->choose('alice', '#workspace', $browser->texts('alice', '#workspace option >> nth=1'));
    $browser->fill('alice', label('S_ORIGIN'), 'walk');
    is $browser->follow('alice', button('S_GENERATE'))->{status}, 400, 'nor for a token';
    open_page('alice', 'ours/provisioning/token?id=' . (tokens())[0]{id} . '&do=revoke');
    $browser->set('alice', 'form [name=id]', $token);
    is $browser->follow('alice', button('S_REVOKE'))->{status}, 404, 'nor is their token revoked';
    is scalar tokens('theirs'), 1, 'it is still there';
    is_deeply stored('theirs'), $before, 'and they are as they were';
};

subtest 'what a directive has fixed' => sub {
    open_page('alice', 'ours/pinned');
    is $browser->count('alice', '[name=saml_name], [name=target_url]'), 0, 'has no input';
    my $before = stored();
    $browser->rename('alice', 'form [name=idp_entity_id]', 'saml_name');
    $browser->fill('alice', label('S_IDP_ENTITY_ID'), 'posted anyway');
    my $page = $browser->follow('alice', button('S_SAVE'));
    is $page->{status}, 403, 'posted anyway: refused';
    like $page->{text}, qr/BrazeJitName/, 'naming the directive';
    is_deeply stored(), $before, 'nothing is changed';
};

subtest 'two administrators' => sub {
    open_page($_, 'ours/security') for qw(alice bob);
    $browser->fill('bob', label('S_SAML_NAME'), 'By bob');
    like $browser->follow('bob', button('S_SAVE'))->{text}, qr/\Q$text->{S_DONE_SAVED}\E/, 'bob saves';
    $browser->fill('alice', label('S_SAML_NAME'), 'By alice');
    my $page = $browser->follow('alice', button('S_SAVE'));
    is $page->{status}, 409, 'alice, who has not seen it, is told';
    like $page->{text}, qr/\Q$text->{S_THEIRS}\E.*By bob/s, 'what bob has saved';
    is $browser->value('alice', label('S_SAML_NAME')), 'By alice', 'and has not lost what she typed';
    is stored()->{saml_name}, 'By bob', 'his is not overwritten unseen';
    my $found = $browser->inspect('alice');
    is_deeply [ grep { $_->{impact} =~ /serious|critical/ } @{ $found->{axe} } ], [], 'the page that says so shuts nobody out';
    is_deeply $found->{markup}, [], 'and is valid';
    $browser->follow('alice', button('S_SAVE'));
    is stored()->{saml_name}, 'By alice', 'now that she has seen it, hers may stand';
};

subtest 'without any script' => sub {
    $settings->administrator('plain', 'alice', javaScriptEnabled => JSON::PP::false());
    open_page('plain', 'ours/security');
    my $page = $browser->follow('plain', '[data-copy=acs_url]');
    is $page->{text}, $settings->url('ours/app/saml/callback'), 'the button leads to the value alone';
    $browser->back('plain');
    $browser->fill('plain', label('S_SAML_NAME'), 'Plain');
    like $browser->follow('plain', button('S_SAVE'))->{text}, qr/\Q$text->{S_DONE_SAVED}\E/, 'and forms are sent';
    open_page('plain', 'ours/provisioning');
    $browser->choose('plain', label('S_DEFAULT_WORKSPACE'), 'Marketing');
    $browser->fill('plain', label('S_ORIGIN'), 'plain');
    $browser->follow('plain', button('S_GENERATE'));
    like $browser->value('plain', label('S_TOKEN')), qr/\A[\w-]{43}\z/, 'a token is made';
    is $browser->count('plain', 'button:visible[data-copy]'), 0, 'no button stands there that does nothing';
};

subtest 'by their own session' => sub {
    my $idp = $settings->idp('ours', '--user', 'boss@example.test:secret:Bo:Ss', '--user', 'clerk@example.test:secret:Cle:Rk');
    $settings->admin('ours', qw(jit idp), '--entity-id', $idp->{entity_id}, '--target-url', $idp->{target_url}, '--certificate', certificate($idp));
    $settings->admin('ours', qw(user add boss@example.test --confirmed --company-permission manage_company_settings));
    $settings->admin('ours', qw(user add clerk@example.test --confirmed));
    for my $who (qw(boss clerk)) {
        $browser->open_page($who, "$idp->{url}/saml2/idp/SSOService.php?spentityid=braze_dashboard&RelayState=/ours/app/index.shtml");
        $browser->fill($who, '[name=username]', "$who\@example.test");
        $browser->fill($who, '[name=password]', 'secret');
        $browser->press($who, 'Enter', loads => 1);
        $browser->wait_for($who, '^https://');
    }
    is open_page('clerk', 'ours/mine/sso')->{status}, 403, 'Require says who may not';
    my $page = open_page('boss', 'ours/mine/sso');
    like $page->{text}, qr/boss\@example\.test/, 'and who may';
    $browser->fill('boss', label('S_SAML_NAME'), 'By the boss');
    open_page('boss', 'ours/mine/sso');
    $browser->fill('boss', label('S_SAML_NAME'), 'By the boss');
    $settings->admin('ours', qw(session end boss@example.test));
    unlike $browser->follow('boss', button('S_SAVE'))->{text}, qr/\Q$text->{S_DONE_SAVED}\E/, 'whose session has ended saves nothing';
    is stored()->{saml_name}, 'Plain', 'it is as it was';
    $settings->stop_idp($idp);
};

sub certificate {
    my ($idp) = @_;
    my $path = $settings->server->work . '/idp.pem';
    open my $file, '>', $path or die "$path: $!";
    print {$file} $idp->{certificate}, "\n";
    close $file or die "$path: $!";
    return $path;
}

$settings->stop;
done_testing;
