# SPDX-License-Identifier: Apache-2.0
# Whether httpd starts with a configuration, and what it says when it does not: on its outputs, where an operator looks, and in
# its log. Databases of a suite's own to start on.
package BrazeTest::Start;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Socket::INET ();
use BrazeTest;
use BrazeTest::Node ();
use BrazeTest::Saml ();

our @EXPORT = qw(start_httpd refuses starts database with_database);

sub setting { my ($name) = @_; return $ENV{$name} // croak "$name is not set" }

# database(name): (DBDriver, DBDParams) of an empty database of the suite's engine: on SQLite a file that is not there yet.
sub database {
    my ($name) = @_;
    my $params = setting('BRAZE_T_DBDPARAMS');
    return ('sqlite3', work_dir() . "/db/$name.db") if engine() ne 'pgsql';
    dbh()->do("CREATE DATABASE $name");
    $params =~ s/dbname=\w+/dbname=$name/ or croak "no dbname in $params";
    return ('pgsql', $params);
}

# with_database(params, code): admin() and admin_json() work on that database meanwhile.
sub with_database {
    my ($params, $code) = @_;
    local $ENV{BRAZE_T_DBDPARAMS} = $params;
    return $code->();
}

# start_httpd(text, option => value …): a hash: served (it answered), status (of the process, when it ended by itself), said (what stood
# on its outputs), log. Options: load [both of our modules], driver and params [the suite's; undef: none], port (given to the text as
# @Port@ in any case), while => code that gets the base URL while it serves.
sub start_httpd {
    my ($text, %opt) = @_;
    my $dir = work_dir() . '/start';
    mkdir $dir;
    my $port = BrazeTest::Node::free_port();
    my $driver = exists $opt{driver} ? $opt{driver} : setting('BRAZE_T_DBDRIVER');
    my $params = exists $opt{params} ? $opt{params} : setting('BRAZE_T_DBDPARAMS');
    $text =~ s/\@Port\@/$port/g;
    unlink "$dir/log";
    BrazeTest::Saml::write_file("$dir/conf", join "\n", BrazeTest::Saml::read_file(setting('BRAZE_T_BASECONF')),
        (map { 'LoadModule braze_' . $_ . '_module ' . setting('BRAZE_T_MODULES') . "/mod_braze_$_.so" } @{ $opt{load} // [ 'jit', 'scim' ] }),
        'ServerName 127.0.0.1', "Listen 127.0.0.1:$port", "ErrorLog $dir/log", 'LogLevel info', "DefaultRuntimeDir $dir", "PidFile $dir/pid",
        'StartServers 1', 'TypesConfig /dev/null', 'DocumentRoot "' . Apache::Test::vars('documentroot') . '"',
        defined $driver ? "DBDriver $driver" : (), defined $params ? "DBDParams \"$params\"" : (), $text, '');
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        setpgrp; # prefork ends its whole process group
        open STDOUT, '>', "$dir/output" or exit 126;
        open STDERR, '>&', \*STDOUT or exit 126;
        exec setting('BRAZE_T_HTTPD'), '-f', "$dir/conf", '-DFOREGROUND' or exit 127;
    }
    my %is = (served => 0);
    my $ended = wait_until {
        return 1 if waitpid($pid, 1) == $pid;
        return !IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") ? 0 : -f "$dir/log" && BrazeTest::Saml::read_file("$dir/log") =~ /resuming normal/ ? 2 : 0;
    } 20;
    if (($ended // 0) == 1) { $is{status} = $? >> 8 }
    else {
        $is{served} = ($ended // 0) == 2;
        $opt{while}->("http://127.0.0.1:$port") if $is{served} && $opt{while};
        my $status = $?;
        kill 'TERM', $pid;
        waitpid $pid, 0;
        $? = $status;
    }
    $is{said} = BrazeTest::Saml::read_file("$dir/output");
    $is{log} = -f "$dir/log" ? BrazeTest::Saml::read_file("$dir/log") : '';
    $? = 0;
    return \%is;
}

# refuses(pattern, test name, text, options): one test: it does not start, and says why on the terminal in one line
# (what is information only aside: the default LogLevel shows none).
sub refuses {
    my ($pattern, $name, $text, @options) = @_;
    my $is = start_httpd($text, @options);
    my @lines = grep { /BRAZE-/ && !/\A\[[^\]]+\] \[braze_\w+:info\]/ } split /\n/, $is->{said};
    my $ok = !$is->{served} && ($is->{status} // 0) != 0 && @lines == 1 && $lines[0] =~ $pattern;
    return Test::More::ok($ok, $name) || Test::More::diag("served $is->{served}, status " . ($is->{status} // 'none') . "\n$is->{said}\n$is->{log}");
}

# starts(test name, text, options): one test: it starts and serves; what start_httpd() gives.
sub starts {
    my ($name, $text, @options) = @_;
    my $is = start_httpd($text, @options);
    Test::More::ok($is->{served}, $name) || Test::More::diag($is->{said}, $is->{log});
    return $is;
}

1;
