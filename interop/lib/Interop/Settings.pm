# SPDX-License-Identifier: Apache-2.0
package Interop::Settings;

# httpd with the settings pages of one or several companies, over https, and a browser before them. Under the path of a
# company: app (what its people use), security and provisioning (its settings, by a password file), mine (its security
# settings, for those of its people who may), scim/v2.

use strict;
use warnings;
use utf8;

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use Interop::Chromium;
use Interop::Server;
use JSON::PP qw(decode_json encode_json);
use MIME::Base64 qw(encode_base64);
use Test::More ();

our $HOST = 'app.example.test';
our %PASSWORD = (alice => 'wonder:land', bob => 'builder');

my $COMPANY = <<'C';
<LocationMatch "^/%path%/(?:security|provisioning|pinned)">
    AuthType          Basic
    AuthName          "Settings"
    AuthBasicProvider file
    AuthUserFile      "%work%/administrators"
    Require           user alice bob
    BrazeCompany      "%name%"
    BrazeJitPath      "/%path%/app/saml"
</LocationMatch>
<Location "/%path%/security">
    SetHandler braze-jit-settings
</Location>
<Location "/%path%/provisioning">
    SetHandler       braze-scim-settings
    BrazeScimBaseUrl "%url%/%path%/scim/v2"
</Location>
<Location "/%path%/pinned">
    SetHandler        braze-jit-settings
    BrazeJitName      "Pinned name"
    BrazeJitTargetUrl "https://pinned.example/sso"
</Location>
<Location "/%path%/app">
    BrazeCompany "%name%"
    BrazeJitPath "/%path%/app/saml"
</Location>
<Location "/%path%/mine">
    SetHandler   braze-jit-settings
    Require      braze-company-permission manage_company_settings
    AuthzSendForbiddenOnFailure On
    BrazeCompany "%name%"
    BrazeJitPath "/%path%/app/saml"
</Location>
<Location "/%path%/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "%name%"
    AuthzSendForbiddenOnFailure On
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
        Require braze-scim-allowlist
    </RequireAll>
</Location>
C

# %companies: path => name. Everything is started; each company has two workspaces, a permission set, and a confirmed
# person of example.test.
sub new {
    my ($class, %companies) = @_;
    my $server = Interop::Server->new(host => $HOST, by_page => 1,
        modules => [qw(auth_basic authn_file alias)]);
    my $self = bless { server => $server, companies => \%companies }, $class;
    $server->{extra} = qq{<LocationMatch "^/(?:open|strange)\\.shtml">\n    AuthType None\n    Require all granted\n</LocationMatch>\n};
    $server->page('open.shtml', '<p>This page may be framed.</p>');
    for my $path (sort keys %companies) {
        my %word = (path => $path, name => $companies{$path}, url => $server->url);
        $server->{extra} .= $COMPANY =~ s/%(path|name|url)%/$word{$1}/gr;
        make_path($server->work . "/htdocs/$path/app");
        $server->page("$path/app/index.shtml", '<p>[<!--#echo var="REMOTE_USER" -->|<!--#echo var="BRAZE_WORKSPACES" -->]</p>');
    }
    $self->fill;
    $server->start;
    $self->{browser} = Interop::Chromium->new(hosts => { map { $_ => '127.0.0.1' } $HOST, 'evil.example.net', 'evil.example.test' },
        trusted => [ $server->key_hash($server->tls) ]);
    Test::More::note('Chromium ', $self->{browser}->version);
    return $self;
}

sub fill {
    my ($self) = @_;
    my $server = $self->{server};
    open my $file, '>', $server->work . '/administrators' or croak "administrators: $!";
    print {$file} "$_:", $server->must('openssl', 'passwd', '-apr1', $PASSWORD{$_}) for sort keys %PASSWORD;
    close $file or croak "administrators: $!";
    $server->admin('migrate');
    for my $name (sort { $a cmp $b } values %{ $self->{companies} }) {
        $server->admin('company', 'add', $name);
        $server->admin('--company', $name, 'workspace', 'add', $_) for qw(Marketing Sales);
        $server->admin('--company', $name, qw(permission-set add Viewer view_campaigns));
        $server->admin('--company', $name, qw(user add first@example.test --confirmed --first-name First --last-name Person));
    }
    return;
}

sub server  { return $_[0]{server} }
sub browser { return $_[0]{browser} }
sub url { my ($self, $path) = @_; return $self->{server}->url("/$path") }
sub admin { my ($self, $path, @word) = @_; return $self->{server}->admin('--company', $self->{companies}{$path}, @word) }
sub admin_json { my ($self, $path, @word) = @_; return decode_json($self->admin($path, '--json', @word)) }

# An identity provider for a company, not yet told to it; { url, entity_id, target_url, certificate }.
sub idp {
    my ($self, $path, @more) = @_;
    my $server = $self->{server};
    my $url = $server->add_idp('--acs', $self->url("$path/app/saml/callback"), @more);
    open my $file, '<', "$server->{idps}[-1]/idp-metadata.xml" or croak "metadata: $!";
    my $xml = do { local $/ = undef; <$file> };
    my ($entity) = $xml =~ /entityID="([^"]+)"/;
    my ($target) = $xml =~ /<md:SingleSignOnService [^>]*Location="([^"]+)"/;
    my ($base64) = $xml =~ m{<ds:X509Certificate>([^<]+)<};
    $base64 =~ s/\s//g;
    my $pem = join "\n", '-----BEGIN CERTIFICATE-----', $base64 =~ /(.{1,64})/g, '-----END CERTIFICATE-----';
    return { url => $url, entity_id => $entity, target_url => $target, certificate => $pem, folder => $server->{idps}[-1] };
}

sub stop_idp {
    my ($self, $idp) = @_;
    my $running = $self->{server}{idps};
    @$running = grep { $_ ne $idp->{folder} } @$running;
    return $self->{server}->must($self->{server}->work . '/simplesamlphp/stop', $idp->{folder});
}

# The address of a page that another site shows.
sub strange {
    my ($self, $site, $html) = @_;
    $self->{server}->page('strange.shtml', $html);
    return $self->url('strange.shtml') =~ s/\Q$HOST\E/$site/r;
}

# A SCIM request by curl; (status, body decoded or undef).
sub scim {
    my ($self, $path, $token, $method, $resource, $body) = @_;
    my $work = $self->{server}->work;
    my @data;
    if ($body) {
        open my $file, '>', "$work/body.json" or croak "body.json: $!";
        print {$file} encode_json($body);
        close $file or croak "body.json: $!";
        @data = ('--data-binary', "\@$work/body.json", '-H', 'Content-Type: application/scim+json');
    }
    my $text = $self->{server}->must('curl', '-sk', '--resolve', "$HOST:$self->{server}{port}:127.0.0.1", '-X', $method, '-w', "\n%{http_code}",
        '-H', "Authorization: Bearer $token", '-H', 'X-Request-Origin: walk', @data, $self->url("$path/scim/v2$resource"));
    my ($answer, $status) = $text =~ /\A(.*)\n(\d+)\z/s;
    return ($status, length $answer ? decode_json($answer) : undef);
}

# What an administrator's browser is: their name, language, width, and whether it runs scripts.
sub administrator {
    my ($self, $who, $user, %more) = @_;
    $self->{browser}->begin($who, httpCredentials => { username => $user, password => $PASSWORD{$user} }, %more);
    return;
}

# The texts of the pages: { en => { S_SAVE => 'Save changes' }, … }, from where the pages have them.
sub texts {
    my $top = abs_path(dirname(__FILE__) . '/../../..');
    open my $file, '<:encoding(UTF-8)', "$top/src/page/texts_settings.def" or croak "texts_settings.def: $!";
    my $source = do { local $/ = undef; <$file> };
    my $string = qr/(?:\s*"(?:[^"\\]|\\.)*")+/;
    my %texts;
    while ($source =~ /^T\((\w+),($string),($string),($string),($string)\)/mg) {
        my ($name, @four) = ($1, $2, $3, $4, $5);
        for my $language (qw(en es fr de)) {
            my $text = join '', shift(@four) =~ /"((?:[^"\\]|\\.)*)"/g;
            $texts{$language}{$name} = $text =~ s/\\(.)/$1/gr;
        }
    }
    return \%texts;
}

sub stop {
    my ($self) = @_;
    $self->{browser}->stop;
    $self->{server}->stop;
    return;
}

1;
