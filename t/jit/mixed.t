# SPDX-License-Identifier: Apache-2.0
# A request that one module has worked on goes on, by an internal redirect, in a section of the other: each has its own view of
# the database, and a session that has ended is not there for either.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit qw(login cookie_of make_dump);
use BrazeTest::Node;

use constant TIMES => 20;

make_dump();
my $node = BrazeTest::Node->start('mixed', <<'CONF');
StartServers 1
ScriptAliasMatch "^/(?:.*/)?cgi/(\w+)$" "@DocumentRoot@/cgi/$1"
<Directory "@DocumentRoot@">
    Options FollowSymLinks ExecCGI
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          decorumsoft.com
</Location>
<Location "/api">
    AuthType     braze-scim
    AuthName     "Api"
    BrazeCompany "Decorumsoft"
    Require      valid-user
    ErrorDocument 401 /cgi/dump
</Location>
CONF
my $cookie;

sub sign_in { my $login = login('/', host => $node->base, email => 'mixed@decorumsoft.com'); $cookie = join '; ', cookie_of($login->{res}); return }
sub page { my ($path, @headers) = @_; return browser()->get($node->url($path), Cookie => $cookie, @headers) }
sub by_way_of_the_other { return map { page('/api/x', Authorization => 'Bearer of-nobody') } 1 .. TIMES }
sub shown { my (@answers) = @_; return scalar grep { $_->content =~ /mixed\@decorumsoft/ } @answers }
sub change { my ($how) = @_; my ($status) = admin('--company', 'Decorumsoft', 'user', $how, 'mixed@decorumsoft.com'); return $status }

# The other module has seen nothing of the database when it is first asked.
sign_in();
is shown(map { page('/cgi/dump') } 1 .. TIMES * 3), TIMES * 3, 'signed in';
is change('suspend'), 0, 'suspended';
is page('/cgi/dump')->code, 303, 'out';
is shown(by_way_of_the_other()), 0, 'and not there by way of the other module';
is change('restore'), 0, 'back';
sign_in();
is shown(by_way_of_the_other()), TIMES, 'there by way of the other module';
is shown(page('/cgi/dump')), 1, 'and without it';
is change('suspend'), 0, 'suspended once more';
is shown(page('/cgi/dump'), by_way_of_the_other()), 0, 'out';

done_testing;
