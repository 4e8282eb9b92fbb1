# SPDX-License-Identifier: Apache-2.0
# Identity providers of the suites: a key pair each, made afresh for every run, and their metadata.
# A name is all there is to one: its files are NAME.key, NAME.crt, NAME.xml in the folder.
package BrazeTest::Idp;

use strict;
use warnings;
use Carp qw(croak);

# name => openssl's words for the key. "sp" is the service provider's own pair, "sp2" its next
# one, and "mended" one that t/jit/key.t breaks.
our %KEYS = (
    idp     => [ 'RSA', 'rsa_keygen_bits:2048' ],
    other   => [ 'RSA', 'rsa_keygen_bits:2048' ],
    ec      => [ 'EC',  'ec_paramgen_curve:P-256' ],
    weak    => [ 'RSA', 'rsa_keygen_bits:1024' ],
    evil    => [ 'RSA', 'rsa_keygen_bits:2048' ],
    sp      => [ 'RSA', 'rsa_keygen_bits:2048' ],
    sp2     => [ 'RSA', 'rsa_keygen_bits:2048' ],
    mended  => [ 'RSA', 'rsa_keygen_bits:2048' ],
);

sub dir { return $ENV{BRAZE_T_IDP} // croak 'BRAZE_T_IDP is not set: start the suite with t/run-httpd-suites' }

sub entity_id { my ($name) = @_; return "https://$name.example.test/metadata" }
sub sso_url   { my ($name) = @_; return "https://$name.example.test/sso" }
sub slo_url   { my ($name) = @_; return "https://$name.example.test/slo" }
sub key_file  { my ($name) = @_; return dir() . "/$name.key" }
sub cert_file { my ($name) = @_; return dir() . "/$name.crt" }

# make_key(name, days => 30): a key and a self-signed certificate; a name that is new gets RSA 2048.
sub make_key {
    my ($name, %opt) = @_;
    my ($type, $param) = @{ $KEYS{$name} // $KEYS{idp} };
    run_quietly('openssl', 'req', '-x509', '-newkey', lc $type eq 'ec' ? 'ec' : 'rsa',
        '-pkeyopt', $param, '-nodes', '-sha256', '-days', $opt{days} // 30,
        '-subj', "/CN=$name.example.test", '-keyout', key_file($name), '-out', cert_file($name));
    return;
}

sub run_quietly {
    my @command = @_;
    my $log     = dir() . '/last.log';
    my $pid     = fork // croak "fork: $!";
    if (!$pid) {
        open STDIN,  '<', '/dev/null' or die;
        open STDOUT, '>', $log        or die "$log: $!";
        open STDERR, '>&', \*STDOUT   or die;
        exec @command or exit 127;
    }
    waitpid $pid, 0;
    return if $? == 0;
    open my $in, '<', $log or croak "@command: status $?";
    local $/;
    croak "@command: status $?: " . (<$in> // '');
}

# The certificate as one line of base64, as it stands in metadata.
sub cert_base64 {
    my ($name) = @_;
    open my $in, '<', cert_file($name) or croak cert_file($name) . ": $!";
    local $/;
    my $pem = <$in>;
    $pem =~ s/-----[^-]+-----|\s//g;
    return $pem;
}

# metadata(name, entity_id =>, sso_url =>, bindings => [...], slo => [...], slo_url => url, slo_answer => url,
# keys => [names], valid_until => text, resolve => { index => url of ArtifactResolutionService },
# role_extensions => XML, entity_extensions => XML, organization => XML, wants_signed => xs:boolean)
sub metadata {
    my ($name, %opt) = @_;
    my $entity = $opt{entity_id} // entity_id($name);
    my $sso    = $opt{sso_url} // sso_url($name);
    my $slo    = $opt{slo_url} // slo_url($name);
    my $until  = defined $opt{valid_until} ? qq( validUntil="$opt{valid_until}") : '';
    my $keys   = join '', map {
        '<KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
            . '<ds:X509Data><ds:X509Certificate>' . cert_base64($_)
            . '</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>'
    } @{ $opt{keys} // [$name] };
    my $where = join '', map {
        qq(<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:$_" Location="$sso"/>)
    } @{ $opt{bindings} // [ 'HTTP-Redirect', 'HTTP-POST' ] };
    return qq(<?xml version="1.0" encoding="UTF-8"?>\n)
        . qq(<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="$entity"$until>)
        . ($opt{entity_extensions} ? "<Extensions>$opt{entity_extensions}</Extensions>" : '')
        . '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"'
        . (defined $opt{wants_signed} ? qq( WantAuthnRequestsSigned="$opt{wants_signed}") : '') . '>'
        . ($opt{role_extensions} ? "<Extensions>$opt{role_extensions}</Extensions>" : '')
        . $keys
        . join('', map {
            qq(<ArtifactResolutionService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="$opt{resolve}{$_}" index="$_"/>)
        } sort keys %{ $opt{resolve} // {} })
        . join('', map {
            qq(<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:$_" Location="$slo")
                . ($opt{slo_answer} ? qq( ResponseLocation="$opt{slo_answer}") : '') . '/>'
        } @{ $opt{slo} // ['HTTP-Redirect'] })
        . '<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>'
        . $where
        . '</IDPSSODescriptor>' . ($opt{organization} // '') . "</EntityDescriptor>\n";
}

# display_names(language => name, …), scopes(domain, …): for role_extensions.
sub display_names {
    my (@names) = @_;
    my $all = '';
    while (my ($lang, $name) = splice @names, 0, 2) { $all .= qq(<mdui:DisplayName xml:lang="$lang">$name</mdui:DisplayName>) }
    return qq(<mdui:UIInfo xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui">$all</mdui:UIInfo>);
}
sub scopes { return join '', map {qq(<s:Scope xmlns:s="urn:mace:shibboleth:metadata:1.0" regexp="false">$_</s:Scope>)} @_ }

# aggregate([entities as XML], attributes, first child): an EntitiesDescriptor.
sub aggregate {
    my ($entities, $attributes, $first) = @_;
    return '<?xml version="1.0" encoding="UTF-8"?>' . "\n" . '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ' . ($attributes // '') . '>'
        . ($first // '') . join('', map {s/<\?xml.*?\?>\s*//r} @$entities) . '</EntitiesDescriptor>';
}

# write_metadata(file name in the folder, IdP name, options of metadata()): returns the path.
sub write_metadata {
    my ($file, $name, %opt) = @_;
    my $path = dir() . "/$file";
    open my $out, '>', "$path.new" or croak "$path: $!";
    print $out metadata($name, %opt);
    close $out or croak "$path: $!";
    rename "$path.new", $path or croak "$path: $!";
    return $path;
}

# Everything that a configuration of the suites may name, before httpd starts.
sub write_all {
    for my $name (sort keys %KEYS) {
        make_key($name);
        write_metadata("$name.xml", $name) unless $name =~ /\A(?:sp2?|mended|evil)\z/;
    }
    write_metadata('post.xml', 'idp', bindings => ['HTTP-POST']);
    write_metadata('nosso.xml', 'idp', bindings => [], slo => []);
    write_metadata('slopost.xml', 'idp', slo => ['HTTP-POST'], slo_answer => slo_url('idp') . '/answers');
    return;
}

1;
