#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Every file of conf-examples/ passes `apache2 -t` on Debian's default modules, the modules that its own
# "a2enmod" line names, and ours as built (BRAZE_BUILDDIR). Files that an example names under
# /etc/apache2 are stood in for by ones made here; nothing else of it is changed. The commands in an example's first comment (three
# blanks behind the #) are run, in a sandbox, as those of the documentation are: t/docs.t.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp ();
use FindBin ();
use lib "$FindBin::Bin/lib";
use Test::More;
use BrazeDocs qw(check_page);
use BrazeTest::Idp ();

my $top   = abs_path("$FindBin::Bin/..");
my $build = abs_path($ENV{BRAZE_BUILDDIR} // '.');
my $dir   = File::Temp->newdir('/tmp/braze-c.XXXXXX');
$ENV{BRAZE_T_IDP} = "$dir";
BrazeTest::Idp::make_key('idp');
BrazeTest::Idp::write_metadata('idp.xml', 'idp');
my %stand_in = (xml => 'idp.xml', pem => 'idp.crt', crt => 'idp.crt', key => 'idp.key');

sub apxs { my ($what) = @_; chomp(my $value = `apxs -q $what`); return $value }
my $libexec = apxs('LIBEXECDIR');
my $httpd   = apxs('SBINDIR') . '/' . apxs('PROGNAME');
my @default = qw(mpm_event access_compat alias auth_basic authn_core authn_file authz_core authz_host
    authz_user autoindex deflate dir env filter mime negotiation reqtimeout setenvif status);
my %needs = (proxy_http => ['proxy'], ssl => [ 'socache_shmcb' ]);

sub load {
    my @names = @_;
    my (%seen, @lines);
    for my $name (map { (@{ $needs{$_} // [] }, $_) } @names) {
        push @lines, "LoadModule ${name}_module $libexec/mod_$name.so" if !$seen{$name}++;
    }
    return @lines;
}

# (status, text) of apache2 -t on an example's text.
sub configtest {
    my ($text) = @_;
    my @asked = map {split} $text =~ /^#.*\ba2enmod ([\w ]+)/mg;
    $text =~ s{/usr/lib/apache2/modules/(mod_braze_\w+\.so)}{$build/$1}g;
    $text =~ s{/etc/apache2/[\w./-]+\.(xml|pem|crt|key)\b}{$dir/$stand_in{$1}}g;
    open my $out, '>', "$dir/test.conf" or die;
    # autoindex and deflate want filter before them.
    print $out join "\n", load('mpm_event', 'filter', @default, @asked), "ServerRoot $dir",
        'ServerName 127.0.0.1', 'Listen 127.0.0.1:1', "ErrorLog $dir/error.log", "PidFile $dir/pid",
        "DefaultRuntimeDir $dir", $text, '';
    close $out;
    local $ENV{LC_ALL} = 'C';
    my $said = `'$httpd' -t -f '$dir/test.conf' 2>&1`;
    return ($? >> 8, $said);
}

# Sections of ours where a refusal would be answered 401 to somebody whom signing in again does not help. The braze dialect
# documents 401.
sub mute_sections {
    my ($text) = @_;
    return grep { /^\s*AuthType\s+braze-/m && !/^\s*(?:AuthzSendForbiddenOnFailure On|BrazeScimDialect braze)$/mi } $text =~ m{(<Location "[^"]*">.*?</Location>)}gs;
}
is scalar mute_sections(qq(<Location "/">\n  AuthType braze-saml\n</Location>\n<Location "/b">\n  AuthType None\n</Location>\n)), 1, 'a section without it is found';

# The example as a page that says where it goes and what to type.
sub as_page {
    my ($text) = @_;
    my ($comment) = $text =~ /\A((?:#.*\n)+)/;
    my $commands = join '', map {"$_\n"} $comment =~ /^#   (.+)$/mg;
    return "`/etc/apache2/conf-available/braze.conf`:\n\n```apache file=/etc/apache2/conf-available/braze.conf\n$text```\n\n```sh\n$commands```\n";
}

my ($status, $said) = configtest("LoadModule braze_jit_module /usr/lib/apache2/modules/mod_braze_jit.so\n"
    . "BrazeJitNoSuchThing on\n");
isnt $status, 0, 'a directive that does not exist is told';
like $said, qr/BrazeJitNoSuchThing/, 'by its name';

my @examples = sort glob "$top/conf-examples/*.conf";
cmp_ok scalar @examples, '>', 0, 'there are ' . @examples . ' examples';
for my $file (@examples) {
    open my $in, '<', $file or die "$file: $!";
    my $text = do { local $/; <$in> };
    my ($name) = $file =~ m{([^/]+)\z};
    like $text, qr/^LoadModule braze_(?:jit|scim)_module /m, "$name loads our modules";
    ($status, $said) = configtest($text);
    is $status, 0, "apache2 -t accepts $name" or diag $said;
    is_deeply [ mute_sections($text) ], [], "$name: who is signed in and denied gets 403";
    my @wrong = grep { !$_->[0] } check_page(as_page($text), top => $top, build => $build, pgsql => scalar $text =~ /createdb/);
    is join("\n", map { $_->[3] } @wrong), '', "$name: its commands do what they say";
}
done_testing;
