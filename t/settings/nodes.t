# SPDX-License-Identifier: Apache-2.0
# Two httpd over one database: what an administrator saves on the one counts on the other from the next request on; and a
# company that is marked as using Google sign-in.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Settings;

my $alice = admin_browser('alice');
my $dir   = work_dir();
my $node  = BrazeTest::Node->start('second', <<"C", modules => ['auth_basic', 'authn_file']);
<Location "/free/app">
    AuthType     braze-saml
    AuthName     "Application"
    Require      valid-user
    BrazeCompany "Pages"
    BrazeJitPath /free/app/saml
    BrazeJitSignIn 401
</Location>
<Location "/free/set">
    AuthType          Basic
    AuthName          "Settings"
    AuthBasicProvider file
    AuthUserFile      "$dir/admins"
    Require           user alice
    BrazeCompany      "Pages"
    BrazeJitPath      /free/app/saml
</Location>
<Location "/free/set/saml">
    SetHandler braze-jit-settings
</Location>
<Location "/free/set/scim">
    SetHandler braze-scim-settings
</Location>
<Location "/free/pages/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Pages"
    Require      valid-user
</Location>
C

sub there { my ($path) = @_; return $alice->get($node->url("/free/set/$path")) }
# The same form, sent to the other node: the same browser, and so the same cookie.
sub submit_there {
    my ($res, $action, %fields) = @_;
    my $form = form_of($res, $action);
    $form->value($_, $fields{$_}) for keys %fields;
    my $request = $form->click;
    return $alice->request(HTTP::Request->new(POST => $node->url($request->uri->path), [ 'Content-Type' => 'application/x-www-form-urlencoded' ], $request->content));
}

# --- settings ---------------------------------------------------------------------------------------

like there('saml/sso')->decoded_content, qr/id="saml_name" name="saml_name"[^>]* value=""/, 'nothing is set, says the second node';
is submit($alice, page($alice, 'saml', 'sso'), 'save', saml_name => 'Of both', idp_entity_id => 'https://idp.example.test/metadata', certificate => certificate('idp'))->code, 303, 'saved on the first';
like there('saml/sso')->decoded_content, qr/value="Of both"/, 'the second shows it at the next request';
my $mark = $node->log_mark;
sub login_there { my ($email) = @_; return login('/free/app', host => $node->base, email => $email)->{res}->code }
is login_there('late@pages.example'), 403, 'there the identity provider is believed at once';
like $node->log($mark), qr/BRAZE-J0303/, 'as far as provisioning goes';

my $page = page($alice, 'saml', 'sso');
is submit_there($page, 'save', saml_name => 'By the second')->code, 303, 'a form of the first is taken by the second';
is company()->{saml_name}, 'By the second', 'and saved';
is submit($alice, $page, 'save', saml_name => 'By the first')->code, 409, 'what was saved there is not overwritten unseen here';

admin('--company', 'Pages', 'jit', 'default', '--workspace', 'Marketing', '--permission-set', 'Viewer');
admin('--company', 'Pages', 'user', 'add', 'known@pages.example', '--confirmed');
my $look = submit($alice, page($alice, 'saml', 'sso'), 'save', provisioning => 1);
is submit_there($look, 'save')->code, 303, 'the second look may be the other node\'s';
is login_there('late@pages.example'), 303, 'and provisioning is on there';
ok row('SELECT 1 AS n FROM braze_user WHERE company_id = ? AND user_name = ?', company()->{id}, 'late@pages.example'), 'an account is made';

# --- tokens -----------------------------------------------------------------------------------------

$page = page($alice, 'scim', 'tokens');
my %good = (workspace => workspace_id('Marketing'), origin => 'both');
my ($secret) = submit($alice, $page, 'generate', %good)->decoded_content =~ /id="token"[^>]* value="([\w-]{43})"/;
ok $secret, 'a token of the first';
my $again = submit_there($page, 'generate', %good);
is $again->code, 409, 'its form makes no second one on the other node';
unlike $again->decoded_content, qr/\Q$secret\E/, 'nor shows the first';
my $call = sub { return scim('GET', $node->url('/free/pages/scim/v2/Users?count=1'), undef, Authorization => "Bearer $secret", 'X-Request-Origin' => 'both')->code };
is $call->(), 200, 'it is good there';
my $id = row('SELECT id FROM braze_token WHERE origin = ?', 'both')->{id};
submit($alice, page($alice, 'scim', "token?id=$id&do=revoke"), 'revoke');
is $call->(), 401, 'and, revoked, no longer';

# --- users ------------------------------------------------------------------------------------------

make_page('free/app/page.html', 'the page');
my $session = login('/free/app', email => 'known@pages.example');
signed_in($session, 'somebody signs in on the first');
my ($cookie) = $session->{res}->header('Set-Cookie') =~ /(braze_session=[^;]+)/;
my $known = row('SELECT id FROM braze_user WHERE company_id = ? AND user_name = ?', company()->{id}, 'known@pages.example')->{id};
is browser()->get($node->url('/free/app/page.html'), Cookie => $cookie)->code, 200, 'and is known to the second';
submit($alice, submit($alice, page($alice, 'saml', "user?id=$known"), 'suspend'), 'suspend');
is browser()->get($node->url('/free/app/page.html'), Cookie => $cookie)->code, 401, 'suspended on the first, they are out there at the next request';
$node->stop;

# --- a company that is marked -----------------------------------------------------------------------

dbh()->do('UPDATE braze_company SET provisioning = 0 WHERE id = ?', undef, company()->{id});
admin('company', 'set', 'Pages', '--google', 'on');
$page = page($alice, 'saml', 'sso');
unlike $page->decoded_content, qr/name="provisioning"/, 'a company that is marked as using Google sign-in has no switch';
like text_of($page->decoded_content), qr/cannot be combined with Google sign-in/, 'and is told why';
my %hidden = map { $_ => form_of($page, 'save')->value($_) } qw(csrf seen);
my $res = post($alice, 'saml', 'sso', [ do => 'save', %hidden, provisioning => 'on', confirmed => 'yes', workspace => workspace_id('Marketing'), permission_set => set_id('Viewer') ]);
is $res->code, 403, 'posted anyway: refused';
like +(problems($res))[0], qr/Google/, 'with the reason';
is company()->{provisioning}, 0, 'and off';
is submit($alice, page($alice, 'saml', 'sso'), 'save', saml_name => 'Beside Google')->code, 303, 'the rest may be saved';
admin('company', 'set', 'Pages', '--google', 'off');
like page($alice, 'saml', 'sso')->decoded_content, qr/name="provisioning"/, 'the mark is gone: it may be turned on';

done_testing;
