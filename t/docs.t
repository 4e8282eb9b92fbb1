#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Whatever README.md and docs/*.md show is done, in the order of the page, as its reader would: commands on a server of their own
# (t/lib/BrazeDocs/Sandbox.pm), configuration by "apache2 -t", queries on both engines, data by its parser. Words after t/docs.t
# name pages: t/docs.t docs/scim.md.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp ();
use FindBin ();
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Test::More;
use BrazeDocs qw(check_page);
use BrazeDocs::Page ();
use BrazeDocs::Sandbox ();
use BrazeDocs::Sql ();

my $top   = abs_path("$FindBin::Bin/..");
my $build = abs_path($ENV{BRAZE_BUILDDIR} // '.');
my $dir   = File::Temp->newdir('/tmp/braze-d.XXXXXX');
chmod 0755, "$dir";
sub page_text { my ($page) = @_; my $text = BrazeDocs::Sandbox::slurp("$top/$page"); return length $text ? $text : die "$page: is not there\n" }

# Pages that do not begin on a fresh server: what README.md does has been done, and the server's site has https.
my %OPTIONS = (
    'docs/tutorial.md'        => { world => 1 },
    'docs/operations.md'      => { before => 'README.md', https => 1, pgsql => 1, world => 1 },
    map { $_ => { before => 'README.md', https => 1 } } qw(docs/identity-providers.md docs/scim.md docs/mod_braze_scim.md docs/mod_braze_jit.md docs/troubleshooting.md docs/settings.md docs/status.md),
);

my $pgsql = "$dir/pg";
my @databases;
sub databases {
    return \@databases if @databases;
    chomp(my $params = `'$top/t/run-pgsql' start '$pgsql'`);
    my ($user) = $params =~ /user=(\w+)/;
    @databases = (
        BrazeDocs::Sql->new(admin => "$build/braze-admin", driver => 'sqlite3', params => "$dir/docs.db", source => "dbi:SQLite:dbname=$dir/docs.db"),
        BrazeDocs::Sql->new(admin => "$build/braze-admin", driver => 'pgsql', params => $params, source => "dbi:Pg:host=$pgsql;dbname=braze", user => $user));
    return \@databases;
}

my @pages = @ARGV ? @ARGV : ('README.md', map {s{\A\Q$top\E/}{}r} sort glob "$top/docs/*.md");
for my $page (@pages) {
    my %opt = %{ $OPTIONS{$page} // {} };
    $opt{before} = page_text($opt{before}) if defined $opt{before};
    my $text = page_text($page);
    $opt{databases} = databases() if $text =~ /^```sql$/m;
    my @results = check_page($text, top => $top, build => $build, %opt);
    pass "$page: has nothing to be executed" if !@results;
    for my $result (@results) {
        my ($well, $line, $what, $why) = @$result;
        ok $well, "$page:$line: $what" or diag $why;
    }
}

if (!@ARGV) {
    is join(', ', grep { $_ !~ /\Ahtpasswd / } BrazeDocs::unused_exceptions()), '', 'every exception is needed by some page, or by conf-examples';
}

# What the tutorial has people enter at Keycloak is what interop/keycloak.t tries with a real one.
sub client_of { my ($json) = @_; my $client = JSON::PP->new->decode($json); $client = $client->{clients}[0] if $client->{clients}; return $client }
for my $block (grep { $_->{language} eq 'json' && $_->{text} =~ /"clientId"/ } map { BrazeDocs::Page::blocks(page_text($_)) } grep {m{tutorial}} @pages) {
    my $realm = client_of(scalar `perl '$top/interop/keycloak/realm.pl' people https://dashboard.example.com 'MIIC…' </dev/null`);
    is_deeply client_of($block->{text}), $realm, 'the client in the tutorial is that of interop/keycloak.t';
    my ($version) = BrazeDocs::Sandbox::slurp("$top/interop/keycloak/get") =~ /^version=(\d+\.\d+)/m;
    like page_text('docs/tutorial.md'), qr/Keycloak \(tried with \Q$version\E\)/, 'and so is the version';
}
done_testing;

END {
    my $status = $?;
    @databases = ();
    system "$top/t/run-pgsql", 'stop', $pgsql if -d $pgsql;
    $? = $status;
}
