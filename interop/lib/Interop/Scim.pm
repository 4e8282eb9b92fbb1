# SPDX-License-Identifier: Apache-2.0
package Interop::Scim;

# A SCIM service on SQLite with a token of profile strict, and a Python with the SCIM packages of PyPI to run against it.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Interop::Server;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $CONF = <<'C';
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    AuthzSendForbiddenOnFailure On
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
</Location>
C

# Starts it; dies, with what was wrong, when the packages cannot be had.
sub new {
    my ($class) = @_;
    my $server = Interop::Server->new(extra => $CONF);
    my ($status, $text) = $server->command("$top/scim/venv", $server->work . '/venv');
    die "$text\n" if $status;
    my ($python) = reverse split /\n/, $text;
    $server->admin('migrate');
    $server->admin('company', 'add', 'Decorumsoft');
    $server->admin('workspace', 'add', 'Marketing');
    my $token = $server->admin_json('token', 'add', '--workspace', 'Marketing', '--origin', 'interop')->{secret};
    $server->start;
    return bless { server => $server, python => $python, token => $token }, $class;
}

sub server { return $_[0]{server} }

# run(script, words…): (exit status, what it printed), given URL, token and origin.
sub run {
    my ($self, $script, @words) = @_;
    return $self->{server}->command($self->{python}, "$top/scim/$script", $self->{server}->url('/scim/v2'), $self->{token}, 'interop', @words);
}

1;
