# SPDX-License-Identifier: Apache-2.0
# What the application sees: environment, request headers, and that nobody can forge them.
use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use Test::More;
use BrazeTest;
use BrazeTest::Echo;
use BrazeTest::Jit;
use BrazeTest::Node;

make_dump();
make_page('page.html', 'the page');
my $COMPANY = company_id('Decorumsoft');

# Names as people have them, and as nobody should.
admin('--company', 'Decorumsoft', 'workspace', 'add', $_) for 'Zoë; "West" \\ Süd', 'North';
my $user = 'Env.Ünal@decorumsoft.com';
my $me = login('/', email => $user, names => [ 'José;María', 'O\'Neill "Ж" \\' ]);
signed_in($me, 'a person with a name');
my $id = user_of('env.ünal@decorumsoft.com')->{id};
sub permit {
    my (@words) = @_;
    my ($status, $text) = admin('--company', 'Decorumsoft', 'user', 'permit', $user, @words);
    die $text if $status;
    return;
}
permit('--workspace', 'Zoë; "West" \\ Süd', '--permission', 'view_users');
permit('--company-permission', 'manage_company_settings');

# group(name, member ids): made by SQL, as SCIM would.
my $serial = 0;
sub group {
    my ($name, $company, @members) = @_;
    my $gid = sprintf '0aaaaaaa-00000000-%08x-%08x', $$, ++$serial;
    dbh()->do('INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, created_at, modified_at, version)'
        . ' VALUES(?, ?, ?, ?, ?, 0, 0, 1)', undef, $gid, $company, $name, lc $name, '{}');
    dbh()->do('INSERT INTO braze_group_member(group_id, company_id, user_id) VALUES(?, ?, ?)', undef, $gid, $company, $_) for @members;
    return $gid;
}
group('Redaktion; Süd', $COMPANY, $id);
group('Editors', $COMPANY, $id);
group('Empty', $COMPANY);

sub utf8_env { my ($env) = @_; return { map { $_ => eval { Encode::decode_utf8("$env->{$_}", 1) } // $env->{$_} } keys %$env } }
sub list { my ($text) = @_; return join '|', sort split /(?<!\\);/, $text }

# --- the environment -----------------------------------------------------------------------------------

my %EXPECT = (
    REMOTE_USER        => $user,
    AUTH_TYPE          => 'braze-saml',
    BRAZE_USER         => $user,
    BRAZE_USER_ID      => $id,
    BRAZE_EMAIL        => $user,
    BRAZE_FIRST_NAME   => 'José;María',
    BRAZE_LAST_NAME    => 'O\'Neill "Ж" \\',
    BRAZE_COMPANY      => 'Decorumsoft',
);
my $env = utf8_env(dump_at($me->{ua}, '/cgi/dump')->{env});
is $env->{$_}, $EXPECT{$_}, $_ for sort keys %EXPECT;
like $id, qr/\A[0-9a-f]{8}(?:-[0-9a-f]{8}){3}\z/, 'the id is four groups of eight';
is list($env->{BRAZE_WORKSPACES}), join('|', sort 'Marketing', 'Zoë\\; "West" \\\\ Süd'), 'workspaces, escaped';
is list($env->{BRAZE_PERMISSIONS}), 'view_campaigns|view_segments|view_users', 'permissions, the set expanded';
is $env->{BRAZE_COMPANY_PERMISSIONS}, 'manage_company_settings', 'company permissions';
is list($env->{BRAZE_GROUPS}), join('|', sort 'Editors', 'Redaktion\\; Süd'), 'groups, escaped';
is join(' ', sort grep {/^HTTP_BRAZE/} keys %$env), '', 'no headers unless asked for';

my $bare = login('/', email => 'bare@decorumsoft.com');
$env = dump_at($bare->{ua}, '/cgi/dump')->{env};
ok !exists $env->{BRAZE_FIRST_NAME} && !exists $env->{BRAZE_LAST_NAME}, 'a name that is not known is absent';
is $env->{BRAZE_GROUPS}, '', 'no groups: empty';
is $env->{BRAZE_COMPANY_PERMISSIONS}, '', 'no company permissions: empty';

# Changes are seen at the next request.
permit('--workspace', 'North', '--permission', 'edit_campaigns');
$env = utf8_env(dump_at($me->{ua}, '/cgi/dump')->{env});
is list($env->{BRAZE_WORKSPACES}), join('|', sort 'Marketing', 'North', 'Zoë\\; "West" \\\\ Süd'), 'a workspace that was added is there at once';
admin('--company', 'Decorumsoft', 'workspace', 'rename', 'North', 'Far North');
for (1 .. 4) {
    like utf8_env(dump_at($me->{ua}, '/cgi/dump')->{env})->{BRAZE_WORKSPACES}, qr/Far North/, 'a new name too, in every child';
}
admin('--company', 'Decorumsoft', 'permission-set', 'edit', 'Viewer', 'view_campaigns');
unlike dump_at($me->{ua}, '/cgi/dump')->{env}{BRAZE_PERMISSIONS}, qr/view_segments/, 'what a permission set loses, its people lose';
admin('--company', 'Decorumsoft', 'permission-set', 'edit', 'Viewer', 'view_campaigns', 'view_segments');
dbh()->do(q{DELETE FROM braze_group_member WHERE user_id = ?}, undef, $id);
is dump_at($me->{ua}, '/cgi/dump')->{env}{BRAZE_GROUPS}, '', 'out of the groups';

# A control character that got into a name some other way ends no header and no line.
dbh()->do(q{UPDATE braze_user SET given_name = ? WHERE user_name_key = 'bare@decorumsoft.com'}, undef, "a\r\nX-Evil: 1\tb\x7f");
is dump_at($bare->{ua}, '/cgi/dump')->{env}{BRAZE_FIRST_NAME}, 'a%0D%0AX-Evil: 1%09b%7F', 'control characters are written %XX';
for my $at (0, 7, 8, 15, 16, 25) {
    for my $control ("\x01", "\x1F", "\x7F") {
        my $name = join '', 'a' .. 'z';
        substr $name, $at, 1, $control;
        dbh()->do(q{UPDATE braze_user SET given_name = ? WHERE user_name_key = 'bare@decorumsoft.com'}, undef, $name);
        is dump_at($bare->{ua}, '/cgi/dump')->{env}{BRAZE_FIRST_NAME}, $name =~ s/$control/sprintf '%%%02X', ord $control/er, 'wherever it stands: ' . $at;
    }
}
dbh()->do(q{UPDATE braze_user SET given_name = NULL WHERE user_name_key = 'bare@decorumsoft.com'});

# --- headers to a proxied application -------------------------------------------------------------------

my $echo = BrazeTest::Echo->start;
my $base = base_url();
my $node = BrazeTest::Node->start('env', <<"C", words => { echo => $echo->port });
ProxyPass /plain   http://127.0.0.1:\@echo\@/app
ProxyPass /headers http://127.0.0.1:\@echo\@/app
ProxyPass /open    http://127.0.0.1:\@echo\@/app
ProxyPass /bare    http://127.0.0.1:\@echo\@/app
RewriteEngine on
ScriptAliasMatch "^/(?:.*/)?cgi/(\\w+)\$" "\@DocumentRoot\@/cgi/\$1"
<Directory "\@DocumentRoot\@">
    Options FollowSymLinks ExecCGI
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
<Location "/headers">
    BrazeJitHeaders on
</Location>
<Location "/headers/off">
    BrazeJitHeaders off
</Location>
<Location "/open">
    AuthType None
    Require  all granted
</Location>
<Directory "\@DocumentRoot\@/redirect">
    RewriteEngine on
    RewriteBase /redirect/
    RewriteRule ^to-open\$ /open/x [L]
</Directory>
C
make_page('redirect/x', 'x');

my ($cookie) = cookie_of($me->{res});
my ($bare_cookie) = cookie_of($bare->{res});
sub echoed { my ($path, @headers) = @_; return browser()->get($node->url($path), @headers)->content }

my @names = qw(User User-Id Email First-Name Last-Name Company Workspaces Permissions Company-Permissions Groups);
my $got = Encode::decode_utf8(echoed('/headers/x', Cookie => $cookie));
my %header = $got =~ /^(Braze-[\w-]+): ([^\r]*)/mg;
is join(' ', sort keys %header), join(' ', sort map {"Braze-$_"} @names), 'with BrazeJitHeaders on: all of them';
is $header{'Braze-User'}, $user, 'Braze-User';
is $header{'Braze-User-Id'}, $id, 'Braze-User-Id';
is $header{'Braze-First-Name'} . $header{'Braze-Last-Name'}, 'José;MaríaO\'Neill "Ж" \\', 'names in UTF-8';
is list($header{'Braze-Workspaces'}), join('|', sort 'Far North', 'Marketing', 'Zoë\\; "West" \\\\ Süd'), 'lists';
unlike echoed('/plain/x', Cookie => $cookie), qr/^Braze/mi, 'without it: none';
unlike echoed('/headers/off/x', Cookie => $cookie), qr/^Braze/mi, 'off in an inner section';
like echoed('/plain/x', Cookie => $cookie), qr/^ECHO\n(?:GET) \/app\/x HTTP/, 'the control: it was the application';

# --- nobody can forge them ---------------------------------------------------------------------------------

my @forged = map { my $n = $_; map { ($_ => 'forged') } "Braze-$n", uc "Braze-$n", lc("Braze-$n"), "Braze_$n" =~ s/-/_/gr, 'bRaZe-' . $n =~ s/-/_/gr } @names;
for my $case ([ '/open/x' ], [ '/plain/x', Cookie => $cookie ], [ '/headers/x', Cookie => $bare_cookie ], [ '/headers/off/x', Cookie => $cookie ]) {
    my ($path, @with) = @$case;
    my $request = join "\r\n", "GET $path HTTP/1.1", "Host: 127.0.0.1:$node->{port}", 'Connection: close';
    while (my ($name, $value) = splice @with, 0, 2) { $request .= "\r\n$name: $value" }
    my @send = @forged;
    while (my ($name, $value) = splice @send, 0, 2) { $request .= "\r\n$name: $value" }
    my $answer = $node->raw("$request\r\nX-Braze-User: mine\r\n\r\n");
    like $answer, qr/^X-Braze-User: mine\r$/m, "$path: another name is let through (the control)";
    unlike $answer, qr/forged/, "$path: what a client sends under our names is removed";
}
$env = dump_at($me->{ua}, '/cgi/dump', map { ("Braze-$_" => 'forged') } @names)->{env};
is join(' ', grep { $env->{$_} eq 'forged' } keys %$env), '', 'nor is it in the environment of a program';
$env = dump_at(browser(), '/open/cgi/dump', 'Braze-User' => 'forged', 'Remote-User' => 'other')->{env};
is join(' ', grep {/BRAZE/} keys %$env), '', 'nor where nobody has to sign in';
is $env->{REMOTE_USER}, undef, 'REMOTE_USER is nobody';
ok !exists $env->{BRAZE_USER}, 'BRAZE_USER as well';

# An inner redirect to another place takes the environment along under REDIRECT_ only.
like echoed('/redirect/to-open', Cookie => $cookie), qr{^ECHO\nGET /app/x}, 'an internal redirect';

done_testing;
