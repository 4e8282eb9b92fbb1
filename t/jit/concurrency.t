# SPDX-License-Identifier: Apache-2.0
# Many at once: first logins of one person, one response from many browsers, on one node and on two.
use strict;
use warnings;
use IO::Socket::INET ();
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
my $base = base_url();
my $mark = log_mark();
my $node = BrazeTest::Node->start('concurrency', <<"C");
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          decorumsoft.com
</Location>
C

# at_once(responses, ports): posts them all before any answer is read; gives the answers.
sub at_once {
    my ($responses, @ports) = @_;
    my $n = 0;
    my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1:' . $ports[ $n++ % @ports ], Timeout => 30) // die "connect: $!" } @$responses;
    my @bytes = map {
        my $body = 'SAMLResponse=' . s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
        "POST /auth/saml/callback HTTP/1.1\r\nHost: " . host_port() . "\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body"
    } @$responses;
    # All but the last byte first, so that all of them begin together.
    for my $i (0 .. $#sockets) { $sockets[$i]->autoflush(1); $sockets[$i]->print(substr $bytes[$i], 0, -1) }
    $sockets[$_]->print(substr $bytes[$_], -1) for 0 .. $#sockets;
    return map { my $socket = $_; my $answer = do { local $/; <$socket> }; HTTP::Response->parse($answer) } @sockets;
}

# how_many(answers): "N signed in, N sent to resume, N otherwise".
sub how_many {
    my ($in, $resume, $other) = (0, 0, 0);
    for my $res (@_) {
        my $to = $res->header('Location') // '';
        $res->code == 303 && $to eq '/' && cookie_of($res) == 1 ? $in++ : $res->code == 303 && $to =~ m{/resume\?} && !cookie_of($res) ? $resume++ : $other++;
        diag $res->as_string if $res->code != 303;
    }
    return "$in signed in, $resume sent to resume, $other otherwise";
}

sub responses { my ($count, $email) = @_; return [ map { saml_response(nameid => $email) } 1 .. $count ] }
sub events { my ($email, $name) = @_; return row('SELECT count(*) AS n FROM braze_event WHERE user_name = ? AND name = ?', $email, $name)->{n} }
sub sessions_of { my ($email) = @_; return row('SELECT count(*) AS n FROM braze_session s JOIN braze_user u ON u.id = s.user_id WHERE u.user_name = ?', $email)->{n} }

my $main = Apache::Test::vars('port');
for my $case ([ 'crowded1@decorumsoft.com', 50, 'one node', $main ], [ 'crowded2@decorumsoft.com', 30, 'two nodes', $main, $node->{port} ]) {
    my ($email, $count, $name, @ports) = @$case;
    my @answers = at_once(responses($count, $email), @ports);
    is how_many(@answers), "$count signed in, 0 sent to resume, 0 otherwise", "$count first logins of one person at once, $name";
    is scalar users_of($email), 1, 'make one account';
    is sessions_of($email), $count, 'and as many sessions';
    is events($email, 'Added Account') . ' ' . events($email, 'Signed In'), "1 $count", 'told in the audit trail';
    my %seen = map { $_ => 1 } map { cookie_of($_) } @answers;
    is scalar keys %seen, $count, 'each with a secret of its own';
    is scalar(grep { browser()->get(base_url('/page.html'), Cookie => $_)->code == 200 } (keys %seen)[ 0 .. 4 ]), 5, 'and good';

    my $one = saml_response(nameid => $email);
    my $before = sessions_of($email);
    @answers = at_once([ ($one) x 20 ], @ports);
    is how_many(@answers), '1 signed in, 19 sent to resume, 0 otherwise', "one response twenty times at once, $name";
    is sessions_of($email), $before + 1, 'makes one session';
}

# Different people at once.
{
    my @people = map {"throng$_\@decorumsoft.com"} 1 .. 30;
    my @answers = at_once([ map { saml_response(nameid => $_) } @people ], $main);
    is how_many(@answers), '30 signed in, 0 sent to resume, 0 otherwise', 'thirty people at once';
    is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name LIKE 'throng%'})->{n}, 30, 'are thirty accounts';
}
unlike log_from($mark) . $node->log, qr/BRAZE-01\d\d|exit signal/, 'without a fault of the database';

done_testing;
