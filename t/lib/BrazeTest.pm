# SPDX-License-Identifier: Apache-2.0
# What the suites share: where the server is, a browser, SAML responses, a SCIM client, the log and
# the rows. Described with examples in t/README.md.
package BrazeTest;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use DBI ();
use HTTP::Request ();
use HTTP::Cookies ();
use IO::Socket::INET ();
use JSON ();
use LWP::UserAgent ();
use Apache::Test ();
use BrazeTest::Idp ();
use BrazeTest::Saml ();

our @EXPORT = qw(
    base_url host_port engine admin admin_json dbh rows row
    browser acs_url saml_response post_response saml_encode edit_xml
    scim raw_request logged error_log_has server_pid graceful_restart wait_until work_dir
    config_test
);

sub setting { my ($name) = @_; return $ENV{$name} // croak "$name is not set: start the suite with t/run-httpd-suites" }

# --- the server ----------------------------------------------------------------------------------

sub host_port { return '127.0.0.1:' . Apache::Test::vars('port') }
sub base_url  { my ($path) = @_; return 'http://' . host_port() . ($path // '') }
sub engine    { return setting('BRAZE_T_ENGINE') }
sub work_dir  { return setting('BRAZE_T_WORK') }

sub server_pid {
    my $pid = BrazeTest::Saml::read_file(Apache::Test::vars('t_pid_file'));
    return $pid =~ /(\d+)/ ? $1 : croak 'no pid file';
}

# wait_until { code } seconds: true as soon as code is, false when the time is over.
sub wait_until (&;$) {
    my ($code, $seconds) = @_;
    my $end = time + ($seconds // 10);
    while (time <= $end) {
        my $value = $code->();
        return $value if $value;
        select undef, undef, undef, 0.05;
    }
    return;
}

# Graceful restart; returns when the new generation has said so in the log.
sub graceful_restart {
    my $mark = log_size();
    kill 'USR1', server_pid() or croak "kill: $!";
    (wait_until { log_since($mark) =~ /resuming normal operations/ } 30)
        or croak 'the server did not come back from a graceful restart';
    return;
}

# config_test(text): (exit status, text) of `httpd -t` on the suite's modules and database and the
# given lines, apart from the running server; with bare => 1 without our modules and the database.
sub config_test {
    my ($text, %opt) = @_;
    my $conf = work_dir() . "/conf-$$.conf";
    my $load = BrazeTest::Saml::read_file(setting('BRAZE_T_BASECONF'));
    my $ours = setting('BRAZE_T_MODULES');
    my @frame = $opt{bare} ? () : (
        (map {"LoadModule braze_${_}_module $ours/mod_braze_$_.so"} qw(jit scim)),
        'DBDriver ' . setting('BRAZE_T_DBDRIVER'),
        'DBDParams "' . setting('BRAZE_T_DBDPARAMS') . '"',
    );
    BrazeTest::Saml::write_file($conf, join "\n", $load, 'ServerName 127.0.0.1',
        'Listen 127.0.0.1:1', 'ErrorLog ' . work_dir() . '/conf.log',
        'DefaultRuntimeDir ' . work_dir(), 'PidFile ' . work_dir() . '/conf.pid', @frame, $text, '');
    my $out = run_text(setting('BRAZE_T_HTTPD'), '-t', '-f', $conf);
    my $status = $? >> 8;
    unlink $conf;
    return wantarray ? ($status, $out) : $out;
}

# run_text(command words): what it printed on both outputs; its status is in $?.
sub run_text {
    my @words = @_;
    my $pid = open(my $out, '-|') // croak "fork: $!";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die;
        exec @words or exit 127;
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return $text;
}

# --- the log -------------------------------------------------------------------------------------

sub log_file { return Apache::Test::vars('t_logs') . '/error_log' }
sub log_size { return -s log_file() // 0 }

sub log_since {
    my ($mark) = @_;
    open my $in, '<:raw', log_file() or croak log_file() . ": $!";
    seek $in, $mark, 0;
    local $/;
    my $text = <$in>;
    return $text // '';
}

# logged { code }: what the server logged meanwhile. httpd writes a line before the answer leaves,
# but for lines of the logging phase: a moment for those.
sub logged (&) {
    my ($code) = @_;
    my $mark = log_size();
    $code->();
    select undef, undef, undef, 0.05;
    return log_since($mark);
}

# error_log_has(pattern, mark or 0): waits a little for a line.
sub error_log_has {
    my ($pattern, $mark) = @_;
    return wait_until { log_since($mark // 0) =~ $pattern } 5;
}

# --- the store -----------------------------------------------------------------------------------

# admin(words…): (exit status, what it printed on both outputs).
sub admin {
    my $text = run_text(setting('BRAZE_T_ADMIN'), '--driver', setting('BRAZE_T_DBDRIVER'),
        '--params', setting('BRAZE_T_DBDPARAMS'), @_);
    return wantarray ? ($? >> 8, $text) : $text;
}

# admin_json(words…): the same with --json, decoded; dies unless it succeeded.
sub admin_json {
    my ($status, $text) = admin('--json', @_);
    croak "braze-admin @_: status $status: $text" if $status;
    return JSON->new->allow_nonref->utf8->decode($text);
}

my $dbh;

sub dbh {
    return $dbh if $dbh && $dbh->ping;
    my $params = setting('BRAZE_T_DBDPARAMS');
    my %common = (RaiseError => 1, PrintError => 0, AutoCommit => 1);
    if (engine() eq 'pgsql') {
        my %p = map { split /=/, $_, 2 } split ' ', $params;
        $dbh = DBI->connect("dbi:Pg:host=$p{host};port=$p{port};dbname=$p{dbname}", $p{user}, '',
            { %common, pg_enable_utf8 => 1 });
    }
    else {
        $dbh = DBI->connect("dbi:SQLite:dbname=$params", '', '', { %common, sqlite_unicode => 1 });
        $dbh->sqlite_busy_timeout(10_000);
    }
    return $dbh;
}

# rows(sql, values…): a list of hashes; row(): the first, or undef.
sub rows { my ($sql, @bind) = @_; return @{ dbh()->selectall_arrayref($sql, { Slice => {} }, @bind) } }
sub row  { my ($sql, @bind) = @_; return (rows($sql, @bind))[0] }

# --- a browser -----------------------------------------------------------------------------------

# browser(options of LWP::UserAgent): own cookie jar, follows no redirect by itself.
sub browser {
    return LWP::UserAgent->new(cookie_jar => HTTP::Cookies->new, max_redirect => 0, timeout => 60,
        agent => 'Mozilla/5.0 (suite)', @_);
}

sub acs_url { my ($base) = @_; return base_url(($base // '/auth/saml') . '/callback') }

# saml_response(options): base64 of a signed response; acs defaults to acs_url().
sub saml_response { return BrazeTest::Saml::encode(BrazeTest::Saml::response_xml(acs => acs_url(), @_)) }
sub saml_encode   { return BrazeTest::Saml::encode(@_) }
sub edit_xml      { return BrazeTest::Saml::edit_xml(@_) }

# post_response(browser, url or path, base64, further form fields…)
sub post_response {
    my ($ua, $url, $base64, @more) = @_;
    $url = base_url($url) if $url =~ m{\A/};
    return $ua->post($url, [ SAMLResponse => $base64, @more ]);
}

# --- a SCIM client -------------------------------------------------------------------------------

# scim(method, path or url, body (data, or text as it is, or undef), header => value …):
# the HTTP::Response; ->{json} is its decoded body, undef if it is not JSON.
sub scim {
    my ($method, $url, $body, @headers) = @_;
    $url = base_url($url) if $url =~ m{\A/};
    my $request = HTTP::Request->new($method => $url);
    if (defined $body) {
        $request->header('Content-Type' => 'application/scim+json');
        $request->content(ref $body ? JSON->new->utf8->canonical->encode($body) : $body);
    }
    while (my ($name, $value) = splice @headers, 0, 2) {
        defined $value ? $request->header($name => $value) : $request->remove_header($name);
    }
    my $response = browser()->request($request);
    $response->{json} = eval { JSON->new->utf8->decode($response->content) };
    return $response;
}

# raw_request(bytes, half_close => 1): the whole answer of a connection of its own, as bytes; for
# what a well-behaved client cannot send. Ends after 20 seconds whatever comes.
sub raw_request {
    my ($bytes, %opt) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => host_port(), Timeout => 10) or croak "connect: $!";
    $socket->autoflush(1);
    local $SIG{PIPE} = 'IGNORE';
    print $socket $bytes;
    shutdown $socket, 1 if $opt{half_close};
    my $answer = '';
    eval {
        local $SIG{ALRM} = sub { die "time is over\n" };
        alarm($opt{seconds} // 20);
        1 while sysread $socket, $answer, 65536, length $answer;
        alarm 0;
    };
    alarm 0;
    return $answer;
}

1;
