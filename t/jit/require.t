# SPDX-License-Identifier: Apache-2.0
# Require braze-workspace, braze-permission, braze-company-permission, braze-group.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
make_page('allowed/index.html', 'the index');
make_page('forbidden/index.html', 'the index');
make_page('forbidden/part.txt', 'FORBIDDEN');
make_page('allowed/part.txt', 'ALLOWED');
make_page('ssi/both.shtml', '[<!--#include virtual="/allowed/part.txt" -->|<!--#include virtual="/forbidden/part.txt" -->]');
make_dump();
my $COMPANY = company_id('Decorumsoft');

admin('--company', 'Decorumsoft', 'workspace', 'add', 'North & South');
admin('--company', 'Decorumsoft', 'team', 'add', 'Crew', '--workspace', 'Sales');
admin('--company', 'Decorumsoft', 'role', 'add', 'Manager', 'manage_company_settings');
my %ua;

# person(name, words of braze-admin user add): an account that is signed in.
sub person {
    my ($name, @words) = @_;
    my ($status, $text) = admin('--company', 'Decorumsoft', 'user', 'add', "$name\@decorumsoft.com", '--confirmed', @words);
    die $text if $status;
    my $try = login('/', email => "$name\@decorumsoft.com");
    signed_in($try, $name);
    $ua{$name} = $try->{ua};
    return user_of("$name\@decorumsoft.com")->{id};
}

my $serial = 0;

sub group {
    my ($name, $company, @members) = @_;
    my $gid = sprintf '0bbbbbbb-00000000-%08x-%08x', $$, ++$serial;
    dbh()->do('INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, created_at, modified_at, version)'
        . ' VALUES(?, ?, ?, ?, ?, 0, 0, 1)', undef, $gid, $company, $name, lc $name, '{}');
    join_group($gid, $company, $_) for @members;
    return $gid;
}

sub join_group {
    my ($gid, $company, $user) = @_;
    return dbh()->do('INSERT INTO braze_group_member(group_id, company_id, user_id) VALUES(?, ?, ?)', undef, $gid, $company, $user);
}

person('nothing');
person('marketing', '--workspace', 'Marketing', '--permission-set', 'Viewer');
person('sales', '--workspace', 'Sales', '--permission', 'launch_campaigns');
person('compass', '--workspace', 'North & South', '--permission', 'view_pii');
person('crew', '--workspace', 'Sales', '--team', 'Crew', '--permission', 'view_campaigns');
person('settings', '--company-permission', 'manage_company_settings');
person('boss', '--company-permission', 'admin');
my $editor = person('editor', '--workspace', 'Marketing', '--permission', 'basic_access');
my $editors = group('Editors', $COMPANY, $editor);

# allowed(location, names…): exactly these may see its page; everybody else is refused with 403.
sub allowed {
    my ($where, @names) = @_;
    my @in = sort grep { $ua{$_}->get(base_url("$where/page.html"))->code == 200 } keys %ua;
    my @odd = grep { my $code = $ua{$_}->get(base_url("$where/page.html"))->code; $code != 200 && $code != 403 } keys %ua;
    is "@in|@odd", join(' ', sort @names) . '|', "$where: " . (@names ? "@names" : 'nobody');
    is browser()->get(base_url("$where/page.html"))->code, 303, "$where: who is not signed in is asked to";
    return;
}

allowed('/require', keys %ua);
allowed('/require/workspace', qw(sales compass crew boss));
allowed('/require/permission', qw(marketing crew boss));
allowed('/require/edit', qw(sales boss));
allowed('/require/company', qw(settings boss));
allowed('/require/group', qw(editor));
allowed('/require/any', qw(marketing editor boss));
allowed('/require/none', keys %ua);
allowed('/require/both', qw(editor));

# Group names are compared as they are; the administrator is in a group or not, like everybody.
my $boss = user_of('boss@decorumsoft.com')->{id};
join_group($editors, $COMPANY, $boss);
allowed('/require/group', qw(editor boss));
allowed('/require/both', qw(editor boss));
group('Suspects', $COMPANY, $editor, $boss);
allowed('/require/none', grep { !/editor|boss/ } keys %ua);
dbh()->do('DELETE FROM braze_group_member WHERE group_id = ?', undef, $editors);
allowed('/require/group');
group($_, $COMPANY, $boss) for 'editors', 'Editor', 'Chief', 'Chief;', 'Editors ';
allowed('/require/group');
group('Chief; Editors', $COMPANY, user_of('nothing@decorumsoft.com')->{id});
allowed('/require/group', 'nothing');

# What is granted and taken away counts at the next request.
admin('--company', 'Decorumsoft', 'user', 'permit', 'nothing@decorumsoft.com', '--company-permission', 'manage_company_settings');
allowed('/require/company', qw(settings boss nothing));
admin('--company', 'Decorumsoft', 'user', 'permit', 'nothing@decorumsoft.com', '--company-permission', 'manage_company_settings', '--remove');
allowed('/require/company', qw(settings boss));
admin('--company', 'Decorumsoft', 'user', 'permit', 'nothing@decorumsoft.com', '--role', 'Manager');
allowed('/require/company', qw(settings boss nothing));
admin('--company', 'Decorumsoft', 'workspace', 'rename', 'North & South', 'Elsewhere');
allowed('/require/workspace', qw(sales crew boss));
admin('--company', 'Decorumsoft', 'workspace', 'rename', 'Elsewhere', 'North & South');
allowed('/require/workspace', qw(sales compass crew boss));

# A workspace of the same name in another company is another one.
{
    my $try = login('/free/other', idp => 'other', email => 'sales@otherco.example');
    my ($cookie) = cookie_of($try->{res});
    is $try->{ua}->get(base_url('/free/other/page.html'))->code, 200, "another company's person";
    is browser()->get(base_url('/require/workspace/page.html'), Cookie => $cookie)->code, 303, 'is nobody here';
}

# --- people of another AuthType ---------------------------------------------------------------------------

BrazeTest::Saml::write_file(work_dir() . '/passwd', 'marketing@decorumsoft.com:' . crypt('secret', '$5$saltsalt') . "\n");
{
    my @basic = (Authorization => 'Basic ' . MIME::Base64::encode_base64('marketing@decorumsoft.com:secret', ''));
    is browser()->get(base_url('/free/basic/page.html'), @basic)->code, 401, 'who signed in otherwise is no user of ours, whatever the name';
    is $ua{boss}->get(base_url('/free/basic/page.html'), @basic)->code, 401, 'not with a session besides either';
}

# --- subrequests --------------------------------------------------------------------------------------------

my $base = base_url();
my $node = BrazeTest::Node->start('require', <<"C", modules => ['include']);
<Directory "\@DocumentRoot\@">
    Options FollowSymLinks
    Require all granted
</Directory>
<Directory "\@DocumentRoot\@/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AddType text/html .shtml
</Directory>
DirectoryIndex index.html
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
<Location "/allowed">
    Require braze-workspace Marketing
</Location>
<Location "/forbidden">
    Require braze-workspace Sales
</Location>
C
sub at_node { my ($name, $path) = @_; return $ua{$name}->get($node->url($path)) }
is at_node('marketing', '/allowed/')->content, 'the index', 'DirectoryIndex in an allowed place';
is at_node('marketing', '/forbidden/')->code, 401, "and in a forbidden one: httpd's own answer without AuthzSendForbiddenOnFailure";
is at_node('marketing', '/forbidden/')->header('WWW-Authenticate'), 'braze-saml realm="Dashboard"', 'with a challenge';
is at_node('sales', '/forbidden/')->content, 'the index', 'which is open to another';
is at_node('marketing', '/allowed')->code, 301, 'without its slash it is sent on';
is at_node('marketing', '/forbidden')->code, 401, 'but not where it is forbidden';
like at_node('marketing', '/ssi/both.shtml')->content, qr/\A\[ALLOWED\|\[an error/, 'a page includes what its reader may see';
like at_node('boss', '/ssi/both.shtml')->content, qr/\A\[ALLOWED\|FORBIDDEN\]/, 'an administrator may see both';
like at_node('nothing', '/ssi/both.shtml')->content, qr/\A\[\[an error/, 'and nobody else';

# --- the configuration -----------------------------------------------------------------------------------------

for my $name (qw(braze-workspace braze-permission braze-company-permission braze-group)) {
    my ($status, $text) = config_test("<Location />\nAuthType braze-saml\nAuthName x\nBrazeCompany x\nRequire $name\n</Location>");
    isnt $status, 0, "Require $name without a name";
    like $text, qr/$name.* take one or more names/s, 'is refused with a reason';
}

done_testing;
