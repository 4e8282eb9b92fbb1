# SPDX-License-Identifier: Apache-2.0
# The identity provider's side of SOAP: artifacts, and a small server that is asked what they stand for, or to sign somebody
# out. It keeps what it was sent; signatures are xmlsec1's.
package BrazeTest::Artifact;

use strict;
use warnings;
use Carp qw(croak);
use Digest::SHA qw(sha1);
use File::Temp ();
use IO::Socket::INET ();
use MIME::Base64 qw(encode_base64);
use BrazeTest::Idp ();
use BrazeTest::Saml ();

my $SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol';
my $SAML  = 'urn:oasis:names:tc:SAML:2.0:assertion';

# artifact(name of what it stands for, source => entity ID, index => 1, type => 4)
sub artifact {
    my ($name, %opt) = @_;
    return encode_base64(pack('nn', $opt{type} // 4, $opt{index} // 1) . sha1($opt{source} // BrazeTest::Idp::entity_id('idp')) . sha1($name), '');
}

# start(name => code, …): name is that of an artifact, or what follows "/logout-" in the address. Code gets the ID of the
# request and the socket; what it gives back is the body of a 200, a number alone that status, nothing: it has done all by itself.
sub start {
    my ($class, %behave) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1:0', Listen => 64, ReuseAddr => 1) or croak "listen: $!";
    my $self = bless { port => $listen->sockport, dir => File::Temp->newdir('ars.XXXXXX', DIR => BrazeTest::Idp::dir()),
        name_of => { map { encode_base64(sha1($_), '') => $_ } keys %behave }, behave => \%behave }, $class;
    my $pid = fork // croak "fork: $!";
    if (!$pid) { $self->serve($listen); require POSIX; POSIX::_exit(0) }
    close $listen;
    @{$self}{qw(pid owner)} = ($pid, $$);
    return $self;
}

sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}" . ($path // '/ars') }
sub asked { my ($self, $name) = @_; my $file = "$self->{dir}/$name"; return -e $file ? BrazeTest::Saml::read_file($file) : '' }
sub stop { my ($self) = @_; my $pid = delete $self->{pid} or return; local $?; kill 'TERM', $pid; waitpid $pid, 0; return }
sub DESTROY { my ($self) = @_; $self->stop if ($self->{owner} // 0) == $$; return }

sub serve {
    my ($self, $listen) = @_;
    local $SIG{CHLD} = 'IGNORE';
    local $SIG{PIPE} = 'IGNORE';
    while (my $socket = $listen->accept) {
        my $pid = fork // die "fork: $!";
        if ($pid) { close $socket; next }
        local $SIG{CHLD} = 'DEFAULT';
        eval { $self->answer($socket); 1 } or BrazeTest::Saml::write_file("$self->{dir}/died", $@);
        require POSIX;
        POSIX::_exit(0);
    }
    return;
}

sub read_request {
    my ($socket) = @_;
    my $text = '';
    while ($text !~ /\r\n\r\n/) { sysread $socket, $text, 4096, length $text or return $text }
    my ($length) = $text =~ /^Content-Length: (\d+)/mi;
    my $head = index($text, "\r\n\r\n") + 4;
    while (length $text < $head + ($length // 0)) { sysread $socket, $text, 4096, length $text or last }
    return $text;
}

sub answer {
    my ($self, $socket) = @_;
    my $text = read_request($socket);
    my ($id) = $text =~ /<samlp:(?:ArtifactResolve|LogoutRequest)[^>]* ID="([^"]+)"/;
    my ($handle) = $text =~ m{<samlp:Artifact>([^<]+)<};
    my $name = $handle ? $self->{name_of}{ encode_base64(substr(MIME::Base64::decode_base64($handle), 24), '') } : $text =~ m{\APOST /logout-(\w+) } ? $1 : 'no artifact';
    open my $out, '>>', "$self->{dir}/" . ($name // 'unknown') or die;
    print $out $text;
    close $out;
    my $body = $self->{behave}{ $name // '' }->($id, $socket) // return;
    my $status = $body =~ /\A\d{3}\z/ ? $body : 200;
    print $socket "HTTP/1.1 $status X\r\nContent-Type: text/xml\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
    close $socket;
    return;
}

sub envelope { return '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' . join('', @_) . '</soap:Body></soap:Envelope>' }

# answer_xml(ID of the request, XML of a Response or '', options): issuer, issued (seconds from now), status, sign (key name),
# id, edit => sub { changes the ArtifactResponse after signing }.
sub answer_xml {
    my ($request, $response, %opt) = @_;
    my $id = $opt{id} // BrazeTest::Saml::new_id();
    my $attr = \&BrazeTest::Saml::attr;
    $response =~ s/\A<\?xml[^>]*>\s*//;
    my $xml = qq(<samlp:ArtifactResponse xmlns:samlp="$SAMLP" xmlns:saml="$SAML") . $attr->('ID', $id) . $attr->('Version', '2.0')
        . $attr->('IssueInstant', BrazeTest::Saml::instant(time + ($opt{issued} // 0))) . $attr->('InResponseTo', $request) . '>'
        . BrazeTest::Saml::element('saml:Issuer', '', exists $opt{issuer} ? $opt{issuer} : BrazeTest::Idp::entity_id('idp'))
        . ($opt{sign} ? BrazeTest::Saml::signature_template({ sig_alg => 'rsa-sha256', digest => 'sha256', keyinfo => 0 }, $id) : '')
        . '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:' . ($opt{status} // 'Success') . '"/></samlp:Status>'
        . "$response</samlp:ArtifactResponse>";
    $xml = sign($xml, $opt{sign}) if $opt{sign};
    $xml = $opt{edit}->($xml) if $opt{edit};
    return envelope($xml);
}

sub sign {
    my ($xml, $key) = @_;
    my $dir = File::Temp->newdir('ar.XXXXXX', DIR => BrazeTest::Idp::dir());
    BrazeTest::Saml::write_file("$dir/in.xml", $xml);
    BrazeTest::Idp::run_quietly('xmlsec1', '--sign', '--privkey-pem', BrazeTest::Idp::key_file($key), '--id-attr:ID', "$SAMLP:ArtifactResponse",
        '--node-xpath', "/*/*[local-name()='Signature']", '--output', "$dir/out.xml", "$dir/in.xml");
    return BrazeTest::Saml::read_file("$dir/out.xml") =~ s/\A<\?xml[^>]*>\s*//r;
}

# holds(what we have sent, name of the pair): does xmlsec1 find the signature of the ArtifactResolve good?
sub holds {
    my ($text, $pair) = @_;
    my ($xml) = $text =~ m{(<samlp:ArtifactResolve.*</samlp:ArtifactResolve>)}s or return 0;
    my $dir = File::Temp->newdir('ar.XXXXXX', DIR => BrazeTest::Idp::dir());
    BrazeTest::Saml::write_file("$dir/in.xml", $xml);
    return eval { BrazeTest::Idp::run_quietly('xmlsec1', '--verify', '--pubkey-cert-pem', BrazeTest::Idp::cert_file($pair), '--id-attr:ID', "$SAMLP:ArtifactResolve", "$dir/in.xml"); 1 } ? 1 : 0;
}

1;
