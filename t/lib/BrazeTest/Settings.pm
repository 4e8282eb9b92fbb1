# SPDX-License-Identifier: Apache-2.0
# What the suites of the settings pages share: an administrator's browser at one of the locations of
# t/conf/settings.conf.in, its forms, and what came of them.
#
#     my $alice = admin_browser('alice');
#     my $page  = page($alice, 'saml', 'sso');
#     my $res   = submit($alice, $page, 'save', saml_name => 'Okta');
package BrazeTest::Settings;

use strict;
use warnings;
use utf8;
use Carp qw(croak);
use Exporter qw(import);
use HTML::Form ();
use HTTP::Request::Common qw(POST);
use MIME::Base64 qw(encode_base64);
use Test::More ();
use BrazeTest;

our @EXPORT = qw(admin_browser at page form_of submit post follow problems done_text headings certificate company events_of_name
    headers_wrong has_value text_of workspace_id set_id);

my %PASSWORD = (alice => 'wonder:land', bob => 'builder', carol => 'nobody');

# The company "Pages" as every suite begins with it, whatever others have left.
sub prepare {
    my $file = work_dir() . '/admins';
    if (!-e $file) {
        open my $out, '>', "$file.new" or croak "$file: $!";
        for my $user (sort keys %PASSWORD) {
            open my $hash, '-|', 'openssl', 'passwd', '-apr1', $PASSWORD{$user} or croak "openssl: $!";
            chomp(my $line = <$hash>);
            print $out "$user:$line\n";
        }
        close $out;
        rename "$file.new", $file or croak "$file: $!";
    }
    return clean() if row('SELECT 1 AS n FROM braze_company WHERE name = ?', 'Pages');
    for my $company ('Pages', 'Googlers', 'Elsewhere') {
        admin('company', 'add', $company);
        admin('--company', $company, 'workspace', 'add', $_) for qw(Marketing Sales);
        admin('--company', $company, 'permission-set', 'add', 'Viewer', 'view_campaigns', 'view_segments');
    }
}

sub clean {
    my $id = company()->{id};
    dbh()->do("DELETE FROM $_ WHERE company_id = ?", undef, $id)
        for qw(braze_session braze_replay braze_token braze_user braze_event braze_team);
    dbh()->do('UPDATE braze_company SET saml_name = NULL, target_url = NULL, idp_entity_id = NULL, certificate = NULL, provisioning = 0,'
        . ' default_workspace_id = NULL, default_permission_set_id = NULL, version = version + 1 WHERE id = ?', undef, $id);
    dbh()->do(q{DELETE FROM braze_permission_set WHERE company_id = ? AND name <> 'Viewer'}, undef, $id);
    dbh()->do(q{DELETE FROM braze_workspace WHERE company_id = ? AND name NOT IN ('Marketing', 'Sales')}, undef, $id);
    return;
}
prepare();

sub admin_browser {
    my ($user, %more) = @_;
    my $ua = browser(%more);
    $ua->default_header(Authorization => 'Basic ' . encode_base64("$user:$PASSWORD{$user}", '')) if $user;
    return $ua;
}

sub at { my ($where, $path) = @_; return base_url("/free/set/$where" . (defined $path ? "/$path" : '')) }

# The page, which must be there.
sub page {
    my ($ua, $where, $path, @headers) = @_;
    my $res = $ua->get(at($where, $path), @headers);
    croak "GET $where/$path: " . $res->as_string if $res->code != 200;
    return $res;
}

# The form of a page whose field "do" has this value.
sub form_of {
    my ($res, $action) = @_;
    for my $form (HTML::Form->parse($res)) {
        my $do = $form->find_input('do') or next;
        return $form if $do->value eq $action;
    }
    croak "no form $action in: " . $res->as_string;
}

# Sends the form as a browser does, with some fields changed. A list sets every checkbox of that name.
sub submit {
    my ($ua, $res, $action, %fields) = @_;
    my $form = form_of($res, $action);
    for my $name (keys %fields) {
        my $value = $fields{$name};
        if (ref $value eq 'ARRAY') {
            my %on = map { $_ => 1 } @$value;
            for my $box ($form->find_input($name)) {
                my ($is) = grep {defined} $box->possible_values;
                $box->value($on{$is} ? $is : undef);
            }
            next;
        }
        my $input = $form->find_input($name) or croak "no field $name in form $action";
        if ($input->type eq 'checkbox') { $input->value($value ? ($input->possible_values)[1] : undef) }
        else { $input->readonly(0); $input->strict(0) if $input->can('strict'); $input->value($value) }
    }
    return $ua->request($form->click);
}

# Posts fields as they are: what no form of ours would send.
sub post {
    my ($ua, $where, $path, $fields, @headers) = @_;
    return $ua->request(POST(at($where, $path), Content => [ map { my $v = $_; utf8::encode($v) if utf8::is_utf8($v); $v } @$fields ], @headers));
}

# Where a 303 leads, on our own host.
sub follow {
    my ($ua, $res) = @_;
    croak 'no redirect: ' . $res->as_string if $res->code != 303;
    return $ua->get($res->header('Location') =~ m{\A/} ? base_url($res->header('Location')) : $res->header('Location'));
}

sub has_value { my ($text) = @_; return qr/value="\Q$text\E"/ }

sub text_of {
    my ($html) = @_;
    $html =~ s{<[^>]*>}{ }g;
    $html =~ s/&lt;/</g; $html =~ s/&gt;/>/g; $html =~ s/&quot;/"/g; $html =~ s/&#39;/'/g; $html =~ s/&amp;/&/g;
    $html =~ s/\s+/ /g;
    return $html =~ s/\A | \z//gr;
}

# What the page says is wrong: the entries of its summary, or the one thing of a message.
sub problems {
    my ($res) = @_;
    my $html = $res->decoded_content;
    my ($list) = $html =~ m{<div class="alert" role="alert">.*?<ul>(.*?)</ul>}s;
    return map { text_of($_) } $list =~ m{<li>(.*?)</li>}gs if defined $list;
    return map { text_of($_) } $html =~ m{<p role="alert">(.*?)</p>}gs;
}

sub done_text { my ($res) = @_; return $res->decoded_content =~ m{<p class="done" role="status">(.*?)</p>}s ? text_of($1) : undef }
sub headings  { my ($res) = @_; return map { text_of($_) } $res->decoded_content =~ m{<h[12][^>]*>(.*?)</h[12]>}gs }

# The certificate of an identity provider of the suites.
sub certificate {
    my ($name) = @_;
    open my $in, '<', work_dir() . "/idp/$name.crt" or croak "$name.crt: $!";
    local $/;
    return scalar(<$in>) =~ s/\A.*?(?=-----BEGIN)//sr;
}

sub company { my ($name) = @_; return row('SELECT * FROM braze_company WHERE name = ?', $name // 'Pages') }

sub events_of_name {
    my ($name) = @_;
    return rows('SELECT * FROM braze_event WHERE company_id = ? AND name = ? ORDER BY id', company()->{id}, $name);
}

sub workspace_id { my ($name, $company) = @_; return row('SELECT id FROM braze_workspace WHERE company_id = ? AND name = ?', company($company)->{id}, $name)->{id} }
sub set_id { my ($name, $company) = @_; return row('SELECT id FROM braze_permission_set WHERE company_id = ? AND name = ?', company($company)->{id}, $name)->{id} }

my %HEADER = (
    'Cache-Control'           => qr/\Ano-store\z/,
    'Content-Security-Policy' => qr/\Adefault-src 'none'; style-src 'self'; script-src 'sha256-[A-Za-z0-9+\/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\z/,
    'X-Content-Type-Options'  => qr/\Anosniff\z/,
    'X-Frame-Options'         => qr/\ADENY\z/,
    'Referrer-Policy'         => qr/\Asame-origin\z/,
    'Content-Type'            => qr{\Atext/html; charset=utf-8\z},
);

# What is wrong with the headers of a page, and with markup that no page may have.
sub headers_wrong {
    my ($res) = @_;
    my @bad = map {"$_: " . ($res->header($_) // 'none')} grep { ($res->header($_) // '') !~ $HEADER{$_} } sort keys %HEADER;
    my $html = $res->decoded_content // '';
    # The one script there is: it copies, and has the digest that the policy names.
    my ($digest) = ($res->header('Content-Security-Policy') // '') =~ /script-src '([^']+)'/;
    $html =~ s{<script src="/[\w/]+/copy\.js\?v=[0-9a-f]{16}" integrity="\Q$digest\E" defer></script>}{} if $digest;
    for my $tag ($html =~ /<[^>]*>/g) {
        my $bare = $tag =~ s/="[^"]*"/=""/gr;
        push @bad, "markup: $tag" if $bare =~ /\A<(?:script|style|iframe|object|img)\b|\s(?:style|on\w+)=/i || $tag =~ /(?:href|action|src)="(?!\/|#)/i;
    }
    push @bad, 'weight: ' . length $res->content if length($res->content) > 60_000;
    return @bad;
}

1;
