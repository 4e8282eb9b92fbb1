#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# An administrator in a browser (Chromium) does every step of "Setting up SAML JIT provisioning" and of "Getting your SCIM
# token", looks after users and reads the security events: in four languages, on a desktop and on a phone, each time from
# an empty company to people who are signed in. Every page is looked at by axe-core and html-validate, light and dark, and
# must fit the width. Screenshots stay in .check/screenshots/settings (BRAZE_INTEROP_SHOTS).

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Path qw(make_path remove_tree);
use Interop::Settings;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

my %LOCALE = (en => 'en-US', es => 'es-ES', fr => 'fr-FR', de => 'de-DE');
my %SIZE = (desktop => { width => 1280, height => 900 }, phone => { width => 360, height => 740 });
my $PAGE_MAX = 60_000;

my @walks = map { my $language = $_; map { { language => $language, size => $_, path => "$language-$_" } } sort keys %SIZE } qw(en es fr de);
my $only = $ENV{BRAZE_INTEROP_WALK};
@walks = grep { $_->{path} =~ /$only/ } @walks if $only;

my $shots = ($ENV{BRAZE_INTEROP_SHOTS} // "$FindBin::RealBin/../.check/screenshots") . '/settings';
make_path($shots);
unlink glob "$shots/*.png" if !$only;

my $settings = Interop::Settings->new(map { $_->{path} => "Decorumsoft $_->{path}" } @walks);
my $browser = $settings->browser;
my $texts = Interop::Settings::texts();
my $walk; # the one that is under way

# The catalogue's text, in the walk's language, with a value.
sub t {
    my ($name, $value) = @_;
    my $text = $texts->{ $walk->{language} }{$name} // die "there is no text $name";
    return defined $value ? $text =~ s/\{\}/$value/r : $text;
}
sub label  { return { label => t(@_) } }
sub button { return { button => t(@_) } }
sub a_link { return { link => t(@_) } }
sub has    { my ($page, $text, $name) = @_; return ok(index($page->{text} =~ s/\s+/ /gr, $text =~ s/\s+/ /gr) >= 0, $name) || !diag "no \"$text\" in: $page->{text}" }
sub open_page { my ($path) = @_; return $browser->open_page($walk->{path}, $settings->url("$walk->{path}/$path")) }
sub follow { my ($where) = @_; return $browser->follow($walk->{path}, $where) }
sub fill   { my ($name, $text) = @_; return $browser->fill($walk->{path}, label($name), $text) }
sub choose { my ($name, $option) = @_; return $browser->choose($walk->{path}, label($name), $option) }

# Looks at the page as it is there, in both schemes, and keeps pictures of it.
sub look {
    my ($name) = @_;
    my $who = $walk->{path};
    my $found = $browser->inspect($who);
    my @bad = grep { $_->{impact} =~ /serious|critical/ } @{ $found->{axe} };
    is_deeply \@bad, [], "$name: nothing that shuts people out" or diag explain \@bad;
    is_deeply $found->{markup}, [], "$name: valid HTML" or diag explain $found->{markup};
    is $found->{over}, 0, "$name: as wide as the window";
    is_deeply $found->{cut}, [], "$name: no text is cut off";
    is_deeply [ $found->{said}, $found->{dialogs} ], [ [], 0 ], "$name: the browser has nothing to say against it";
    cmp_ok $found->{weight}, '<', $PAGE_MAX, "$name: light";
    my $file = sprintf '%s/%s-%02d-%s', $shots, $who, ++$walk->{shots}, $name;
    $browser->screenshot($who, "$file.png");
    $browser->scheme($who, 'dark');
    @bad = $browser->contrast($who);
    is_deeply \@bad, [], "$name: nor in the dark" or diag explain \@bad;
    $browser->screenshot($who, "$file-dark.png");
    $browser->scheme($who, 'light');
    return;
}

# With the Tab key to the input, as many times as it takes.
sub tab_to {
    my ($id) = @_;
    for (1 .. 60) {
        $browser->press($walk->{path}, 'Tab');
        return 1 if $browser->focused($walk->{path}) eq $id;
    }
    return 0;
}

# ---- Setting up SAML JIT provisioning ----------------------------------------------------------------------

# The value in its field, and in the clipboard by its button.
sub copies {
    my ($name, $value) = @_;
    is $browser->value($walk->{path}, label($name)), $value, "$name, to be copied";
    my $button = t('S_COPY') . ': ' . t($name);
    $browser->point($walk->{path}, qq{[data-copy][aria-label="$button"]});
    is $browser->clipboard($walk->{path}), $value, 'by its button';
    is $browser->selection($walk->{path}), $value, 'and by the keyboard: it is selected';
    return;
}

sub say_wrong {
    my ($idp) = @_;
    fill(S_SAML_NAME => 'Okta');
    fill(S_TARGET_URL => $idp->{target_url});
    fill(S_CERTIFICATE => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
    my $page = follow(button('S_SAVE'));
    is $page->{status}, 400, 'a certificate that is none';
    has($page, t('S_PROBLEMS'), 'is told');
    has($page, t('S_P_CERTIFICATE_DAMAGED'), 'with the reason');
    look('sso-wrong');
    $browser->point($walk->{path}, a_link('S_P_CERTIFICATE_DAMAGED'));
    is $browser->focused($walk->{path}), 'certificate', 'and the reason leads to the field';
    is $browser->value($walk->{path}, label('S_SAML_NAME')), 'Okta', 'what was typed is still there';
    return;
}

sub identity_provider {
    my ($idp) = @_;
    my $page = open_page('security');
    like $page->{url}, qr{/security/sso\z}, 'the section leads to its first page';
    is $browser->attribute($walk->{path}, 'html', 'lang'), $walk->{language}, 'in the language that was asked for';
    has($page, t('S_SSO'), 'SAML single sign-on');
    look('sso-empty');
    copies(S_ACS_URL => $settings->url("$walk->{path}/app/saml/callback"));
    copies(S_ENTITY_ID => 'braze_dashboard');
    say_wrong($idp);
    fill(S_TARGET_URL => $idp->{target_url});
    fill(S_IDP_ENTITY_ID => $idp->{entity_id});
    fill(S_CERTIFICATE => $idp->{certificate});
    $page = follow(button('S_SAVE'));
    has($page, t('S_DONE_SAVED'), 'saved, and told so');
    has($page, 'RSA 2048', 'the certificate is told in words');
    look('sso-saved');
    return;
}

sub provisioning {
    $browser->point($walk->{path}, label('S_PROVISIONING'));
    my $page = follow(button('S_SAVE'));
    has($page, t('S_P_DEFAULT_NEEDED'), 'people need a workspace');
    choose(S_DEFAULT_WORKSPACE => 'Marketing');
    choose(S_DEFAULT_SET => 'Viewer');
    $page = follow(button('S_SAVE'));
    has($page, t('S_CONFIRM_ON'), 'it asks once more');
    has($page, t('S_PROVISIONING_OPERATOR'), 'since only the operator can turn it off again');
    look('provisioning-sure');
    $page = follow(a_link('S_CANCEL'));
    is $settings->admin_json($walk->{path}, qw(jit show))->{provisioning}, JSON::PP::false(), 'cancelled: nothing has happened';
    choose(S_DEFAULT_WORKSPACE => 'Marketing');
    choose(S_DEFAULT_SET => 'Viewer');
    $browser->point($walk->{path}, label('S_PROVISIONING'));
    follow(button('S_SAVE'));
    $page = follow(button('S_TURN_ON'));
    has($page, t('S_DONE_ON'), 'it is on');
    has($page, t('S_PROVISIONING_IS_ON'), 'and the page says so');
    is $browser->count($walk->{path}, '[name=provisioning]'), 0, 'without a way back';
    look('sso-on');
    return;
}

# The first sign-in, from the identity provider: the account is made.
sub first_sign_in {
    my ($idp) = @_;
    my $who = "$walk->{path} ann";
    $browser->begin($who, locale => $LOCALE{ $walk->{language} });
    $browser->open_page($who, "$idp->{url}/saml2/idp/SSOService.php?spentityid=braze_dashboard&RelayState=/$walk->{path}/app/index.shtml");
    $browser->fill($who, '[name=username]', 'ann@example.test');
    $browser->fill($who, '[name=password]', 'secret');
    $browser->press($who, 'Enter', loads => 1);
    my $page = $browser->wait_for($who, "^https://\Q$Interop::Settings::HOST\E:");
    like $page->{text}, qr/\[ann\@example\.test\|Marketing\]/, 'the first who comes has an account, with the workspace' or diag $page->{url}, $settings->server->error_log;
    return;
}

sub permission_sets {
    my $page = follow(a_link('S_SETS'));
    look('sets');
    follow(a_link('S_SET_NEW'));
    fill(S_NAME => 'Analysts');
    $browser->point($walk->{path}, { label => $_ }) for qw(view_campaigns view_segments);
    look('set-new');
    $page = follow(button('S_SAVE'));
    has($page, t('S_DONE_SET_ADDED'), 'a permission set is made');
    follow({ link => 'Analysts' });
    fill(S_NAME => 'Analysts of the north');
    $browser->point($walk->{path}, { label => 'view_segments' });
    $page = follow(button('S_SAVE'));
    has($page, t('S_DONE_SET'), 'changed');
    has($page, 'Analysts of the north view_campaigns', 'name and permissions');
    follow({ link => 'Analysts of the north' });
    look('set');
    $page = follow(button('S_SET_DELETE'));
    has($page, t('S_DONE_SET_DELETED'), 'and deleted');
    follow({ link => 'Viewer' });
    $page = follow(button('S_SET_DELETE'));
    is $page->{status}, 409, 'what new people get';
    has($page, t('S_P_IN_USE'), 'is not deleted');
    return;
}

# ---- Getting your SCIM token -------------------------------------------------------------------------------

sub wrong_addresses {
    choose(S_DEFAULT_WORKSPACE => 'Sales');
    fill(S_ORIGIN => 'walk');
    fill(S_ALLOWLIST => "127.0.0.1\n10.0.0.300\n10.0.0.1/8");
    my $page = follow(button('S_GENERATE'));
    is $page->{status}, 400, 'a list with two bad entries';
    has($page, t(S_P_ADDRESS_BAD => '10.0.0.300'), 'names the one');
    has($page, t(S_P_ADDRESS_BITS => '10.0.0.1/8'), 'and the other');
    is $browser->value($walk->{path}, label('S_ALLOWLIST')), "127.0.0.1\n10.0.0.300\n10.0.0.1/8", 'what was typed is still there';
    look('token-wrong');
    return;
}

# The whole form, without a mouse; the token.
sub generate_by_keyboard {
    my $who = $walk->{path};
    open_page('provisioning/tokens');
    $browser->press($who, 'Tab');
    is $browser->focused($who), 'a', 'the first key press finds the link past the navigation';
    $browser->press($who, 'Enter');
    ok tab_to('workspace'), 'the workspace';
    $browser->type($who, 'Mark');
    ok tab_to('origin'), 'the service origin';
    $browser->type($who, 'walk');
    ok tab_to('allowlist'), 'the allowlist';
    $browser->type($who, '127.0.0.0/8');
    $browser->press($who, 'Enter');
    $browser->type($who, '2001:db8::/32');
    ok tab_to('profile'), 'the profile';
    $browser->press($who, 'ArrowDown');
    $browser->press($who, 'ArrowUp');
    ok tab_to('days'), 'days';
    $browser->type($who, '30');
    $browser->press($who, 'Tab');
    is $browser->focused($who), 'button', 'and the button';
    return $browser->press($who, 'Enter', loads => 1);
}

sub shown_once {
    my ($secret) = @_;
    my $who = $walk->{path};
    my $gone = sub { my ($page, $name) = @_; unlike $page->{text} . join(' ', map { $browser->attribute($who, "#token >> nth=$_", 'value') } 0 .. $browser->count($who, '#token') - 1), qr/\Q$secret\E/, $name };
    my $page = $browser->reload($who);
    is $page->{status}, 409, 'a reload sends the form again, and is refused';
    $gone->($page, 'without the token');
    has($page, t('S_P_FORM_USED'), 'which was shown once');
    look('token-reloaded');
    $gone->($browser->back($who), 'nor has the back button it');
    open_page('provisioning/users');
    $gone->($browser->back($who), 'nor from another page');
    my $list = open_page('provisioning/tokens');
    $gone->($list, 'nor the page itself');
    return $list;
}

sub token {
    my $page = open_page('provisioning');
    like $page->{url}, qr{/provisioning/tokens\z}, 'the section leads to its first page';
    look('tokens-empty');
    copies(S_ENDPOINT => $settings->url("$walk->{path}/scim/v2"));
    wrong_addresses();
    $page = generate_by_keyboard();
    has($page, t('S_TOKEN_ONCE'), 'the token, once') or return;
    look('token-once');
    my $secret = $browser->value($walk->{path}, label('S_TOKEN'));
    like $secret, qr/\A[\w-]{43}\z/, 'as a secret is';
    copies(S_TOKEN => $secret);
    my ($status) = $settings->scim($walk->{path}, $secret, 'GET', '/Users?count=1');
    is $status, 200, 'and opens the service';
    $page = shown_once($secret);
    has($page, "$_->[0] $_->[1]", "the list has $_->[1]") for [ 'walk', t('S_DEFAULT_WORKSPACE') . ' Marketing' ], [ t('S_ALLOWLIST'), '127.0.0.0/8, 2001:db8::/32' ], [ t('S_LAST_FROM'), '127.0.0.1' ];
    look('tokens');
    return $secret;
}

# Rotate, reset, revoke; the token that is left.
sub later_tokens {
    my ($secret) = @_;
    my $who = $walk->{path};
    follow(a_link('S_ROTATE'));
    look('token-rotate');
    follow(button('S_ROTATE'));
    my $second = $browser->value($who, label('S_TOKEN'));
    is join(' ', map { ($settings->scim($who, $_, 'GET', '/Users?count=1'))[0] } $secret, $second), '200 200', 'rotated: both are good';
    open_page('provisioning/tokens');
    follow({ link => t('S_RESET'), nth => 0 });
    look('token-reset');
    follow(button('S_RESET'));
    my $third = $browser->value($who, label('S_TOKEN'));
    is join(' ', sort map { ($settings->scim($who, $_, 'GET', '/Users?count=1'))[0] } $secret, $second, $third), '200 200 401', 'reset: its successor is';
    my ($good) = grep { ($settings->scim($who, $_, 'GET', '/Users?count=1'))[0] == 200 } $secret, $second;
    open_page('provisioning/tokens');
    my ($keep) = grep { $_->{origin} eq 'walk' } sort { $b->{created_at} cmp $a->{created_at} } @{ $settings->admin_json($who, qw(token list)) };
    $browser->follow($who, qq{a[href*="do=revoke"]:not([href*="$keep->{id}"])});
    look('token-revoke');
    my $page = follow(button('S_REVOKE'));
    has($page, t('S_DONE_REVOKED'), 'revoked');
    is join(' ', map { ($settings->scim($who, $_, 'GET', '/Users?count=1'))[0] } $good, $third), '401 200', 'and no longer good';
    return $third;
}

# ---- users and events --------------------------------------------------------------------------------------

sub people {
    my ($secret) = @_;
    my $core = 'urn:ietf:params:scim:schemas:core:2.0:User';
    my @operations = map { { method => 'POST', path => '/Users', bulkId => "b$_", data => { schemas => [$core], userName => sprintf('person%02d@example.test', $_),
        name => { givenName => "Given$_", familyName => 'Müller-Lüdenscheidt' } } } } 1 .. 60;
    my ($status) = $settings->scim($walk->{path}, $secret, 'POST', '/Bulk', { schemas => ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations => \@operations });
    is $status, 200, 'sixty people come by SCIM';
    return;
}

sub names { return $browser->texts($walk->{path}, 'tbody th') }

sub users {
    my $who = $walk->{path};
    my $page = open_page('security/users');
    has($page, t(S_USERS_TOTAL => 62), 'how many there are');
    is scalar names(), 50, 'fifty on a page';
    look('users');
    my @first = names();
    follow(a_link('S_OLDER'));
    is scalar names(), 12, 'the rest on the next';
    my %seen = map { $_ => 1 } @first, names();
    is scalar keys %seen, 62, 'everybody once';
    follow(a_link('S_NEWER'));
    is_deeply [ names() ], \@first, 'and back';
    fill(S_SEARCH => 'PERSON0');
    $browser->press($who, 'Enter', loads => 1);
    is_deeply [ names() ], [ map {"person0$_\@example.test"} 1 .. 9 ], 'search';
    look('users-search');
    fill(S_SEARCH => '');
    choose(S_SOURCE => t('S_SOURCE_JIT'));
    follow(button('S_SHOW'));
    is_deeply [ names() ], ['ann@example.test'], 'by where they came from';
    choose(S_SOURCE => t('S_ALL'));
    choose(S_STATE => t('S_STATE_SUSPENDED'));
    $page = follow(button('S_SHOW'));
    has($page, t('S_USERS_NONE'), 'by state: nobody is suspended');
    look('users-none');
    return;
}

sub suspend_and_restore {
    my $who = $walk->{path};
    choose(S_STATE => t('S_STATE_ACTIVE'));
    fill(S_SEARCH => 'ann');
    follow(button('S_SHOW'));
    my $page = follow({ link => 'ann@example.test' });
    has($page, t(S_WORKSPACE_OF => 'Marketing'), 'what she may do, by workspace');
    has($page, t('S_SOURCE_JIT'), 'and where she came from');
    look('user');
    follow(button('S_SUSPEND'));
    look('user-sure');
    $page = follow(a_link('S_CANCEL'));
    has($page, t('S_STATE_ACTIVE'), 'cancelled');
    follow(button('S_SUSPEND'));
    $page = follow(button('S_SUSPEND_NOW'));
    has($page, t('S_DONE_SUSPENDED'), 'suspended');
    look('user-suspended');
    unlike $browser->open_page("$who ann", $settings->url("$who/app/index.shtml"))->{text}, qr/\[ann\@/, 'her window is shut';
    $page = follow(button('S_RESTORE'));
    has($page, t('S_DONE_RESTORED'), 'restored');
    return;
}

sub events {
    my $who = $walk->{path};
    follow(a_link('S_EVENTS'));
    look('events');
    choose(S_EVENT => 'Developer Suspended');
    follow(button('S_SHOW'));
    my @rows = $browser->texts($who, 'tbody tr');
    is scalar @rows, 1, 'one was suspended';
    like $rows[0], qr/ann\@example\.test\s+settings:alice\s+127\.0\.0\.1/, 'by whom and from where';
    my $file = $browser->download($who, a_link('S_CSV'));
    is $file->{name}, 'security-events.csv', 'the report as a file';
    open my $in, '<:encoding(UTF-8)', $file->{path} or die "$file->{path}: $!";
    my @lines = <$in>;
    is $lines[0], "id,at,event,user_id,user_name,code,actor,ip,correlation,detail\r\n", 'with a header line';
    is scalar(grep {/"Added Account"/} @lines), 62, 'and everybody who came';
    return;
}

for (@walks) {
    $walk = $_;
    subtest "$walk->{language}, $walk->{size}" => sub {
        my $idp = $settings->idp($walk->{path});
        $settings->administrator($walk->{path}, 'alice', locale => $LOCALE{ $walk->{language} }, viewport => $SIZE{ $walk->{size} },
            hasTouch => $walk->{size} eq 'phone' ? JSON::PP::true() : JSON::PP::false(), acceptDownloads => JSON::PP::true());
        subtest 'Setting up SAML JIT provisioning' => sub { identity_provider($idp); provisioning(); first_sign_in($idp); permission_sets() };
        my $secret;
        subtest 'Getting your SCIM token' => sub { $secret = token(); $secret &&= later_tokens($secret) };
        subtest 'Users' => sub { people($secret); users(); suspend_and_restore() };
        subtest 'Security events' => sub { events() };
        $browser->forget($_) for $walk->{path}, "$walk->{path} ann";
        $settings->stop_idp($idp);
    };
}

$settings->stop;
done_testing;
