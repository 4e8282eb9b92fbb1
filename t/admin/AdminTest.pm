# SPDX-License-Identifier: Apache-2.0
# The built braze-admin on a fresh database of each engine.
package AdminTest;

use strict;
use warnings;
use Cwd ();
use Exporter 'import';
use File::Temp ();
use JSON::PP ();
use Test::More;

our @EXPORT = qw(on_each_engine braze_admin decoded top program scratch spew slurp sql_driver);

my $top = Cwd::abs_path(__FILE__) =~ s{/t/admin/AdminTest\.pm\z}{}r;
my $builddir = $ENV{BRAZE_BUILDDIR} // Cwd::getcwd();
my $scratch  = File::Temp->newdir('braze-admin.XXXXXX', TMPDIR => 1);

umask 022;
delete @ENV{qw(BRAZE_DB_DRIVER BRAZE_DB_PARAMS SUDO_USER)};

sub top     { return $top }
sub program { return "$builddir/braze-admin" }
sub scratch { return "$scratch" }

sub spew {
    my ($file, $text) = @_;
    open my $out, '>:raw', $file or die "$file: $!";
    print $out $text;
    close $out or die "$file: $!";
    return $file;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

# braze_admin(words…): { code, out, err }. A signal counts as code 128 and more.
sub braze_admin {
    my @words = @_;
    my ($out, $err) = map {"$scratch/$_.$$"} qw(out err);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<', '/dev/null' or die;
        open STDOUT, '>', $out        or die;
        open STDERR, '>', $err        or die;
        exec "$builddir/braze-admin", @words or exit 127;
    }
    waitpid $pid, 0;
    return { code => $? & 127 ? 128 + ($? & 127) : $? >> 8, out => slurp($out), err => slurp($err) };
}

# A text that must be one line of strict JSON.
sub decoded {
    my ($text) = @_;
    die "not one line: $text" if $text !~ /\A[^\n]*\n\z/;
    return JSON::PP->new->utf8->decode($text);
}

# ---- a database ----

# sql_driver(): the driver's name for messages; methods below on an object { driver, params }.
sub sql_driver { my ($db) = @_; return $db->{driver} }

sub command { my ($db, @words) = @_; return braze_admin('--driver', $db->{driver}, '--params', $db->{params}, @words) }

# works(words…): it ends with 0 and says nothing bad; what it printed.
sub works {
    my ($db, @words) = @_;
    my $got = $db->command(@words);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, 0, "@words" or diag $got->{err};
    return $got->{out};
}

# data(words…): the same with --json, decoded.
sub data {
    my ($db, @words) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $value = eval { decoded($db->works(@words, '--json')) };
    ok defined $value, "@words: JSON" or diag $@;
    return $value;
}

# fails(code, pattern, words…): exactly one line on standard error, nothing on standard output.
sub fails {
    my ($db, $code, $pattern, @words) = @_;
    my $got = $db->command(@words);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, $code, "@words: exit $code";
    like $got->{err}, $pattern, "@words: message";
    like $got->{err}, qr/\Abraze-admin: [^\n]+\n\z/, "@words: one line";
    is $got->{out}, '', "@words: no answer";
    return;
}

sub dbh {
    my ($db) = @_;
    require DBI;
    my %common = (RaiseError => 1, PrintError => 0, AutoCommit => 1);
    return $db->{dbh} if $db->{dbh};
    if ($db->{driver} ne 'pgsql') {
        return $db->{dbh} = DBI->connect("dbi:SQLite:dbname=$db->{params}", '', '', { %common, sqlite_unicode => 1 });
    }
    $db->{dbh} = DBI->connect("dbi:Pg:$db->{dbi}", '', '', { %common, pg_enable_utf8 => 1 });
    $db->{dbh}->do("SET search_path = $db->{schema}");
    return $db->{dbh};
}

sub value { my ($db, $sql, @bind) = @_; return ($db->dbh->selectrow_array($sql, {}, @bind))[0] }

sub sqlite {
    my $n = ++our $files;
    return bless { engine => 'sqlite', driver => 'sqlite3', params => "$scratch/$n.db" };
}

# A schema of its own on the server that BRAZE_TEST_PGSQL names; gone with the object.
sub pgsql {
    my ($server) = @_;
    require DBI;
    my $schema = "admin_$$" . '_' . ++our $schemas;
    my $dbi    = join ';', split ' ', $server;
    my $dbh    = DBI->connect("dbi:Pg:$dbi", '', '', { RaiseError => 1, PrintWarn => 0 });
    $dbh->do("CREATE SCHEMA $schema");
    return bless { engine => 'pgsql', driver => 'pgsql', params => "$server options='-c search_path=$schema'",
        dbi => $dbi, schema => $schema, server => $dbh };
}

sub DESTROY {
    my ($db) = @_;
    $db->{dbh}->disconnect if $db->{dbh};
    $db->{server}->do("DROP SCHEMA $db->{schema} CASCADE") if $db->{server};
    return;
}

# on_each_engine { my ($db) = @_; … }: a subtest for each; migrated unless (fresh => 1).
sub on_each_engine (&;%) {
    my ($code, %option) = @_;
    my $server = $ENV{BRAZE_TEST_PGSQL};
    my @makers = (\&sqlite, $server ? sub { pgsql($server) } : ());
    ok 0, 'BRAZE_TEST_REQUIRE_PGSQL is set, BRAZE_TEST_PGSQL is not'
        if !$server && $ENV{BRAZE_TEST_REQUIRE_PGSQL};
    for my $make (@makers) {
        my $db = $make->();
        subtest $db->{engine} => sub {
            $db->works('migrate') unless $option{fresh};
            $code->($db);
        };
    }
    return;
}

1;
