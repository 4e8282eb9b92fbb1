# SPDX-License-Identifier: Apache-2.0
package Interop::Browser;

# A browser that signs people in: it fills in the login form of an identity provider, takes the page that would submit
# itself, and posts the response to the service, keeping the cookies of both.

use strict;
use warnings;

use HTML::TokeParser;
use HTTP::Cookies;
use HTTP::Request::Common qw(GET POST);
use LWP::UserAgent;
use URI;

sub new {
    my ($class) = @_;
    my $agent = LWP::UserAgent->new(agent => 'Interop::Browser', timeout => 30, requests_redirectable => []);
    $agent->cookie_jar(HTTP::Cookies->new(hide_cookie2 => 1));
    return bless { agent => $agent }, $class;
}

sub agent { return $_[0]{agent} }

# Writes the cookies as curl -b reads them. (HTTP::Cookies::Netscape leaves out those of the session.)
sub save_cookies {
    my ($self, $file) = @_;
    umask 077;
    open my $out, '>', $file or die "$file: $!\n";
    print {$out} "# Netscape HTTP Cookie File\n";
    $self->{agent}->cookie_jar->scan(sub {
        my (undef, $name, $value, $path, $domain, undef, undef, $secure, $expires) = @_;
        print {$out} join("\t", $domain, 'FALSE', $path, $secure ? 'TRUE' : 'FALSE', $expires // 0, $name, $value), "\n";
    });
    close $out or die "$file: $!\n";
    return;
}

# One request, redirects not followed.
sub get  { my ($self, $url, @header) = @_; return $self->{agent}->request(GET $url, @header) }
sub post { my ($self, $url, $field, @header) = @_; return $self->{agent}->request(POST $url, $field, @header) }

# Requests until something is no redirect; ten at most. Returns the last response.
sub get_through {
    my ($self, $url) = @_;
    return $self->follow($self->get($url));
}

sub follow {
    my ($self, $response) = @_;
    for (1 .. 10) {
        last unless $response->code =~ /^30[1237]$/ && defined $response->header('Location');
        $response = $self->get(URI->new_abs($response->header('Location'), $response->request->uri));
    }
    return $response;
}

# The forms of a page: { action => absolute URI, field => { name => value } }.
sub forms {
    my ($response) = @_;
    my $html = $response->decoded_content;
    my $parser = HTML::TokeParser->new(\$html);
    my @form;
    while (my $tag = $parser->get_tag('form', 'input')) {
        my ($name, $attribute) = @$tag;
        if ($name eq 'form') {
            my $action = URI->new_abs($attribute->{action} // '', $response->request->uri);
            push @form, { action => $action, field => {} };
        } elsif (@form && defined $attribute->{name}) {
            $form[-1]{field}{ $attribute->{name} } = $attribute->{value} // '';
        }
    }
    return @form;
}

# Signs in at the IdP and returns the form that carries the response to the service, not yet posted:
# { action => URI of the assertion consumer service, field => { SAMLResponse, RelayState } }. $start is a response of
# the IdP (the login page, or a redirect to it). Dies with what the IdP says when there is no such form.
sub answer_idp {
    my ($self, $start, $user, $password) = @_;
    my $page = $self->follow($start);
    for (1 .. 3) {
        my @form = forms($page);
        my ($done) = grep { exists $_->{field}{SAMLResponse} } @form;
        return $done if $done;
        my ($login) = grep { exists $_->{field}{username} } @form;
        last unless $login;
        my $refused = $page->decoded_content =~ /Incorrect username or password/;
        die "the identity provider refuses this user and password\n" if $refused;
        my %field = (%{ $login->{field} }, username => $user, password => $password);
        $page = $self->follow($self->post($login->{action}, \%field));
    }
    die 'the identity provider gives neither a login form nor a response: ', $page->status_line, ' at ',
        $page->request->uri, "\n";
}

# As answer_idp, begun at the IdP (an unsolicited response). $idp is its base URL.
sub idp_initiated {
    my ($self, $idp, $entity_id, $user, $password, $relay_state) = @_;
    my $url = URI->new("$idp/saml2/idp/SSOService.php");
    $url->query_form(spentityid => $entity_id, defined $relay_state ? (RelayState => $relay_state) : ());
    return $self->answer_idp($self->get($url), $user, $password);
}

# Posts that form, as the browser would, to where the IdP says or to $to. Returns the service's own response.
sub submit {
    my ($self, $form, $to) = @_;
    return $self->post($to // $form->{action}, $form->{field});
}

1;
